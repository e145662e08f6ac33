"""Where a lent machine stands, in the manual's words; it is due on 10 March 2026 (P4)."""

import datetime as dt

from policies.workshop import LoanState
from tests.policies.cases.table import Case

LOANS = (
    Case("借出，还有一个星期", "Lent, a week to go", (None, dt.date(2026, 3, 3)), LoanState.OUT),
    Case("到期前三天", "Three days before", (None, dt.date(2026, 3, 7)), LoanState.OUT),
    Case(
        "到期前两天：联系客户归还",
        "Two days before: time to arrange the return",
        (None, dt.date(2026, 3, 8)),
        LoanState.DUE,
    ),
    Case("到期当天：还在期限内", "On the day itself: in time", (None, dt.date(2026, 3, 10)), LoanState.DUE),
    Case("过期一天", "A day late", (None, dt.date(2026, 3, 11)), LoanState.OVERDUE),
    Case(
        "晚还了，但已归还", "Brought back late, but back", (dt.date(2026, 3, 20), dt.date(2026, 4, 1)), LoanState.BACK
    ),
)
"""Given the day it came back and today; expected state."""
