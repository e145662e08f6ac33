"""A term ends when its months are complete; a date that comes again stays in its month (C2, F3)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.months import date_in_month, end_of_term


@pytest.mark.parametrize(
    ("begins_on", "months", "ends_on", "comes_on"),
    [
        (dt.date(2026, 3, 3), 12, dt.date(2027, 3, 3), dt.date(2027, 3, 3)),
        (dt.date(2026, 8, 31), 6, dt.date(2027, 3, 1), dt.date(2027, 2, 28)),
        (dt.date(2024, 2, 29), 12, dt.date(2025, 3, 1), dt.date(2025, 2, 28)),
        (dt.date(2026, 12, 1), 12, dt.date(2027, 12, 1), dt.date(2027, 12, 1)),
        (dt.date(2025, 12, 31), 2, dt.date(2026, 3, 1), dt.date(2026, 2, 28)),
        (dt.date(2026, 3, 31), -1, dt.date(2026, 3, 1), dt.date(2026, 2, 28)),
    ],
)
def test_a_short_month_ends_a_term_on_the_next_first_and_keeps_a_date_on_its_last_day(
    begins_on: dt.date, months: int, ends_on: dt.date, comes_on: dt.date
) -> None:
    assert end_of_term(begins_on, months) == ends_on
    assert date_in_month(begins_on, months) == comes_on


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.integers(-240, 240))
def test_a_term_never_ends_before_the_date_of_its_month_nor_more_than_a_day_after(day: dt.date, months: int) -> None:
    comes_on, ends_on = date_in_month(day, months), end_of_term(day, months)

    assert (comes_on.year * 12 + comes_on.month) - (day.year * 12 + day.month) == months
    assert ends_on - comes_on == dt.timedelta(days=int(comes_on.day != day.day))
