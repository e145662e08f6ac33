"""What comes first: the fault, how bad it is, and whose it is (H4, H17)."""

from policies.priorities import Severity
from tests.policies.cases.table import Case

CASES = (
    Case("一般故障", "An ordinary fault", (50, Severity.NORMAL, False, False), 50),
    Case("一般故障，VIP客户", "An ordinary fault, of a VIP", (50, Severity.NORMAL, True, False), 60),
    Case("轻微故障", "A minor fault", (50, Severity.MINOR, False, False), 40),
    Case("紧急故障", "An urgent fault", (50, Severity.URGENT, False, False), 70),
    Case("重大故障，VIP客户", "A major fault, of a VIP", (50, Severity.MAJOR, True, False), 90),
    Case("二次报修", "Thought solved, and was not", (50, Severity.NORMAL, False, True), 65),
    Case("最高也是100", "Never above 100", (90, Severity.MAJOR, True, True), 100),
    Case("最低也是0", "Never below 0", (5, Severity.MINOR, False, False), 0),
)
"""Given the fault's own priority, its severity, whether of a VIP and whether again; expected the priority."""
