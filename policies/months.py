"""Months counted from a day, by the two rules there are for months that are too short (C2, F3, M2).

A term runs until its months are complete, so it ends on the first of the next month; a date that comes again, such as
an instalment, belongs to its own month, so it comes on that month's last day.
"""

from __future__ import annotations

import calendar
import datetime as dt

MONTHS_A_YEAR = 12


def end_of_term(begins_on: dt.date, months: int) -> dt.date:
    """Return the first day after a term: the same day some months later, else the first of the month after that."""
    on = date_in_month(begins_on, months)
    return on if on.day == begins_on.day else on + dt.timedelta(days=1)


def date_in_month(anchor_on: dt.date, months: int) -> dt.date:
    """Return the date that belongs to the month so many months later: the same day, else that month's last."""
    year, month = divmod(anchor_on.year * MONTHS_A_YEAR + anchor_on.month - 1 + months, MONTHS_A_YEAR)
    month += 1
    return dt.date(year, month, min(anchor_on.day, calendar.monthrange(year, month)[1]))
