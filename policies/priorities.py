"""Severity and priority of a request (H4, 分类和评估): what drives its clocks and its place in the plan."""

from enum import StrEnum

PRIORITY_MIN = 0
PRIORITY_MAX = 100
VIP_BONUS = 10
REPEAT_BONUS = 15
"""For a matter that was thought solved and was not (H17)."""


class Severity(StrEnum):
    """How bad a fault is for the customer."""

    MINOR = "minor"
    NORMAL = "normal"
    URGENT = "urgent"
    MAJOR = "major"


SEVERITY_BONUS = {Severity.MINOR: -10, Severity.NORMAL: 0, Severity.URGENT: 20, Severity.MAJOR: 30}


def decide_priority(*, fault_priority: int, severity: Severity, is_vip: bool, is_repeat: bool = False) -> int:
    """Return the request's priority, 0 (can wait) to 100 (first of all), from its fault, severity and customer."""
    raised = fault_priority + SEVERITY_BONUS[severity] + (VIP_BONUS if is_vip else 0)
    raised += REPEAT_BONUS if is_repeat else 0
    return max(PRIORITY_MIN, min(PRIORITY_MAX, raised))
