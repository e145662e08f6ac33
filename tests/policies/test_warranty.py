"""Warranty dates: a year and half a year, in the customer's favour where the calendar has gaps (C2)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.warranty import CoverageReason, Papers, decide_coverage
from tests.policies.cases.table import Case
from tests.policies.cases.warranty import CASES

DAY = dt.date(2026, 11, 22)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_a_warranty_runs_as_the_table_says(case: Case) -> None:
    papers, months, on, begins_with = case.given

    coverage = decide_coverage(papers, months=months, on=on, begins_with=begins_with)
    assert (coverage.reason, coverage.last_on) == case.expected
    assert coverage.is_covered is (coverage.reason is CoverageReason.IN_WARRANTY)


@given(purchased_on=DAYS, delivered_on=st.none() | DAYS, accepted_on=st.none() | DAYS, months=st.integers(1, 36))
def test_a_later_paper_never_shortens_the_warranty(
    purchased_on: dt.date, delivered_on: dt.date | None, accepted_on: dt.date | None, months: int
) -> None:
    bare = decide_coverage(Papers(purchased_on), months=months, on=DAY)
    full = decide_coverage(Papers(purchased_on, delivered_on, accepted_on), months=months, on=DAY)

    assert bare.until_on is not None
    assert full.until_on is not None
    assert full.until_on >= bare.until_on


@given(purchased_on=DAYS, months=st.integers(1, 36), on=DAYS)
def test_the_last_covered_day_is_covered_and_the_next_is_not(purchased_on: dt.date, months: int, on: dt.date) -> None:
    papers = Papers(purchased_on, has_proof=True)
    coverage = decide_coverage(papers, months=months, on=on)

    assert coverage.last_on is not None
    assert decide_coverage(papers, months=months, on=coverage.last_on).is_covered
    assert not decide_coverage(papers, months=months, on=coverage.last_on + dt.timedelta(days=1)).is_covered
    assert coverage.last_on >= purchased_on
