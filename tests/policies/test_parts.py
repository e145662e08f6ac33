"""Parts go only the ways the manual knows, and no more are ordered than are missing (P1, P5)."""

import pytest
from hypothesis import given, strategies as st

from policies.parts import (
    OURS,
    MoveKind,
    PlaceKind,
    RequisitionMoveRefused,
    RequisitionState,
    StockMoveRefused,
    check_move,
    move_requisition,
    units_to_order,
)
from tests.policies.cases.stock import MOVES, ORDERS
from tests.policies.cases.table import Case

UNITS = st.integers(0, 1_000)


@pytest.mark.parametrize("case", MOVES, ids=lambda case: case.en)
def test_parts_move_as_the_manual_says(case: Case) -> None:
    if case.expected:
        check_move(*case.given)
    else:
        with pytest.raises(StockMoveRefused):
            check_move(*case.given)


@given(kind=st.sampled_from(MoveKind), source=st.sampled_from(PlaceKind), target=st.sampled_from(PlaceKind))
def test_every_line_but_a_reversal_has_one_of_our_places_on_a_side(
    kind: MoveKind, source: PlaceKind, target: PlaceKind
) -> None:
    try:
        check_move(kind, source, target)
    except StockMoveRefused:
        return

    assert kind is MoveKind.REVERSAL or source in OURS or target in OURS


@pytest.mark.parametrize("case", ORDERS, ids=lambda case: case.en)
def test_parts_are_ordered_as_the_manual_says(case: Case) -> None:
    held, ordered, reorder_point, reorder_up_to = case.given

    found = units_to_order(held=held, ordered=ordered, reorder_point=reorder_point, reorder_up_to=reorder_up_to)

    assert found == case.expected


@given(held=UNITS, ordered=UNITS, reorder_point=UNITS, more=UNITS)
def test_after_an_order_asking_again_orders_nothing(held: int, ordered: int, reorder_point: int, more: int) -> None:
    up_to = reorder_point + more + 1
    units = units_to_order(held=held, ordered=ordered, reorder_point=reorder_point, reorder_up_to=up_to)

    again = units_to_order(held=held, ordered=ordered + units, reorder_point=reorder_point, reorder_up_to=up_to)

    assert units == 0 or held + ordered + units == up_to
    assert again == 0


def test_a_requisition_is_issued_only_once_it_was_approved() -> None:
    for now in RequisitionState:
        if now is not RequisitionState.APPROVED:
            with pytest.raises(RequisitionMoveRefused):
                move_requisition(now, RequisitionState.ISSUED)
