"""The stretches reports are made for: a month, a quarter, half a year, a year (R)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from policies.months import MONTHS_A_YEAR

_SHAPE = re.compile(r"(20\d\d)(?:-(\d\d)|-Q([1-4])|-H([12]))?")


class NotAPeriod(ValueError):
    """A period is written 2026-11, 2026-Q4, 2026-H2 or 2026."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from a date until, and without, another; `name` is how it is written."""

    name: str
    from_on: dt.date
    until_on: dt.date


def read_period(text: str) -> Period:
    """Return the period that `text` names; NotAPeriod for anything else."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise NotAPeriod(text)
    year, month, quarter, half = (int(part) if part else None for part in match.groups())
    if month is not None and not 1 <= month <= MONTHS_A_YEAR:
        raise NotAPeriod(text)
    first = month or (quarter and 3 * quarter - 2) or (half and 6 * half - 5) or 1
    months = 1 if month else 3 if quarter else 6 if half else MONTHS_A_YEAR
    assert year is not None  # noqa: S101 - the pattern has it
    return Period(text, dt.date(year, first, 1), _after(year, first + months))


def month_of(day: dt.date) -> Period:
    """Return the month a day lies in."""
    return read_period(f"{day:%Y-%m}")


def month_ends(period: Period) -> list[dt.date]:
    """Return for each month of a period the first day after it."""
    first = period.from_on.year * MONTHS_A_YEAR + period.from_on.month
    after = period.until_on.year * MONTHS_A_YEAR + period.until_on.month
    return [_after(0, number) for number in range(first + 1, after + 1)]


def neighbours(period: Period) -> tuple[Period, Period]:
    """Return the periods of the same length before and after."""
    months = (period.until_on.year - period.from_on.year) * MONTHS_A_YEAR + period.until_on.month - period.from_on.month
    before = _after(period.from_on.year, period.from_on.month - months)
    return _name(before, months), _name(period.until_on, months)


def _after(year: int, month: int) -> dt.date:
    years, rest = divmod(month - 1, MONTHS_A_YEAR)
    return dt.date(year + years, rest + 1, 1)


def _name(first: dt.date, months: int) -> Period:
    parts = {1: f"-{first:%m}", 3: f"-Q{(first.month + 2) // 3}", 6: f"-H{(first.month + 5) // 6}", 12: ""}
    return Period(f"{first.year}{parts[months]}", first, _after(first.year, first.month + months))
