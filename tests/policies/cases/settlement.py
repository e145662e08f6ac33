"""What a repair costs and who pays it, in the manual's words; prices in cents, labour at 120 yuan an hour (M1, M3)."""

from policies.entitlement import ChargeableCause, CoverItem
from policies.roles import Role
from policies.settlement import WorkLine
from tests.policies.cases.entitlement import MIDDLE, OLD, YOUNG, bought, facts, line
from tests.policies.cases.table import Case

LABOUR = WorkLine(CoverItem.LABOUR, "LABOUR", 150, 12_000)
TRAVEL = WorkLine(CoverItem.TRAVEL, "TRAVEL", 100, 5_000)
BOARD = WorkLine(CoverItem.MAIN_PART, "BOARD", 100, 30_000)
CABLE = WorkLine(CoverItem.WEAR_PART, "CABLE", 200, 1_500)
ALL = (LABOUR, TRAVEL, BOARD, CABLE)

LINES = (
    Case(
        "在保修期内：工时一个半小时、上门、主板，全部免费，零元行照样列出",
        "Under warranty: an hour and a half, the journey and a board are free, and lines of nothing are shown",
        ((LABOUR, TRAVEL, BOARD), facts(bought(YOUNG))),
        ((18_000, 0), (5_000, 0), (30_000, 0)),
    ),
    Case(
        "买了八个月：整机在保，两根连接线过了六个月，由客户付",
        "Bought eight months ago: the unit is covered, the two cables are not any more",
        (ALL, facts(bought(MIDDLE))),
        ((18_000, 0), (5_000, 0), (30_000, 0), (3_000, 3_000)),
    ),
    Case(
        "过保：全部由客户付",
        "After the warranty: the customer pays everything",
        (ALL, facts(bought(OLD))),
        ((18_000, 18_000), (5_000, 5_000), (30_000, 30_000), (3_000, 3_000)),
    ),
    Case(
        "保修期内，使用不当：全部由客户付",
        "Under warranty, but misused: the customer pays everything",
        (ALL, facts(bought(YOUNG), causes=frozenset({ChargeableCause.MISUSE}))),
        ((18_000, 18_000), (5_000, 5_000), (30_000, 30_000), (3_000, 3_000)),
    ),
    Case(
        "过保，协议免人工和上门，零件七折",
        "After the warranty, an agreement waives labour and journey and three tenths of the parts",
        (ALL, facts(bought(OLD), line(main_part_percent=30, wear_part_percent=30))),
        ((18_000, 0), (5_000, 0), (30_000, 21_000), (3_000, 2_100)),
    ),
    Case(
        "协议次数用完：由客户付",
        "The agreement's visits are used up: the customer pays",
        ((LABOUR, TRAVEL), facts(bought(OLD), line(visits_left=0))),
        ((18_000, 18_000), (5_000, 5_000)),
    ),
    Case(
        "半分钱四舍五入给承担方，两边相加仍是原价",
        "Half a cent goes to the side that covers, and both sides are still the price",
        ((WorkLine(CoverItem.LABOUR, "LABOUR", 100, 12_345),), facts(bought(OLD), line(labour_percent=50))),
        ((12_345, 6_172),),
    ),
    Case(
        "一刻钟工时、单价有零头：一行只舍入一次",
        "A quarter of an hour at an odd price: a line is rounded once",
        ((WorkLine(CoverItem.LABOUR, "LABOUR", 25, 12_001),), facts(bought(OLD))),
        ((3_000, 3_000),),
    ),
)
"""Given the work and the facts of the entitlement; expected gross and charged cents of each line."""

DIFFERENCES = (
    Case("与事先同意的一致", "As agreed before the work", (30_000, 30_000, Role.CLERK), "booked"),
    Case("没有报价，不收费", "Nothing was quoted, and nothing is charged", (None, 0, Role.CLERK), "booked"),
    Case(
        "没有报价却要收费：须由人批准", "Charged without a quote: a person decides", (None, 100, Role.CLERK), "refused"
    ),
    Case("比同意的多1分，客服无权批准", "One cent more, a clerk", (30_000, 30_001, Role.CLERK), "refused"),
    Case("少收也要批准", "Less than agreed, too", (30_000, 29_999, Role.CLERK), "refused"),
    Case("多200元，派工员可以批准", "200 yuan more, a dispatcher", (30_000, 50_000, Role.DISPATCHER), "approved"),
    Case("多200.01元，超出派工员权限", "200.01 more, a dispatcher", (30_000, 50_001, Role.DISPATCHER), "refused"),
    Case("多1万元，服务经理可以批准", "10,000 more, a service manager", (0, 1_000_000, Role.MANAGER), "approved"),
    Case(
        "多1万元零1分，须由管理员批准",
        "10,000.01 more, an administrator",
        (0, 1_000_001, Role.ADMINISTRATOR),
        "approved",
    ),
    Case("审核员什么都不批准", "An auditor approves nothing", (0, 1, Role.AUDITOR), "refused"),
    Case("技师不批准自己的差额", "A technician approves no difference", (0, 1, Role.TECHNICIAN), "refused"),
)
"""Given agreed and final cents and who is asked; expected whether it is booked, approved or refused."""
