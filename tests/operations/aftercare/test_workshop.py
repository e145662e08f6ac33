"""A machine goes to the workshop, a loaner goes out meanwhile, and both come back (D14, P4)."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Commitment, Escalation, Loaner, Product, ServiceRequest
from models.database import Database
from operations.aftercare.workshop import (
    InWorkshopAlready,
    LoanEndsTooSoon,
    LoanerDoesNotFit,
    LoanerOut,
    NoMachine,
    RequestOver,
    finish_repair,
    give_back,
    lend,
    list_free_loaners,
    list_loans,
    list_repairs,
    receive_in_workshop,
    report_overdue_loans,
    state_of_loan,
    take_loaner_back,
)
from operations.matters.requests import close_request
from policies.commitments import CommitmentKind, CommitmentState
from policies.escalations import EscalationReason
from policies.request_states import CloseReason
from policies.workshop import LoanState, WorkshopMoveRefused, WorkshopState
from tests.factories.catalogue import make_product
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.instants import NIGHT

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


def take_in(session: Session, city: City, *, customer: int = 0) -> tuple[ServiceRequest, int]:
    request = open_visit(session, city, customer=customer).request
    repair = receive_in_workshop(session, request=request, condition="划痕", house=HOUSE, by="clerk", now=NIGHT)
    return request, repair.id


def make_loaner(session: Session, city: City, *, serial: str = "LO-900001", family: str | None = None) -> Loaner:
    product = make_product(session, family=family) if family else session.get_one(Product, city.product.id)
    loaner = Loaner(serial=serial, product=product, is_active=True)
    session.add(loaner)
    session.flush()
    return loaner


def test_five_working_days_run_from_the_arrival_and_are_met_by_the_repair(database: Database, city: City) -> None:
    with database.writing() as session:
        request, _ = take_in(session, city)
        repair = list_repairs(session)[0]
        clock = select(Commitment).where(
            Commitment.request_id == request.id, Commitment.kind == CommitmentKind.WORKSHOP
        )
        started = session.scalars(clock).one()
        # From Sunday night on: Monday to Friday are the five working days.
        assert NIGHT + 4 * DAY < started.deadline_at <= NIGHT + 6 * DAY

        finish_repair(
            session, repair=repair, is_repaired=True, finding="换电源板", house=HOUSE, by="w", now=NIGHT + 3 * DAY
        )
        give_back(session, repair=repair, by="clerk", now=NIGHT + 4 * DAY)

        assert session.scalars(clock).one().state is CommitmentState.MET
        assert list_repairs(session) == []
        with pytest.raises(WorkshopMoveRefused):
            give_back(session, repair=repair, by="clerk", now=NIGHT + 5 * DAY)


def test_what_is_beyond_repair_is_put_before_the_desk_and_can_still_be_given_back(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        take_in(session, city)
        repair = list_repairs(session)[0]

        finish_repair(session, repair=repair, is_repaired=False, finding="烧毁", house=HOUSE, by="w", now=NIGHT + DAY)

        assert repair.state is WorkshopState.BEYOND_REPAIR
        assert session.scalars(select(Escalation.reason)).all() == [EscalationReason.BEYOND_REPAIR]
        give_back(session, repair=repair, by="clerk", now=NIGHT + DAY)


def test_a_machine_is_taken_in_once_and_for_an_open_request_alone(database: Database, city: City) -> None:
    with database.writing() as session:
        request, _ = take_in(session, city)
        with pytest.raises(InWorkshopAlready):
            receive_in_workshop(session, request=request, condition="", house=HOUSE, by="clerk", now=NIGHT)
        over = open_visit(session, city, customer=1).request
        close_request(session, request=over, reason=CloseReason.SOLVED, now=NIGHT, source="desk", actor="clerk")
        with pytest.raises(RequestOver):
            receive_in_workshop(session, request=over, condition="", house=HOUSE, by="clerk", now=NIGHT)
        nothing = open_visit(session, city, customer=2).request
        nothing.asset = None
        with pytest.raises(NoMachine):
            receive_in_workshop(session, request=nothing, condition="", house=HOUSE, by="clerk", now=NIGHT)


def test_a_loaner_goes_out_is_due_is_overdue_and_comes_back(database: Database, city: City) -> None:
    with database.writing() as session:
        request, _ = take_in(session, city)
        loaner = make_loaner(session, city)
        loan = lend(session, loaner=loaner, request=request, due_on=TODAY + 7 * DAY, by="clerk", now=NIGHT)

        seen = [state_of_loan(loan, now=NIGHT + days * DAY) for days in (1, 5, 7, 8)]
        assert seen == [LoanState.OUT, LoanState.DUE, LoanState.DUE, LoanState.OVERDUE]
        assert list_free_loaners(session) == []
        assert report_overdue_loans(session, now=NIGHT + 7 * DAY) == 0
        assert [report_overdue_loans(session, now=NIGHT + 8 * DAY) for _ in range(2)] == [1, 0]
        assert [one.reason for one in session.scalars(select(Escalation))] == [EscalationReason.LOANER_OVERDUE]

        for _ in range(2):
            take_loaner_back(session, loan=loan, condition="完好", by="clerk", now=NIGHT + 9 * DAY)

        assert state_of_loan(loan, now=NIGHT + 20 * DAY) is LoanState.BACK
        assert list_loans(session) == []
        assert [one.serial for one in list_free_loaners(session)] == [loaner.serial]


def test_a_loaner_that_is_out_does_not_fit_or_is_due_at_once_does_not_go_out(database: Database, city: City) -> None:
    with database.writing() as session:
        request, _ = take_in(session, city)
        other, _ = take_in(session, city, customer=1)
        loaner = make_loaner(session, city)
        lend(session, loaner=loaner, request=request, due_on=TODAY + DAY, by="clerk", now=NIGHT)
        resting = make_loaner(session, city, serial="LO-900002")
        resting.is_active = False
        session.flush()

        for one in (loaner, resting):
            with pytest.raises(LoanerOut):
                lend(session, loaner=one, request=other, due_on=TODAY + DAY, by="clerk", now=NIGHT)
        foreign = make_loaner(session, city, serial="LO-900003", family="audio")
        with pytest.raises(LoanerDoesNotFit):
            lend(session, loaner=foreign, request=other, due_on=TODAY + DAY, by="clerk", now=NIGHT)
        with pytest.raises(LoanEndsTooSoon):
            lend(session, loaner=loaner, request=other, due_on=TODAY, by="clerk", now=NIGHT)
