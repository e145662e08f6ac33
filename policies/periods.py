"""The stretches reports are made for: a day, a month, a quarter, half a year, a year (R)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from policies.months import MONTHS_A_YEAR

_SHAPE = re.compile(r"(20\d\d)(?:-(\d\d)|-Q([1-4])|-H([12]))?", re.ASCII)
_DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
ONE_DAY = dt.timedelta(days=1)
DAYS_BESIDE = 6
"""A day is seen beside so many before it."""


class NotAPeriod(ValueError):
    """A period is written 2026-11-23, 2026-11, 2026-Q4, 2026-H2 or 2026."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day, or whole months, from a date until, and without, another; `name` is how it is written."""

    name: str
    from_on: dt.date
    until_on: dt.date

    @property
    def is_day(self) -> bool:
        """Whether it is a single day; no month is as short."""
        return self.until_on - self.from_on == ONE_DAY


def read_period(text: str) -> Period:
    """Return the period that `text` names; NotAPeriod for anything else."""
    if _DAY.fullmatch(text):
        return _read_day(text)
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


def day_of(day: dt.date) -> Period:
    """Return a day as a period."""
    return Period(day.isoformat(), day, day + ONE_DAY)


def month_ends(period: Period) -> list[dt.date]:
    """Return for each whole month of a period the first day after it."""
    if period.is_day:
        return []
    first = period.from_on.year * MONTHS_A_YEAR + period.from_on.month
    after = period.until_on.year * MONTHS_A_YEAR + period.until_on.month
    return [_after(0, number) for number in range(first + 1, after + 1)]


def steps(period: Period) -> list[Period]:
    """Return what a period is seen in, one after the other: its months, a month's days, or a day and the six before."""
    ends = month_ends(period)
    if len(ends) > 1:
        return [month_of(end - ONE_DAY) for end in ends]
    first = period.from_on - DAYS_BESIDE * ONE_DAY if period.is_day else period.from_on
    return [day_of(first + number * ONE_DAY) for number in range((period.until_on - first).days)]


def neighbours(period: Period) -> tuple[Period, Period]:
    """Return the periods of the same kind before and after."""
    if period.is_day:
        return day_of(period.from_on - ONE_DAY), day_of(period.until_on)
    months = (period.until_on.year - period.from_on.year) * MONTHS_A_YEAR + period.until_on.month - period.from_on.month
    before = _after(period.from_on.year, period.from_on.month - months)
    return _name(before, months), _name(period.until_on, months)


def _read_day(text: str) -> Period:
    try:
        return day_of(dt.date.fromisoformat(text))
    except ValueError as error:
        raise NotAPeriod(text) from error


def _after(year: int, month: int) -> dt.date:
    years, rest = divmod(month - 1, MONTHS_A_YEAR)
    return dt.date(year + years, rest + 1, 1)


def _name(first: dt.date, months: int) -> Period:
    parts = {1: f"-{first:%m}", 3: f"-Q{(first.month + 2) // 3}", 6: f"-H{(first.month + 5) // 6}", 12: ""}
    return Period(f"{first.year}{parts[months]}", first, _after(first.year, first.month + months))
