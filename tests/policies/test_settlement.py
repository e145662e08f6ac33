"""Lines, shares, differences, journal and penalties: cents are neither lost nor made (M1, M2, M3, C7)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.authority import AuthorityExceeded, check_authority, find_limit
from policies.entitlement import CoverItem, decide_entitlement
from policies.figures import DEFAULT_FIGURES
from policies.journal import Account, Share, post_pair, post_settlement
from policies.penalties import PenaltyKind, PenaltyTerms, Stoppage, compute_penalties
from policies.receivables import (
    ExpenseMoveRefused,
    ExpenseState,
    PaymentTooLarge,
    check_payment,
    move_expense,
)
from policies.roles import Role
from policies.settlement import (
    EntitlementUndecided,
    QuantityOutOfRange,
    SettlementMoveRefused,
    SettlementState,
    WorkLine,
    move_settlement,
    needs_approval,
    price_lines,
    round_up_hours,
    total_charged,
)
from tests.policies.cases.entitlement import OLD, bought, facts
from tests.policies.cases.penalties import CASES
from tests.policies.cases.settlement import DIFFERENCES, LINES
from tests.policies.cases.table import Case
from tests.policies.test_entitlement import ANY_FACTS

WORK = st.lists(
    st.builds(
        WorkLine,
        st.sampled_from(CoverItem),
        st.sampled_from(["LABOUR", "BOARD", "CABLE"]),
        st.integers(1, 100_000),
        st.integers(0, 10**9),
    ),
    max_size=8,
)


@given(work=WORK, given_facts=ANY_FACTS)
def test_shares_add_up_to_the_gross_amount_on_every_line_and_in_the_journal(
    work: list[WorkLine], given_facts: object
) -> None:
    entitlement = decide_entitlement(given_facts)  # type: ignore[arg-type]
    if entitlement.needs_choice:
        with pytest.raises(EntitlementUndecided):
            price_lines(work, entitlement)
        return

    lines = price_lines(work, entitlement)

    assert len(lines) == len(work), "lines that come to nothing are shown too"
    for priced in lines:
        assert priced.covered_cents + priced.charged_cents == priced.gross_cents
        assert min(priced.covered_cents, priced.charged_cents) >= 0
    postings = post_settlement(
        Share(one.work.item, one.covered_by, one.covered_cents, one.charged_cents) for one in lines
    )
    assert sum(posting.amount_cents for posting in postings) == 0
    owed = sum(posting.amount_cents for posting in postings if posting.account is Account.RECEIVABLE)
    assert owed == total_charged(lines)


@pytest.mark.parametrize("case", LINES, ids=lambda case: case.en)
def test_each_line_comes_to_what_the_manual_says(case: Case) -> None:
    work, known = case.given

    lines = price_lines(work, decide_entitlement(known))

    assert tuple((one.gross_cents, one.charged_cents) for one in lines) == case.expected


@pytest.mark.parametrize("quantity", [0, -100, 100_001])
def test_an_impossible_quantity_is_refused_with_its_code(quantity: int) -> None:
    with pytest.raises(QuantityOutOfRange, match="LABOUR"):
        price_lines([WorkLine(CoverItem.LABOUR, "LABOUR", quantity, 1)], decide_entitlement(facts(bought(OLD))))


@pytest.mark.parametrize("case", DIFFERENCES, ids=lambda case: case.en)
def test_only_what_was_agreed_is_booked_without_a_person_who_may(case: Case) -> None:
    agreed, total, role = case.given

    if case.expected == "refused":
        with pytest.raises(AuthorityExceeded):
            check_authority(role, total - (agreed or 0), DEFAULT_FIGURES)
    else:
        check_authority(role, total - (agreed or 0), DEFAULT_FIGURES)
    assert needs_approval(agreed_cents=agreed, total_cents=total) is (case.expected != "booked")


@pytest.mark.parametrize(("minutes", "hundredths"), [(0, 0), (1, 25), (15, 25), (16, 50), (60, 100), (61, 125)])
def test_each_quarter_of_an_hour_begun_counts(minutes: int, hundredths: int) -> None:
    assert round_up_hours(minutes) == hundredths


def test_what_is_booked_can_only_be_reversed() -> None:
    for to in SettlementState:
        if to is not SettlementState.REVERSED:
            with pytest.raises(SettlementMoveRefused):
                move_settlement(SettlementState.SETTLED, to)


def test_a_role_says_yes_up_to_its_limit_in_either_direction() -> None:
    check_authority(Role.MANAGER, -1_000_000, DEFAULT_FIGURES)
    for role, amount in ((Role.MANAGER, 1_000_001), (Role.CLERK, -1), (Role.AUDITOR, 1), (Role.TECHNICIAN, 1)):
        with pytest.raises(AuthorityExceeded):
            check_authority(role, amount, DEFAULT_FIGURES)
    assert find_limit(Role.DISPATCHER, DEFAULT_FIGURES) == 20_000


@given(owed=st.integers(-(10**6), 10**6), paid=st.integers(-(10**6), 10**6))
def test_a_payment_never_turns_a_debt_into_a_credit(owed: int, paid: int) -> None:
    try:
        left = check_payment(open_cents=owed, amount_cents=paid)
    except PaymentTooLarge:
        assert paid == 0 or owed == 0 or (owed > 0) != (paid > 0) or abs(paid) > abs(owed)
    else:
        assert abs(left) < abs(owed)
        assert left * owed >= 0


@given(st.integers(-(10**9), 10**9))
def test_a_pair_of_postings_adds_up_to_nothing(amount: int) -> None:
    assert sum(one.amount_cents for one in post_pair(Account.CASH, Account.RECEIVABLE, amount)) == 0


def test_a_declined_expense_is_not_paid() -> None:
    with pytest.raises(ExpenseMoveRefused):
        move_expense(ExpenseState.DECLINED, ExpenseState.PAID)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_penalties_are_the_contracts(case: Case) -> None:
    terms, stoppage, now = case.given

    found = compute_penalties(terms, stoppage, now=now)

    assert tuple((one.kind, one.times, one.amount_cents) for one in found) == case.expected


REPORTED = dt.datetime(2026, 3, 8, 1, 30, tzinfo=dt.UTC)
MINUTES = st.integers(0, 60 * 24 * 400)


@given(
    arrived=st.none() | MINUTES,
    restored=st.none() | MINUTES,
    now=MINUTES,
    price=st.integers(0, 10**9),
    rates=st.tuples(*[st.integers(0, 10_000)] * 3),
)
def test_penalties_never_exceed_the_contract_and_never_fall_as_time_passes(
    arrived: int | None, restored: int | None, now: int, price: int, rates: tuple[int, int, int]
) -> None:
    def at(minutes: int) -> dt.datetime:
        return REPORTED + dt.timedelta(minutes=minutes)

    terms = PenaltyTerms(price, 4, 24, *rates)
    stoppage = Stoppage(
        REPORTED, at(arrived) if arrived is not None else None, at(restored) if restored is not None else None
    )

    early, late = (
        sum(one.amount_cents for one in compute_penalties(terms, stoppage, now=at(instant)))
        for instant in (now, now + 999)
    )

    assert 0 <= early <= late <= price


def test_a_deadline_met_to_the_second_costs_nothing_and_a_second_later_it_does() -> None:
    terms = PenaltyTerms(100_000, 4, None, 100, 0, 0)
    deadline = REPORTED + dt.timedelta(hours=4)

    on_time = compute_penalties(terms, Stoppage(REPORTED, deadline), now=deadline)
    late = compute_penalties(terms, Stoppage(REPORTED, deadline + dt.timedelta(seconds=1)), now=deadline)

    assert on_time == []
    assert [(one.kind, one.amount_cents) for one in late] == [(PenaltyKind.LATE_RESPONSE, 1_000)]
