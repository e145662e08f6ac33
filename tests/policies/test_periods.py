"""Months, quarters, halves and years follow each other without a gap (R)."""

import datetime as dt
import itertools

import pytest
from hypothesis import given, strategies as st

from policies.periods import NotAPeriod, month_ends, month_of, neighbours, read_period

PERIODS = st.one_of(
    st.builds("{}-{:02d}".format, st.integers(2000, 2099), st.integers(1, 12)),
    st.builds("{}-Q{}".format, st.integers(2000, 2099), st.integers(1, 4)),
    st.builds("{}-H{}".format, st.integers(2000, 2099), st.integers(1, 2)),
    st.builds(str, st.integers(2000, 2099)),
)


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
def test_the_months_of_a_period_end_one_after_the_other_and_the_last_with_the_period(text: str) -> None:
    period = read_period(text)
    ends = month_ends(period)

    assert [end.day for end in ends] == [1] * len(ends)
    assert len(ends) == {"": 12, "Q": 3, "H": 6, "0": 1, "1": 1}[text[5:6]]
    assert ends[-1] == period.until_on
    assert all(dt.timedelta(28) <= after - before <= dt.timedelta(31) for before, after in itertools.pairwise(ends))


@pytest.mark.parametrize("text", ["", "2026-13", "2026-00", "2026-Q5", "2026-H3", "1999-01", "2026-1", "November"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAPeriod):
        read_period(text)
