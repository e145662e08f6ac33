"""Where a parcel stands does not depend on the order in which it was heard of (P3, H10)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from policies.parcel_claims import ClaimState
from policies.shipments import (
    PROBLEMS,
    SENDABLE_AGAIN,
    NextStep,
    ParcelFacts,
    ShipmentDirection,
    ShipmentState,
    Sighting,
    counts_as_lost,
    next_step,
    read_state,
)
from tests.factories.instants import NIGHT
from tests.policies.cases.parcels import LOST_DAYS, SEARCH_DAYS, STEPS
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
PARCELS = st.builds(
    ParcelFacts,
    state=st.sampled_from(ShipmentState),
    direction=st.sampled_from(ShipmentDirection),
    is_customers_own=st.booleans(),
    days_late=st.integers(0, 30),
    is_replaced=st.booleans(),
    is_compensated=st.booleans(),
    claim=st.none() | st.sampled_from(ClaimState),
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
    state, days_late, *done = case.given

    assert (
        tuple(
            step_of(ParcelFacts(state, direction, is_own, days_late, *done))
            for direction, is_own in (
                (ShipmentDirection.TO_CUSTOMER, False),
                (ShipmentDirection.TO_CUSTOMER, True),
                (ShipmentDirection.FROM_CUSTOMER, True),
            )
        )
        == case.expected
    )


def step_of(parcel: ParcelFacts) -> NextStep:
    return next_step(parcel, search_days=SEARCH_DAYS, lost_days=LOST_DAYS)


@given(PARCELS)
def test_every_problem_has_something_to_do_until_another_parcel_is_on_its_way(parcel: ParcelFacts) -> None:
    step = step_of(parcel)

    if parcel.state in PROBLEMS and not parcel.is_replaced and not parcel.is_compensated:
        assert step is not NextStep.NOTHING
    if parcel.is_replaced:
        assert step not in SENDABLE_AGAIN, "nothing is sent a third time"


@given(PARCELS)
def test_what_is_the_customers_own_is_never_sent_again_but_compensated(parcel: ParcelFacts) -> None:
    is_own = parcel.is_customers_own or parcel.direction is ShipmentDirection.FROM_CUSTOMER

    if is_own:
        assert step_of(parcel) not in {NextStep.SEND_AGAIN, NextStep.CLAIM}
    else:
        assert step_of(parcel) not in {NextStep.COMPENSATE, NextStep.RECOVER}


@given(PARCELS)
def test_the_customer_comes_before_the_claim_and_only_what_its_courier_owes_for_is_claimed(parcel: ParcelFacts) -> None:
    is_settled = parcel.is_compensated if parcel.is_of_a_customer else parcel.is_replaced

    if step_of(parcel) in {NextStep.CLAIM, NextStep.RECOVER, NextStep.AWAIT_COURIER}:
        assert is_settled
        assert parcel.state in PROBLEMS
    if is_settled and counts_as_lost(parcel, lost_days=LOST_DAYS) and parcel.claim is None:
        assert step_of(parcel) in {NextStep.CLAIM, NextStep.RECOVER}


@given(PARCELS, st.integers(0, 30))
def test_the_longer_a_parcel_is_late_the_further_we_go(parcel: ParcelFacts, more: int) -> None:
    late = replace(parcel, state=ShipmentState.DELAYED, is_replaced=False, is_compensated=False)
    steps = [NextStep.ASK_COURIER, NextStep.SEARCH, NextStep.SEND_AGAIN, NextStep.COMPENSATE]

    before, after = step_of(late), step_of(replace(late, days_late=late.days_late + more))

    assert steps.index(before) <= steps.index(after)
