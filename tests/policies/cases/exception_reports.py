"""Who answers a hard problem, and within how long by the manual (F5, V6)."""

from policies.exception_reports import ExpertLevel
from tests.policies.cases.table import Case

CASES = (
    Case("现场解决不了", "Those on site cannot solve it", None, (ExpertLevel.TECHNICAL, 4)),
    Case(
        "技术部门未解决或超时",
        "The technical department did not, or not in time",
        ExpertLevel.TECHNICAL,
        (ExpertLevel.EXPERT, 4),
    ),
    Case("专家未解决或超时", "The experts did not, or not in time", ExpertLevel.EXPERT, (ExpertLevel.MANAGER, 24)),
    Case(
        "服务经理未解决或超时",
        "The service manager did not, or not in time",
        ExpertLevel.MANAGER,
        (ExpertLevel.MANUFACTURER, 72),
    ),
    Case("厂家超时", "The manufacturer did not in time", ExpertLevel.MANUFACTURER, None),
)
"""Given who had it; expected who has it next and for how many hours, or None: it stays, overdue."""
