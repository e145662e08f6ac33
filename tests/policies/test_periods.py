"""Months, quarters, halves and years follow each other without a gap (R)."""

import datetime as dt
import itertools

import pytest
from hypothesis import given, strategies as st

from policies.periods import NotAPeriod, day_of, month_ends, month_of, neighbours, read_period, steps

DAYS = st.dates(dt.date(2000, 1, 8), dt.date(2099, 12, 30)).map(dt.date.isoformat)
MONTHS = st.one_of(
    st.builds("{}-{:02d}".format, st.integers(2000, 2099), st.integers(1, 12)),
    st.builds("{}-Q{}".format, st.integers(2000, 2099), st.integers(1, 4)),
    st.builds("{}-H{}".format, st.integers(2000, 2099), st.integers(1, 2)),
    st.builds(str, st.integers(2000, 2099)),
)
PERIODS = st.one_of(MONTHS, DAYS)


@given(PERIODS)
def test_the_period_before_ends_where_this_one_begins_and_has_the_same_kind(text: str) -> None:
    period = read_period(text)
    before, after = neighbours(period)

    assert before.until_on == period.from_on
    assert after.from_on == period.until_on
    assert neighbours(after)[0] == period
    assert len(before.name) == len(text) == len(after.name)


def test_a_half_year_is_six_months() -> None:
    assert read_period("2026-H2").from_on == dt.date(2026, 7, 1)
    assert read_period("2026-H2").until_on == dt.date(2027, 1, 1)
    assert month_of(dt.date(2026, 11, 22)).name == "2026-11"


@given(PERIODS)
def test_what_a_period_is_seen_in_follows_without_a_gap_and_ends_with_it(text: str) -> None:
    period = read_period(text)
    seen = steps(period)

    assert all(one.until_on == after.from_on for one, after in itertools.pairwise(seen))
    assert seen[-1].until_on == period.until_on
    assert [read_period(one.name) for one in seen] == seen
    assert seen[0].from_on == (period.from_on - dt.timedelta(6) if period.is_day else period.from_on)


def test_half_a_year_is_seen_in_months_and_a_month_in_days() -> None:
    assert [one.name for one in steps(read_period("2026-H1"))] == [f"2026-0{number}" for number in range(1, 7)]
    assert len(steps(read_period("2028-02"))) == 29
    assert month_ends(day_of(dt.date(2026, 11, 30))) == []


@given(MONTHS)
def test_the_months_of_a_period_end_one_after_the_other_and_the_last_with_the_period(text: str) -> None:
    period = read_period(text)
    ends = month_ends(period)

    assert [end.day for end in ends] == [1] * len(ends)
    assert len(ends) == {"": 12, "Q": 3, "H": 6, "0": 1, "1": 1}[text[5:6]]
    assert ends[-1] == period.until_on
    assert all(dt.timedelta(28) <= after - before <= dt.timedelta(31) for before, after in itertools.pairwise(ends))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "2026-H3",
        "1999-01",
        "2026-1",
        "November",
        "2026-02-29",
        "2026-11-3",
        "２０２６-11",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAPeriod):
        read_period(text)
