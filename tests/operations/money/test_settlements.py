"""Quote, yes, work, receipt, reversal: booked once, agreed before, undone only by its opposite (M1, M2, M3)."""

import datetime as dt
from typing import Any

import pytest

from models import Asset, Part, Receivable, ServiceRequest, StatusEvent
from models.database import Database
from operations.fieldwork.visits import arrive, complete_visit, start_travel
from operations.money.agreements import approve_agreement, find_agreement
from operations.money.entitlement import count_visits_left, decide_again
from operations.money.penalties import confirm_penalty, note_failed_inspection, refresh_penalties
from operations.money.prices import PriceListGap, PriceMissing, Work
from operations.money.receivables import (
    ExpenseImpossible,
    claim_expense,
    decide_expense,
    list_open_receivables,
    take_payment,
)
from operations.money.settlements import (
    CustomerUnnamed,
    NothingToSettle,
    RequestSettledAlready,
    agree_quote,
    approve_difference,
    decline_quote,
    propose_work,
    quote_request,
    reverse_settlement,
    settle_request,
)
from operations.office.accounting import list_entries
from policies.agreements import AgreementKind, AgreementState
from policies.authority import AuthorityExceeded
from policies.entitlement import CoverItem
from policies.parts import PartClass
from policies.receivables import ExpenseKind, ExpenseState, PaymentMethod, PaymentTooLarge
from policies.roles import Role
from policies.settlement import EntitlementUndecided, SettlementMoveRefused, SettlementState
from policies.visit_states import VisitState
from tests.factories.agreements import make_agreement
from tests.factories.city import HOUSE, City, book_visit, open_visit
from tests.factories.instants import NIGHT, hours
from tests.factories.prices import make_price_list

REPAIR = [Work("TRAVEL", 100), Work("LABOUR", 150), Work("BOARD", 100)]
REPAIR_CENTS = 5_000 + 18_000 + 68_000
YEAR = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2028, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def request_id(database: Database, city: City) -> int:
    """An old machine out of warranty is reported; a price list is in force."""
    with database.writing() as session:
        make_price_list(session)
        request = open_visit(session, city).request
        assert request.asset is not None
        request.asset.purchased_on = request.asset.invoiced_on = dt.date(2020, 1, 1)
        return request.id


def test_what_was_agreed_before_the_work_is_booked_with_a_receipt_and_owed(database: Database, request_id: int) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, request_id)
        quote = quote_request(session, request=request, work=REPAIR, by="clerk", now=NIGHT)
        agree_quote(session, settlement=quote, customer="Mrs Wang", by="clerk", now=NIGHT)

        receipt = settle_request(session, request=request, work=REPAIR, house=HOUSE, by="clerk", now=NIGHT)

        assert (quote.state, receipt.state) == (SettlementState.REPLACED, SettlementState.SETTLED)
        assert (receipt.total_cents, receipt.receipt_number) == (REPAIR_CENTS, "R26-000001")
        assert [line.charged_cents for line in receipt.lines] == [5_000, 18_000, 68_000]
        assert session.query(Receivable).one().amount_cents == REPAIR_CENTS
        with pytest.raises(RequestSettledAlready):
            quote_request(session, request=request, work=REPAIR, by="clerk", now=NIGHT)


def test_a_dearer_repair_waits_until_somebody_with_the_authority_says_yes(database: Database, request_id: int) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, request_id)
        quote = quote_request(session, request=request, work=REPAIR[:2], by="clerk", now=NIGHT)
        agree_quote(session, settlement=quote, customer="Mrs Wang", by="clerk", now=NIGHT)

        waiting = settle_request(session, request=request, work=REPAIR, house=HOUSE, by="clerk", now=NIGHT)
        with pytest.raises(AuthorityExceeded):
            approve_difference(
                session, settlement=waiting, reason="board", house=HOUSE, by="d", role=Role.DISPATCHER, now=NIGHT
            )
        assert (waiting.state, waiting.receipt_number) == (SettlementState.WAITING, None)
        approve_difference(
            session, settlement=waiting, reason="board", house=HOUSE, by="m", role=Role.MANAGER, now=NIGHT
        )

        assert (waiting.state, waiting.approved_by) == (SettlementState.SETTLED, "m")
        with pytest.raises(SettlementMoveRefused):
            approve_difference(
                session, settlement=waiting, reason="again", house=HOUSE, by="m", role=Role.MANAGER, now=NIGHT
            )


def test_a_reversal_undoes_every_line_gives_the_visit_back_and_leaves_a_balanced_journal(
    database: Database, request_id: int
) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, request_id)
        assert request.asset is not None
        agreement = make_agreement(session, request.asset, allowance_visits=4, main_part_percent=50)
        quote = quote_request(session, request=request, work=REPAIR, by="clerk", now=NIGHT)
        agree_quote(session, settlement=quote, customer="Mrs Wang", by="clerk", now=NIGHT)
        receipt = settle_request(session, request=request, work=REPAIR, house=HOUSE, by="clerk", now=NIGHT)
        assert (receipt.total_cents, count_visits_left(agreement.lines[0])) == (34_000, 3)

        reversal = reverse_settlement(
            session, settlement=receipt, reason="wrong board", by="m", role=Role.MANAGER, now=NIGHT
        )
        anew = settle_request(session, request=request, work=REPAIR[:2], house=HOUSE, by="clerk", now=NIGHT)

        assert reversal.receipt_number == "R26-000002"
        assert [line.gross_cents for line in reversal.lines] == [-line.gross_cents for line in receipt.lines]
        assert (anew.state, anew.total_cents, anew.receipt_number) == (SettlementState.SETTLED, 0, "R26-000003")
        assert count_visits_left(agreement.lines[0]) == 3
        entries = list(list_entries(session, from_at=YEAR[0], until_at=YEAR[1]))
        assert {sum(posting.amount_cents for posting in entry.postings) for entry in entries} == {0}
        assert sum(one.amount_cents for one in session.query(Receivable)) == 0
        with pytest.raises(SettlementMoveRefused):
            reverse_settlement(session, settlement=receipt, reason="", by="m", role=Role.MANAGER, now=NIGHT)


def test_nothing_is_priced_while_the_agreement_is_not_chosen(database: Database, request_id: int) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, request_id)
        assert request.asset is not None
        make_agreement(session, request.asset)
        package = make_agreement(session, request.asset, kind=AgreementKind.PACKAGE)

        with pytest.raises(EntitlementUndecided):
            quote_request(session, request=request, work=REPAIR, by="clerk", now=NIGHT)
        decide_again(
            session, request=request, by="clerk", reason="asked", now=NIGHT, chosen_line_id=package.lines[0].id
        )

        assert quote_request(session, request=request, work=REPAIR, by="clerk", now=NIGHT).total_cents == 0


@pytest.mark.parametrize(
    ("work", "now", "error"),
    [
        ([], NIGHT, NothingToSettle),
        ([Work("FLUX", 100)], NIGHT, PriceMissing),
        (REPAIR, NIGHT + dt.timedelta(days=60), PriceListGap),
    ],
)
def test_a_gap_in_the_prices_is_refused_by_name_and_leaves_nothing(
    database: Database, request_id: int, work: list[Work], now: dt.datetime, error: type[Exception]
) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, request_id)

        with pytest.raises(error):
            quote_request(session, request=request, work=work, by="clerk", now=now)

        assert session.query(StatusEvent).filter_by(kind="settlement_quoted").count() == 0


def test_a_part_the_list_does_not_name_has_the_catalogues_price(database: Database, request_id: int) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, request_id)
        session.add(
            Part(
                number="LV-PS210", name="电源板", name_en="Power board", part_class=PartClass.UNIT, family=None,
                price_cents=26_000, lead_days=2,
            )
        )  # fmt: skip
        session.flush()

        quote = quote_request(session, request=request, work=[Work("LV-PS210", 200)], by="clerk", now=NIGHT)

        assert [(line.item, line.charged_cents) for line in quote.lines] == [(CoverItem.MAIN_PART, 52_000)]


def test_a_yes_needs_a_name_and_a_no_charges_nothing(database: Database, request_id: int) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, request_id)
        quote = quote_request(session, request=request, work=REPAIR, by="clerk", now=NIGHT)

        with pytest.raises(CustomerUnnamed):
            agree_quote(session, settlement=quote, customer=" ", by="clerk", now=NIGHT)
        decline_quote(session, settlement=quote, by="clerk", now=NIGHT)

        assert quote.state is SettlementState.DECLINED
        assert list_open_receivables(session, most=9) == []


def test_the_work_proposed_is_what_the_visit_took(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        assert propose_work(session, request=visit.request) == [Work("TRAVEL", 100), Work("LABOUR", 100)]
        visit.state = VisitState.ACKNOWLEDGED
        start_travel(session, visit=visit, house=HOUSE, now=NIGHT + hours(10), actor="T1")
        arrive(session, visit=visit, house=HOUSE, now=NIGHT + hours(11), actor="T1")
        complete_visit(session, visit=visit, house=HOUSE, now=NIGHT + hours(12.3), actor="T1")
        session.flush()

        assert propose_work(session, request=visit.request) == [Work("TRAVEL", 100), Work("LABOUR", 150)]


def test_a_debt_is_paid_in_parts_and_not_beyond(database: Database, city: City) -> None:
    with database.writing() as session:
        agreement = make_agreement(session, session.get_one(Asset, city.assets[0].id), state=AgreementState.DRAFT)
        approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)
        first, *others = list_open_receivables(session, customer_id=agreement.customer_id, most=9)
        assert (first.amount_cents, len(others), first.due_on) == (300_000, 3, dt.date(2026, 1, 1))

        for amount in (100_000, 200_000):
            take_payment(
                session, receivable=first, amount_cents=amount, method=PaymentMethod.TRANSFER, by="clerk", now=NIGHT
            )

        assert (first.open_cents, len(list_open_receivables(session, most=9))) == (0, 3)
        with pytest.raises(PaymentTooLarge):
            take_payment(session, receivable=first, amount_cents=1, method=PaymentMethod.CASH, by="clerk", now=NIGHT)


def test_a_missed_response_is_shown_confirmed_once_and_credited(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        open_visit(session, city, customer=1)
        assert request.asset is not None
        number = make_agreement(session, request.asset, response_hours=4, restoration_hours=24).number
        agreement = find_agreement(session, number=number)
        assert agreement is not None
        assert refresh_penalties(session, agreement_id=agreement.id, now=NIGHT + hours(4)) == []

        (shown,) = refresh_penalties(session, agreement_id=agreement.id, now=NIGHT + hours(5))
        confirm_penalty(session, penalty=shown, by="m", role=Role.MANAGER, now=NIGHT + hours(5))
        later = refresh_penalties(session, agreement_id=agreement.id, now=NIGHT + hours(50))
        note_failed_inspection(session, agreement=agreement, request=request, by="m", now=NIGHT)

        assert (shown.amount_cents, shown.confirmed_by) == (12_000, "m")
        assert [(one.times, one.amount_cents) for one in later] == [(1, 12_000), (2, 24_000)]
        assert [one.amount_cents for one in list_open_receivables(session, most=9)] == [-12_000]
        assert len(refresh_penalties(session, agreement_id=agreement.id, now=NIGHT + hours(50))) == 3


def test_an_expense_is_approved_within_limits_and_only_for_ones_own_visit(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        technician = next(one for one in city.technicians if one.id == visit.technician_id)
        other = next(one for one in city.technicians if one.id != visit.technician_id)
        claim: dict[str, Any] = {
            "kind": ExpenseKind.TOLL,
            "currency": "CNY",
            "spent_on": NIGHT.date(),
            "note": "",
            "now": NIGHT,
            "visit": visit,
        }

        expense = claim_expense(session, technician=technician, amount_cents=30_000, **claim)
        with pytest.raises(ExpenseImpossible):
            claim_expense(session, technician=other, amount_cents=30_000, **claim)
        with pytest.raises(AuthorityExceeded):
            decide_expense(session, expense=expense, to=ExpenseState.APPROVED, by="d", role=Role.DISPATCHER, now=NIGHT)
        decide_expense(session, expense=expense, to=ExpenseState.APPROVED, by="m", role=Role.MANAGER, now=NIGHT)

        assert (expense.state, expense.decided_by) == (ExpenseState.APPROVED, "m")
        paid_at = NIGHT + hours(30)
        decide_expense(session, expense=expense, to=ExpenseState.PAID, by="m", role=Role.MANAGER, now=paid_at)
        assert (expense.decided_at, expense.paid_at) == (NIGHT, paid_at), "the journal of the first day stays"
        entries = list(list_entries(session, from_at=NIGHT, until_at=paid_at + hours(1)))
        assert [one.document for one in entries] == [f"expense-{expense.id}", f"expense-{expense.id}-paid"]
        assert [sum(posting.amount_cents for posting in one.postings) for one in entries] == [0, 0]
        assert len(list(list_entries(session, from_at=NIGHT, until_at=paid_at))) == 1
