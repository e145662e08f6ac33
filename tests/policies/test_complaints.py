"""A complaint goes step by step, and like cases are treated alike (F1)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.complaints import (
    MOVES,
    ComplaintMoveRefused,
    ComplaintRung,
    ComplaintState,
    find_usual,
    is_deviating,
    level_due,
    move_complaint,
    rung_of,
)
from tests.factories.instants import NIGHT
from tests.policies.cases.complaints import COMPENSATIONS, LADDER
from tests.policies.cases.table import Case

AMOUNTS = st.lists(st.integers(0, 10**7), max_size=9)
DAY = dt.timedelta(days=1)


def level_after(hours: float) -> int:
    return level_due(started_at=NIGHT, deadline_at=NIGHT + DAY, now=NIGHT + dt.timedelta(hours=hours))


def test_no_step_is_left_out_on_the_way_to_the_closing_report() -> None:
    for state in ComplaintState:
        if state is not ComplaintState.ACCEPTED:
            with pytest.raises(ComplaintMoveRefused):
                move_complaint(state, ComplaintState.CLOSED)
    assert MOVES[ComplaintState.CLOSED] == frozenset()


@pytest.mark.parametrize("case", COMPENSATIONS, ids=lambda case: case.en)
def test_more_than_a_fifth_away_from_what_is_usual_must_be_explained(case: Case) -> None:
    amount, like_cases = case.given

    assert is_deviating(amount, find_usual(like_cases)) is case.expected


@pytest.mark.parametrize("case", LADDER, ids=lambda case: case.en)
def test_a_complaint_nobody_answers_climbs_as_the_manual_says(case: Case) -> None:
    assert rung_of(level_after(case.given)) is case.expected


@given(hours=st.floats(0, 1_000), more=st.floats(0, 1_000))
def test_a_complaint_never_climbs_down_by_itself(hours: float, more: float) -> None:
    assert level_after(hours) <= level_after(hours + more) < len(ComplaintRung)


@given(AMOUNTS)
def test_what_is_usual_was_given_to_somebody_and_never_deviates_from_itself(amounts: list[int]) -> None:
    usual = find_usual(amounts)

    assert usual.cases == len(amounts)
    assert not amounts or usual.middle_cents in amounts
    assert not is_deviating(usual.middle_cents, usual)


def test_the_ladder_ends_at_its_top() -> None:
    assert [rung_of(level) for level in range(5)] == [*ComplaintRung, ComplaintRung.DIRECTOR, ComplaintRung.DIRECTOR]
