"""A complaint goes step by step, and like cases are treated alike (F1)."""

import pytest
from hypothesis import given, strategies as st

from policies.complaints import (
    MOVES,
    ComplaintMoveRefused,
    ComplaintRung,
    ComplaintState,
    Usual,
    find_usual,
    is_deviating,
    move_complaint,
    rung_of,
)

AMOUNTS = st.lists(st.integers(0, 10**7), max_size=9)


def test_no_step_is_left_out_on_the_way_to_the_closing_report() -> None:
    for state in ComplaintState:
        if state is not ComplaintState.ACCEPTED:
            with pytest.raises(ComplaintMoveRefused):
                move_complaint(state, ComplaintState.CLOSED)
    assert MOVES[ComplaintState.CLOSED] == frozenset()


@pytest.mark.parametrize(
    ("amount", "usual", "deviates"),
    [
        (10_000, Usual(3, 10_000), False),
        (12_000, Usual(3, 10_000), False),
        (12_001, Usual(3, 10_000), True),
        (7_999, Usual(3, 10_000), True),
        (50_000, Usual(2, 10_000), False),
        (1, Usual(3, 0), True),
        (0, Usual(9, 0), False),
    ],
)
def test_more_than_a_fifth_away_from_what_is_usual_must_be_explained(
    amount: int, usual: Usual, *, deviates: bool
) -> None:
    assert is_deviating(amount, usual) is deviates


@given(AMOUNTS)
def test_what_is_usual_was_given_to_somebody_and_never_deviates_from_itself(amounts: list[int]) -> None:
    usual = find_usual(amounts)

    assert usual.cases == len(amounts)
    assert not amounts or usual.middle_cents in amounts
    assert not is_deviating(usual.middle_cents, usual)


def test_the_ladder_ends_at_its_top() -> None:
    assert [rung_of(level) for level in range(5)] == [*ComplaintRung, ComplaintRung.DIRECTOR, ComplaintRung.DIRECTOR]
