"""The things behind a figure, for drilling down: each list is of those for which all conditions hold, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, literal, null, select
from sqlalchemy.orm import Session

from models import (
    Call,
    Commitment,
    Complaint,
    Customer,
    Expense,
    ParcelClaim,
    Part,
    Receivable,
    ServiceRequest,
    Shift,
    Shipment,
    StockMove,
    SurveyAnswer,
    Technician,
    Visit,
)
from operations.reports.shape import MOST_RECORDS, Name, Record, Term, Unit

Condition = ColumnElement[bool]
Value = ColumnElement[Any]
NOTHING = literal(None)


def list_requests(session: Session, *where: Condition, value: Value = NOTHING) -> Sequence[Record]:
    """Return requests with their customers; `value` is a count of something."""
    wanted = (
        select(ServiceRequest.number, ServiceRequest.opened_at, Customer.name, Customer.name_en, null(), value)
        .outerjoin(Customer, Customer.id == ServiceRequest.customer_id)
        .where(*where)
    )
    return _newest(session, wanted, ServiceRequest.opened_at, ServiceRequest.id)


def list_visits(session: Session, *where: Condition, value: Value = NOTHING) -> Sequence[Record]:
    """Return visits by their arrival with their technicians; `value` is in minutes."""
    wanted = (
        select(ServiceRequest.number, Visit.arrived_at, Technician.name, Technician.name_en, null(), value)
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .outerjoin(Technician, Technician.id == Visit.technician_id)
        .where(*where)
    )
    return _newest(session, wanted, Visit.arrived_at, Visit.id, unit=Unit.MINUTES)


def list_shifts(session: Session, *where: Condition, value: Value) -> Sequence[Record]:
    """Return shifts with their technicians; `value` is in minutes."""
    wanted = (
        select(null(), Shift.starts_at, Technician.name, Technician.name_en, null(), value)
        .select_from(Shift)
        .join(Technician, Technician.id == Shift.technician_id)
        .where(*where)
    )
    return _newest(session, wanted, Shift.starts_at, Shift.id, unit=Unit.MINUTES)


def list_clocks(session: Session, *where: Condition) -> Sequence[Record]:
    """Return clocks by the instant they were decided."""
    wanted = (
        select(ServiceRequest.number, Commitment.decided_at, Commitment.kind, null(), Commitment.id, null())
        .select_from(Commitment)
        .outerjoin(ServiceRequest, ServiceRequest.id == Commitment.request_id)
        .where(*where)
    )
    return _newest(session, wanted, Commitment.decided_at, Commitment.id, prefix="clock", page="clock")


def list_calls(session: Session, *where: Condition) -> Sequence[Record]:
    """Return calls with what came of them."""
    wanted = (
        select(ServiceRequest.number, Call.started_at, Call.outcome, null(), Call.id, null())
        .select_from(Call)
        .outerjoin(ServiceRequest, ServiceRequest.id == Call.request_id)
        .where(*where)
    )
    return _newest(session, wanted, Call.started_at, Call.id, prefix="outcome", page="call")


def list_complaints(session: Session, *where: Condition) -> Sequence[Record]:
    """Return complaints by the instant they were opened."""
    wanted = (
        select(ServiceRequest.number, Complaint.opened_at, Complaint.category, null(), Complaint.number, null())
        .select_from(Complaint)
        .outerjoin(ServiceRequest, ServiceRequest.id == Complaint.request_id)
        .where(*where)
    )
    return _newest(session, wanted, Complaint.opened_at, Complaint.id, prefix="complaint_category", page="complaint")


def list_answers(session: Session, *where: Condition) -> Sequence[Record]:
    """Return what customers answered about visits: the technician and the score."""
    answered = SurveyAnswer.answered_at
    wanted = (
        select(ServiceRequest.number, answered, Technician.name, Technician.name_en, null(), SurveyAnswer.score)
        .join(ServiceRequest, ServiceRequest.id == SurveyAnswer.request_id)
        .outerjoin(Technician, Technician.id == SurveyAnswer.technician_id)
        .where(*where)
    )
    return _newest(session, wanted, answered, SurveyAnswer.id)


def list_fitted(session: Session, *where: Condition) -> Sequence[Record]:
    """Return lines of parts that were fitted, each with its worth in cents at the catalogue's price."""
    worth = StockMove.quantity * Part.price_cents
    wanted = (
        select(ServiceRequest.number, StockMove.moved_at, Part.name, Part.name_en, null(), worth)
        .select_from(StockMove)
        .join(Part, Part.id == StockMove.part_id)
        .outerjoin(Visit, Visit.id == StockMove.visit_id)
        .outerjoin(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .where(*where)
    )
    return _newest(session, wanted, StockMove.moved_at, StockMove.id, unit=Unit.CENTS)


def list_parcels(session: Session, *where: Condition) -> Sequence[Record]:
    """Return parcels by the instant they were delivered: what is in them."""
    wanted = (
        select(ServiceRequest.number, Shipment.delivered_at, Shipment.contents, null(), null(), null())
        .select_from(Shipment)
        .join(ServiceRequest, ServiceRequest.id == Shipment.request_id)
        .where(*where)
    )
    return _newest(session, wanted, Shipment.delivered_at, Shipment.id)


def list_claims(session: Session, *where: Condition, value: SQLColumnExpression[Any]) -> Sequence[Record]:
    """Return claims for parcels by the instant their courier answered: what was in them, and `value` in cents."""
    wanted = (
        select(ServiceRequest.number, ParcelClaim.answered_at, Shipment.contents, null(), null(), value)
        .select_from(ParcelClaim)
        .join(ParcelClaim.shipment)
        .join(Shipment.request)
        .where(*where)
    )
    return _newest(session, wanted, ParcelClaim.answered_at, ParcelClaim.id, unit=Unit.CENTS)


def list_expenses(session: Session, *where: Condition) -> Sequence[Record]:
    """Return technicians' expenses by the instant they were approved, in cents."""
    wanted = (
        select(ServiceRequest.number, Expense.decided_at, Expense.kind, null(), null(), Expense.amount_cents)
        .select_from(Expense)
        .outerjoin(Visit, Visit.id == Expense.visit_id)
        .outerjoin(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .where(*where)
    )
    return _newest(session, wanted, Expense.decided_at, Expense.id, prefix="expense_kind", unit=Unit.CENTS)


def list_credits(session: Session, *where: Condition) -> Sequence[Record]:
    """Return what we owe customers, in cents."""
    owed = -Receivable.amount_cents
    wanted = (
        select(ServiceRequest.number, Receivable.made_at, Receivable.kind, null(), null(), owed)
        .select_from(Receivable)
        .outerjoin(ServiceRequest, ServiceRequest.id == Receivable.request_id)
        .where(*where)
    )
    return _newest(session, wanted, Receivable.made_at, Receivable.id, prefix="receivable_kind", unit=Unit.CENTS)


def _newest(
    session: Session,
    wanted: Select[*tuple[Any, ...]],
    at: Any,  # noqa: ANN401 (a column of any table)
    id_: Any,  # noqa: ANN401
    *,
    prefix: str = "",
    page: str = "",
    unit: Unit = Unit.COUNT,
) -> Sequence[Record]:
    """Return the newest as records.

    Every list selects the same: the request's number, when, what (a name in both languages, or with `prefix` a word),
    which one it is on its `page`, and its value.
    """
    rows = session.execute(wanted.order_by(at.desc(), id_.desc()).limit(MOST_RECORDS))
    return [
        Record(
            number,
            when,
            Term(prefix, what) if prefix and what else Name(what or "–", what_en),
            (page, str(which)) if page else None,
            None if value is None else round(float(value), 1),
            unit,
        )
        for number, when, what, what_en, which, value in rows
    ]
