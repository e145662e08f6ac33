"""Exchange, return, refund: the manual's cases, and amounts that never exceed the price (C4, C5)."""

import datetime as dt
import json

import pytest
from hypothesis import given, strategies as st

from operations.aftercare.returns import DECISION, FACTS
from policies.returns import (
    RefundAbovePrice,
    Remedy,
    RepairPeriod,
    ReturnDecision,
    ReturnFacts,
    ReturnMoveRefused,
    ReturnPriceUnknown,
    ReturnState,
    ReturnTerms,
    check_refund,
    count_days_of_use,
    decide_return,
    move_return,
)
from tests.policies.cases.returns import CASES, JUNE, REFUND, wish
from tests.policies.cases.table import Case

DAYS = st.dates(dt.date(2023, 12, 1), dt.date(2028, 3, 31))
PERIODS = st.builds(RepairPeriod, DAYS, st.none() | DAYS)
ANY_WISH = st.builds(
    ReturnFacts,
    on=DAYS,
    remedy=st.sampled_from(Remedy),
    terms=st.builds(
        ReturnTerms,
        st.integers(1, 3),
        st.integers(1, 90),
        st.integers(0, 90),
        st.integers(0, 10_000),
        st.integers(0, 99),
    ),
    sold_on=st.none() | DAYS,
    warranty_until_on=st.none() | DAYS,
    price_cents=st.integers(0, 10**9),
    failed_repairs=st.integers(0, 4),
    repairs=st.lists(PERIODS, max_size=4).map(tuple),
    is_beyond_repair=st.booleans(),
    is_personal=st.booleans(),
    replacement_cents=st.none() | st.integers(0, 10**9),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_the_manuals_cases_of_return_are_decided_as_it_says(case: Case) -> None:
    found = decide_return(case.given)

    reason = found.ground or found.refusal
    assert (reason, found.refund_cents, found.difference_cents, found.carriage_paid_by) == case.expected


@given(ANY_WISH)
def test_what_is_paid_back_and_what_is_kept_are_the_price(facts: ReturnFacts) -> None:
    found = decide_return(facts)

    assert (found.ground is None) == (found.refusal is not None)
    if found.refusal is not None:
        assert found == ReturnDecision(None, found.refusal, 0, 0, 0, 0, 0)
    if found.is_due and facts.remedy is Remedy.REFUND:
        assert found.refund_cents + found.depreciation_cents + found.handling_fee_cents == facts.price_cents
        check_refund(found.refund_cents, price_cents=facts.price_cents or 0)
    else:
        assert found.refund_cents == 0


@given(ANY_WISH)
def test_a_return_stored_and_read_again_is_decided_the_same(facts: ReturnFacts) -> None:
    stored = json.loads(json.dumps(FACTS.dump_python(facts, mode="json")))
    found = decide_return(facts)

    assert decide_return(FACTS.validate_python(stored)) == found
    assert DECISION.validate_python(json.loads(json.dumps(DECISION.dump_python(found, mode="json")))) == found


@given(sold=DAYS, until=DAYS, repairs=st.lists(PERIODS, max_size=4))
def test_days_of_use_and_days_under_repair_are_counted_once_each(
    sold: dt.date, until: dt.date, repairs: list[RepairPeriod]
) -> None:
    days = [sold + dt.timedelta(days=index) for index in range(max((until - sold).days, 0))]
    used = [day for day in days if not any(one.from_on <= day < (one.until_on or until) for one in repairs)]

    assert count_days_of_use(sold, until, repairs) == len(used)


@given(facts=ANY_WISH, extra=PERIODS)
def test_another_repair_never_lowers_the_refund(facts: ReturnFacts, extra: RepairPeriod) -> None:
    values = {name: getattr(facts, name) for name in ReturnFacts.__dataclass_fields__}
    with_one_more = ReturnFacts(**{**values, "repairs": (*facts.repairs, extra)})

    assert decide_return(with_one_more).refund_cents >= decide_return(facts).refund_cents


def test_no_refund_is_made_up_where_nobody_knows_the_price() -> None:
    with pytest.raises(ReturnPriceUnknown):
        decide_return(wish(REFUND, JUNE, failed_repairs=2, price_cents=None))


@pytest.mark.parametrize("amount", [400_001, -1])
def test_a_refund_above_the_price_is_refused(amount: int) -> None:
    with pytest.raises(RefundAbovePrice):
        check_refund(amount, price_cents=400_000)


def test_a_closed_return_is_over() -> None:
    for to in ReturnState:
        with pytest.raises(ReturnMoveRefused):
            move_return(ReturnState.CLOSED, to)
