"""What a courier owes for a parcel is never more than was lost, and a claim goes on in one direction (P3, M2)."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from policies.parcel_claims import (
    STANDING,
    ClaimMoveRefused,
    ClaimState,
    GrantImpossible,
    Loss,
    LossImpossible,
    check_grant,
    claimable_cents,
    move_claim,
)
from tests.policies.cases.claims import CARRIAGE_TIMES, CASES
from tests.policies.cases.table import Case

CENTS = st.integers(0, 10**9)


@st.composite
def losses(draw: st.DrawFn) -> Loss:
    value = draw(st.integers(1, 10**9))
    return Loss(value, draw(st.integers(1, value)), draw(CENTS), draw(CENTS), draw(st.booleans()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_what_a_courier_owes_is_what_the_table_says(case: Case) -> None:
    assert claimable_cents(case.given, carriage_times=CARRIAGE_TIMES) == case.expected


@given(losses(), st.integers(0, 10))
def test_never_more_is_claimed_than_was_lost_and_the_carriage_of_what_never_came(loss: Loss, times: int) -> None:
    claimed = claimable_cents(loss, carriage_times=times)

    back = loss.carriage_cents if loss.is_gone else 0
    assert back <= claimed <= loss.loss_cents + back
    if not loss.insured_cents:
        assert claimed <= loss.carriage_cents * times + back


@given(losses(), CENTS)
def test_a_higher_insurance_never_brings_less_and_a_full_one_the_whole_loss(loss: Loss, more: int) -> None:
    insured = replace(loss, insured_cents=max(loss.insured_cents, 1))
    higher = replace(insured, insured_cents=insured.insured_cents + more)
    full = replace(insured, insured_cents=loss.value_cents, is_gone=False)

    assert claimable_cents(insured, carriage_times=3) <= claimable_cents(higher, carriage_times=3)
    assert claimable_cents(full, carriage_times=3) == loss.loss_cents


@pytest.mark.parametrize("lost", [0, -1, 200_001])
def test_nothing_and_more_than_it_was_worth_cannot_be_lost(lost: int) -> None:
    with pytest.raises(LossImpossible):
        claimable_cents(Loss(200_000, lost, 0, 3_000, is_gone=True), carriage_times=3)


@given(st.integers(1, 10**9), st.integers(-10, 2 * 10**9))
def test_a_courier_grants_something_and_never_more_than_was_claimed(claimed: int, granted: int) -> None:
    if 0 < granted <= claimed:
        assert check_grant(claimed_cents=claimed, granted_cents=granted) == granted
    else:
        with pytest.raises(GrantImpossible):
            check_grant(claimed_cents=claimed, granted_cents=granted)


@given(st.lists(st.sampled_from(ClaimState), max_size=6))
def test_a_claim_that_stands_no_longer_never_stands_again(wishes: list[ClaimState]) -> None:
    state = ClaimState.RAISED
    for wish in wishes:
        try:
            after = move_claim(state, wish)
        except ClaimMoveRefused:
            continue
        assert state in STANDING
        assert after is not ClaimState.RAISED
        state = after
