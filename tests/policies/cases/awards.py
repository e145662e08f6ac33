"""Points for the yearly award: the mean of four shares (T2)."""

from tests.policies.cases.table import Case

CASES = (
    Case("样样满分", "Best in everything", (100.0, 100.0, 100.0, 5.0), 100.0),
    Case(
        "准时90、一次修好80、清单100、满意度4分",
        "On time 90, fixed at once 80, checklist 100, score 4",
        (90.0, 80.0, 100.0, 4.0),
        87.5,
    ),
    Case("满意度1分", "A score of 1", (100.0, 100.0, 100.0, 1.0), 80.0),
    Case("还没有客户评价", "No customer has judged yet", (100.0, 100.0, 100.0, None), None),
    Case("还没有按时到场的记录", "Nothing on record of being on time", (None, 100.0, 100.0, 5.0), None),
)
"""Given on time, fixed at once, checklist kept and the mean score; expected the points, or None for none."""
