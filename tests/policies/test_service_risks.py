"""A graver risk is never rated lower, and a measure has a day that can be kept (F5)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.service_risks import (
    LONGEST,
    MeasureDayWrong,
    RatingOutOfScale,
    RiskKind,
    RiskLevel,
    check_day,
    decide_level,
)
from tests.policies.cases.risks import CASES
from tests.policies.cases.table import Case

TODAY = dt.date(2026, 11, 22)
RATINGS = st.integers(1, 5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_how_grave_it_is_stands_in_the_table(case: Case) -> None:
    kind, likelihood, harm = case.given

    assert decide_level(kind, likelihood=likelihood, harm=harm) is case.expected


@given(st.sampled_from(RiskKind), RATINGS, RATINGS, st.integers(0, 4), st.integers(0, 4))
def test_what_is_likelier_or_does_more_harm_is_never_rated_lower(
    kind: RiskKind, likelihood: int, harm: int, more: int, worse: int
) -> None:
    order = [*RiskLevel]
    before = decide_level(kind, likelihood=likelihood, harm=harm)
    after = decide_level(kind, likelihood=min(5, likelihood + more), harm=min(5, harm + worse))

    assert order.index(after) >= order.index(before)


@given(st.sampled_from(RiskKind), st.integers(), st.integers())
def test_a_rating_off_the_scale_is_refused(kind: RiskKind, likelihood: int, harm: int) -> None:
    if 1 <= likelihood <= 5 and 1 <= harm <= 5:
        assert decide_level(kind, likelihood=likelihood, harm=harm) in RiskLevel
    else:
        with pytest.raises(RatingOutOfScale):
            decide_level(kind, likelihood=likelihood, harm=harm)


@pytest.mark.parametrize(
    ("days", "is_taken"), [(-1, False), (0, True), (LONGEST.days, True), (LONGEST.days + 1, False)]
)
def test_a_measure_is_due_from_today_on_within_two_years(*, days: int, is_taken: bool) -> None:
    due_on = TODAY + dt.timedelta(days=days)
    if is_taken:
        assert check_day(due_on, today=TODAY) == due_on
    else:
        with pytest.raises(MeasureDayWrong):
            check_day(due_on, today=TODAY)
