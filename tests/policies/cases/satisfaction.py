"""What a customer's reply says of a visit, in the words customers use (F2)."""

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
