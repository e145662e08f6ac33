"""Warranty dates: a year and half a year, in the customer's favour where the calendar has gaps (C2)."""

import datetime as dt

from hypothesis import given, strategies as st

from policies.figures import DEFAULT_FIGURES
from policies.warranty import CoverageReason, Papers, decide_coverage

DAY = dt.date(2026, 11, 22)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
UNIT, ACCESSORY = DEFAULT_FIGURES.warranty_unit_months, DEFAULT_FIGURES.warranty_accessory_months


def test_a_machine_with_an_invoice_is_covered_for_a_year_and_not_a_day_longer() -> None:
    papers = Papers(purchased_on=dt.date(2026, 3, 3), has_proof=True)

    last = decide_coverage(papers, months=UNIT, on=dt.date(2027, 3, 2))
    after = decide_coverage(papers, months=UNIT, on=dt.date(2027, 3, 3))

    assert (last.is_covered, last.last_on) == (True, dt.date(2027, 3, 2))
    assert after.reason is CoverageReason.ENDED


def test_accessories_are_covered_for_half_a_year() -> None:
    papers = Papers(purchased_on=dt.date(2026, 3, 3), has_proof=True)

    assert decide_coverage(papers, months=ACCESSORY, on=dt.date(2026, 9, 3)).is_covered is False


def test_missing_proof_is_a_reason_of_its_own_and_still_names_the_date() -> None:
    coverage = decide_coverage(Papers(purchased_on=dt.date(2026, 3, 3)), months=UNIT, on=DAY)

    assert (coverage.reason, coverage.is_covered) == (CoverageReason.NO_PROOF, False)
    assert coverage.last_on == dt.date(2027, 3, 2)


def test_without_any_date_nothing_is_claimed() -> None:
    coverage = decide_coverage(Papers(has_proof=True), months=UNIT, on=DAY)

    assert (coverage.reason, coverage.until_on, coverage.last_on) == (CoverageReason.UNKNOWN_PURCHASE, None, None)


def test_an_old_machine_without_proof_has_simply_ended() -> None:
    assert decide_coverage(Papers(purchased_on=dt.date(2020, 1, 1)), months=UNIT, on=DAY).reason is CoverageReason.ENDED


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
