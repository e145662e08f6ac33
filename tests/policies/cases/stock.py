"""Which ways parts may go, and how many are ordered, in the manual's words (P1, P5)."""

from policies.parts import MoveKind, PlaceKind
from tests.policies.cases.table import Case

WAREHOUSE, VAN, SUPPLIER, CUSTOMER, SCRAP, DIFFERENCE = PlaceKind

MOVES = (
    Case("供应商来货入库", "A delivery comes in", (MoveKind.RECEIPT, SUPPLIER, WAREHOUSE), True),
    Case("领用：仓库发到车上", "Issued from the warehouse to a van", (MoveKind.ISSUE, WAREHOUSE, VAN), True),
    Case(
        "没有领料，车上不能凭空有货", "Nothing comes onto a van from nowhere", (MoveKind.ISSUE, DIFFERENCE, VAN), False
    ),
    Case("技师装到客户机器上", "Fitted at a customer's from the van", (MoveKind.USE, VAN, CUSTOMER), True),
    Case(
        "从客户那里“使用”到车上：方向反了",
        "Used from the customer onto the van: the wrong way",
        (MoveKind.USE, CUSTOMER, VAN),
        False,
    ),
    Case("没用完退库", "What was not needed goes back", (MoveKind.RETURN, VAN, WAREHOUSE), True),
    Case("客户退回的零件入库", "A customer's part comes back", (MoveKind.RETURN, CUSTOMER, WAREHOUSE), True),
    Case("两车之间调拨", "From one van to another", (MoveKind.TRANSFER, VAN, VAN), True),
    Case("卖给客户", "Sold to a customer", (MoveKind.SALE, WAREHOUSE, CUSTOMER), True),
    Case("报废", "Scrapped", (MoveKind.SCRAP, WAREHOUSE, SCRAP), True),
    Case("报废品不能再用", "What is scrapped is not used again", (MoveKind.USE, SCRAP, CUSTOMER), False),
    Case("盘亏记入差异", "A count finds fewer", (MoveKind.COUNT, WAREHOUSE, DIFFERENCE), True),
    Case("盘盈", "A count finds more", (MoveKind.COUNT, DIFFERENCE, VAN), True),
    Case(
        "盘点不能把货从一处挪到另一处", "A count moves nothing between places", (MoveKind.COUNT, WAREHOUSE, VAN), False
    ),
    Case(
        "差异不能记在差异上",
        "A difference is not written off against another",
        (MoveKind.COUNT, DIFFERENCE, DIFFERENCE),
        False,
    ),
    Case("冲销任何一笔", "Any line is undone by its opposite", (MoveKind.REVERSAL, CUSTOMER, VAN), True),
)
"""Given the kind of move and its two places; expected whether it is allowed."""

ORDERS = (
    Case("多于再订货点：不订", "More than the reorder point: none", (6, 0, 5, 20), 0),
    Case("正好在再订货点：补到20", "Just at the reorder point: filled up to 20", (5, 0, 5, 20), 15),
    Case("已经订了10件在途：够了", "Ten are on their way: enough", (2, 10, 5, 20), 0),
    Case("在途3件仍不够：只订缺的", "Three on their way are not enough: only what lacks", (1, 3, 5, 20), 16),
    Case("一件也没有", "None at all", (0, 0, 5, 20), 20),
    Case("补货上限低于现有：不订负数", "Fill-up level below what is held: never less than none", (5, 0, 5, 3), 0),
)
"""Given held, ordered, reorder point and level to fill up to; expected units to order."""
