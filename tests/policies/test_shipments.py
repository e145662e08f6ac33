"""Where a parcel stands does not depend on the order in which it was heard of (P3, H10)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.shipments import (
    PROBLEMS,
    NextStep,
    ShipmentDirection,
    ShipmentState,
    Sighting,
    next_step,
    read_state,
)
from tests.factories.instants import NIGHT
from tests.policies.cases.parcels import STEPS
from tests.policies.cases.table import Case

TODAY = dt.date(2026, 11, 22)
SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        st.sampled_from([*ShipmentState]),
        st.integers(0, 5).map(lambda hours: NIGHT + dt.timedelta(hours=hours)),
    ),
    max_size=6,
)


@given(SIGHTINGS, st.randoms(use_true_random=False))
def test_sightings_in_any_order_any_number_of_times_give_the_same_state(seen: list[Sighting], draw: object) -> None:
    again = [*seen, *seen]
    draw.shuffle(again)  # type: ignore[attr-defined]

    assert read_state(again, expected_on=None, today=TODAY) is read_state(seen, expected_on=None, today=TODAY)


def test_what_should_have_come_is_delayed_from_the_next_day_on() -> None:
    seen = [Sighting(ShipmentState.SENT, NIGHT)]

    states = [read_state(seen, expected_on=TODAY, today=TODAY + dt.timedelta(days=days)) for days in (0, 1)]

    assert states == [ShipmentState.SENT, ShipmentState.DELAYED]
    assert read_state([], expected_on=TODAY, today=TODAY + dt.timedelta(days=9)) is ShipmentState.PREPARED


@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.en)
def test_what_we_do_about_a_parcel_is_what_the_manual_says(case: Case) -> None:
    assert tuple(next_step(case.given, direction) for direction in ShipmentDirection) == case.expected


@pytest.mark.parametrize("state", sorted(PROBLEMS))
@pytest.mark.parametrize("direction", list(ShipmentDirection))
def test_every_problem_has_something_to_do(state: ShipmentState, direction: ShipmentDirection) -> None:
    assert next_step(state, direction) is not NextStep.NOTHING
