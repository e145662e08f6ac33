"""The things behind a figure, for drilling down: each list is of those for which all conditions hold, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.orm import Session

from models import (
    Call,
    Commitment,
    Complaint,
    Customer,
    Expense,
    Part,
    Receivable,
    ServiceRequest,
    Shift,
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
        select(ServiceRequest.number, ServiceRequest.opened_at, Customer.name, Customer.name_en, value)
        .outerjoin(Customer, Customer.id == ServiceRequest.customer_id)
        .where(*where)
    )
    return [
        Record(number, at, Name(name or "", name_en), None, _number(amount))
        for number, at, name, name_en, amount in _newest(session, wanted, ServiceRequest.opened_at, ServiceRequest.id)
    ]


def list_visits(session: Session, *where: Condition, value: Value = NOTHING) -> Sequence[Record]:
    """Return visits by their arrival with their technicians; `value` is in minutes."""
    wanted = (
        select(ServiceRequest.number, Visit.arrived_at, Technician.name, Technician.name_en, value)
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .outerjoin(Technician, Technician.id == Visit.technician_id)
        .where(*where)
    )
    return [
        Record(number, at, Name(name or "", name_en), None, _number(minutes), Unit.MINUTES)
        for number, at, name, name_en, minutes in _newest(session, wanted, Visit.arrived_at, Visit.id)
    ]


def list_shifts(session: Session, *where: Condition, value: Value) -> Sequence[Record]:
    """Return shifts with their technicians; `value` is in minutes."""
    wanted = (
        select(Shift.starts_at, Technician.name, Technician.name_en, value)
        .join(Technician, Technician.id == Shift.technician_id)
        .where(*where)
    )
    return [
        Record(None, at, Name(name, name_en), None, _number(minutes), Unit.MINUTES)
        for at, name, name_en, minutes in _newest(session, wanted, Shift.starts_at, Shift.id)
    ]


def list_clocks(session: Session, *where: Condition) -> Sequence[Record]:
    """Return clocks by the instant they were decided."""
    wanted = (
        select(Commitment.id, Commitment.decided_at, Commitment.kind, ServiceRequest.number)
        .outerjoin(ServiceRequest, ServiceRequest.id == Commitment.request_id)
        .where(*where)
    )
    return [
        Record(number, at, Term("clock", kind), ("clock", str(id_)))
        for id_, at, kind, number in _newest(session, wanted, Commitment.decided_at, Commitment.id)
    ]


def list_calls(session: Session, *where: Condition) -> Sequence[Record]:
    """Return calls with what came of them."""
    wanted = (
        select(Call.id, Call.started_at, Call.outcome, ServiceRequest.number)
        .outerjoin(ServiceRequest, ServiceRequest.id == Call.request_id)
        .where(*where)
    )
    return [
        Record(number, at, Term("outcome", outcome) if outcome else Name("–"), ("call", str(id_)))
        for id_, at, outcome, number in _newest(session, wanted, Call.started_at, Call.id)
    ]


def list_complaints(session: Session, *where: Condition) -> Sequence[Record]:
    """Return complaints by the instant they were opened."""
    wanted = (
        select(Complaint.number, Complaint.opened_at, Complaint.category, ServiceRequest.number)
        .outerjoin(ServiceRequest, ServiceRequest.id == Complaint.request_id)
        .where(*where)
    )
    return [
        Record(request, at, Term("complaint_category", category), ("complaint", number))
        for number, at, category, request in _newest(session, wanted, Complaint.opened_at, Complaint.id)
    ]


def list_answers(session: Session, *where: Condition) -> Sequence[Record]:
    """Return what customers answered about visits: the technician and the score."""
    wanted = (
        select(ServiceRequest.number, SurveyAnswer.answered_at, Technician.name, Technician.name_en, SurveyAnswer.score)
        .join(ServiceRequest, ServiceRequest.id == SurveyAnswer.request_id)
        .outerjoin(Technician, Technician.id == SurveyAnswer.technician_id)
        .where(*where)
    )
    return [
        Record(number, at, Name(name or "", name_en), None, score)
        for number, at, name, name_en, score in _newest(session, wanted, SurveyAnswer.answered_at, SurveyAnswer.id)
    ]


def list_fitted(session: Session, *where: Condition) -> Sequence[Record]:
    """Return lines of parts that were fitted, each with its worth in cents at the catalogue's price."""
    wanted = (
        select(
            ServiceRequest.number,
            StockMove.moved_at,
            Part.name,
            Part.name_en,
            StockMove.quantity * Part.price_cents,
        )
        .join(Part, Part.id == StockMove.part_id)
        .outerjoin(Visit, Visit.id == StockMove.visit_id)
        .outerjoin(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .where(*where)
    )
    return [
        Record(number, at, Name(name, name_en), None, cents, Unit.CENTS)
        for number, at, name, name_en, cents in _newest(session, wanted, StockMove.moved_at, StockMove.id)
    ]


def list_expenses(session: Session, *where: Condition) -> Sequence[Record]:
    """Return technicians' expenses by the instant they were approved, in cents."""
    wanted = (
        select(ServiceRequest.number, Expense.decided_at, Expense.kind, Expense.amount_cents)
        .outerjoin(Visit, Visit.id == Expense.visit_id)
        .outerjoin(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .where(*where)
    )
    return [
        Record(number, at, Term("expense_kind", kind), None, cents, Unit.CENTS)
        for number, at, kind, cents in _newest(session, wanted, Expense.decided_at, Expense.id)
    ]


def list_credits(session: Session, *where: Condition) -> Sequence[Record]:
    """Return what we owe customers, in cents."""
    wanted = (
        select(ServiceRequest.number, Receivable.made_at, Receivable.kind, -Receivable.amount_cents)
        .outerjoin(ServiceRequest, ServiceRequest.id == Receivable.request_id)
        .where(*where)
    )
    return [
        Record(number, at, Term("receivable_kind", kind), None, cents, Unit.CENTS)
        for number, at, kind, cents in _newest(session, wanted, Receivable.made_at, Receivable.id)
    ]


def _newest(session: Session, wanted: Select[*tuple[Any, ...]], at: Any, id_: Any) -> Any:  # noqa: ANN401 (columns, rows)
    return session.execute(wanted.order_by(at.desc(), id_.desc()).limit(MOST_RECORDS))


def _number(value: Any) -> float | None:  # noqa: ANN401 (a column's value)
    return None if value is None else round(float(value), 1)
