"""Who is asked how a visit was, and what a customer's reply says of it, in the words customers use (F2, F4)."""

from tests.policies.cases.table import Case

REPLIES = (
    Case("很满意", "Very satisfied", "5", (5, False)),
    Case("全角数字加“分”", "A full-width digit and “points” in Chinese", "５分", (5, False)),
    Case("中文数字加“星”", "A Chinese numeral and “stars”", "四星", (4, False)),
    Case("英文", "In English", "4 stars", (4, False)),
    Case("五分之几", "So many out of five", "3/5", (3, False)),
    Case("2分：自动立为投诉", "2: becomes a complaint by itself", "2", (2, True)),
    Case("1分加句号：自动立为投诉", "1 and a full stop: becomes a complaint by itself", "1。", (1, True)),
    Case("没有6分", "There is no 6", "6", (None, False)),
    Case("0分不算", "Nor a 0", "0", (None, False)),
    Case("5点到家：不是评分", "“Home at 5”: no score", "5点到家", (None, False)),
    Case("24：不是评分", "24: no score", "24", (None, False)),
    Case("还是漏水：不是评分，转给人看", "“Still leaking”: no score, somebody reads it", "还是漏水", (None, False)),
)
"""Given the text; expected the score, and whether it is low enough for a complaint."""

ASKED = (
    Case(
        "照常：每次上门后都请客户评分",
        "As a rule every customer is asked after every visit",
        (100, "20000002", None),
        True,
    ),
    Case("6天前刚问过：只发服务报告", "Asked six days ago: the report alone", (100, "20000002", 6), False),
    Case("整整7天前问过：可以再问", "Asked seven days ago to the minute: asked again", (100, "20000002", 7), True),
    Case("抽样三成，抽中", "A sample of three in ten, and drawn", (30, "00000001", None), True),
    Case("抽样三成，没抽中", "A sample of three in ten, and not drawn", (30, "20000002", None), False),
    Case("抽中了，但3天前刚问过", "Drawn, but asked three days ago", (30, "00000001", 3), False),
    Case("比例为0：谁也不问", "A share of 0: nobody is asked", (0, "10000001", None), False),
)
"""Given the share in percent, the request and the days since its customer was last asked; expected whether they are."""
