"""Whether a technician is sent for what a certificate stands for, in the manual's words (T1)."""

import datetime as dt

from tests.policies.cases.table import Case

SHANGHAI = "Asia/Shanghai"


def local(day: dt.date, hour: int) -> dt.datetime:
    """Return an hour of a day in Shanghai."""
    return dt.datetime.combine(day, dt.time(hour), dt.timezone(dt.timedelta(hours=8)))


TENTH, ELEVENTH = dt.date(2026, 3, 10), dt.date(2026, 3, 11)
CASES = (
    Case("这项技能不需要证书", "The skill needs no certificate", ((), local(TENTH, 18)), True),
    Case("证书还有一年", "A year left", ((dt.date(2027, 3, 10),), local(TENTH, 18)), True),
    Case("证书最后一天的白班：可以派", "The day shift of its last day", ((TENTH,), local(TENTH, 18)), True),
    Case(
        "最后一天的夜班要到次日早上：不派",
        "The night shift of its last day ends the next morning",
        ((TENTH,), local(ELEVENTH, 6)),
        False,
    ),
    Case("过期第二天", "The day after", ((TENTH,), local(ELEVENTH, 18)), False),
    Case(
        "旧证过期，新证有效",
        "The old one over, a new one valid",
        ((TENTH, dt.date(2027, 3, 10)), local(ELEVENTH, 18)),
        True,
    ),
    Case(
        "闰日到期，当天可以派",
        "It ends on a leap day: good on that day",
        ((dt.date(2028, 2, 29),), local(dt.date(2028, 2, 29), 20)),
        True,
    ),
    Case("闰日次日", "The day after a leap day", ((dt.date(2028, 2, 29),), local(dt.date(2028, 3, 1), 18)), False),
)
"""Given the last days of somebody's certificates and the end of a shift, in Shanghai; expected: sent or not."""
