"""Contract penalties in the manual's words: 1 % of a contract of 100,000 yuan is 1,000 yuan (C7)."""

import datetime as dt

from policies.penalties import PenaltyKind, PenaltyTerms, Stoppage
from tests.policies.cases.table import Case

TERMS = PenaltyTerms(10_000_000, 4, 24, 100, 100, 100)
CALLED = dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)
LATER = CALLED + dt.timedelta(days=400)
RESPONSE, RESTORATION, INSPECTION = PenaltyKind


def after(hours: float) -> dt.datetime:
    return CALLED + dt.timedelta(hours=hours)


CASES = (
    Case(
        "4小时内到场，24小时内恢复",
        "On site in 4 hours, working in 24",
        (TERMS, Stoppage(CALLED, after(4), after(24)), LATER),
        (),
    ),
    Case(
        "6小时才到场，24小时内恢复：响应违约一次，合同额的1%",
        "On site after 6 hours, working in 24: one response missed, 1 % of the contract",
        (TERMS, Stoppage(CALLED, after(6), after(20)), LATER),
        ((RESPONSE, 1, 100_000),),
    ),
    Case(
        "及时到场，晚1小时恢复：开始的一天算一天，1%",
        "On site in time, working an hour late: a day begun counts, 1 %",
        (TERMS, Stoppage(CALLED, after(2), after(25)), LATER),
        ((RESTORATION, 1, 100_000),),
    ),
    Case(
        "响应违约，又晚两天零一小时恢复：1% 加 3%",
        "Response missed, and working two days and an hour late: 1 % and 3 %",
        (TERMS, Stoppage(CALLED, after(5), after(24 + 49)), LATER),
        ((RESPONSE, 1, 100_000), (RESTORATION, 3, 300_000)),
    ),
    Case(
        "应做的巡检没有防止停机：1%",
        "An inspection due did not prevent the stoppage: 1 %",
        (TERMS, Stoppage(CALLED, after(1), after(2), was_inspection_missed=True), LATER),
        ((INSPECTION, 1, 100_000),),
    ),
    Case("还没有到期：不计违约金", "Nothing is due yet: no penalty", (TERMS, Stoppage(CALLED), after(3)), ()),
    Case(
        "违约金合计不超过合同额",
        "Together the penalties never exceed the contract",
        (TERMS, Stoppage(CALLED, after(5)), LATER),
        ((RESPONSE, 1, 100_000), (RESTORATION, 399, 9_900_000)),
    ),
    Case(
        "协议没有约定时间",
        "The agreement promises no times",
        (PenaltyTerms(10_000_000, None, None, 100, 100, 100), Stoppage(CALLED), LATER),
        (),
    ),
)
