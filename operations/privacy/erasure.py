"""Erase one person's data, and what has been kept long enough (S1). What may not go, and why: docs/privacy.md.

Chains of events stay whole and checkable: they hold salted hashes of personal fields, and the salts go too. The
contents of photos and recordings are erased by jobs (`jobs/erase_personal_data.py`): other people's servers keep them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, String, Table, cast, delete as delete_from, literal, or_, select, update
from sqlalchemy.orm import Session

from models import (
    Agent,
    Agreement,
    Base,
    Customer,
    InboundMessage,
    Message,
    Receivable,
    ServiceRequest,
    Shift,
    Site,
    StoredFile,
    Technician,
    User,
    Visit,
    WorkReport,
)
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.privacy.persons import Person, customer_as_person, technician_as_person, user_as_person
from policies.agreements import AgreementState
from policies.message_states import MessageState
from policies.person_queue import AgentState
from policies.personal_data import PERSONAL, Fate
from policies.request_states import RequestState
from policies.visit_states import PROMISED, STARTED

DASH = "–"
ROUGH_DEGREES = 1
"""Coordinates keep one decimal, about ten kilometres: enough for yesterday's plans, not enough to find a door."""
MOST_AT_ONCE = 500


class ErasedAlready(ValueError):
    """The person's data has been erased before."""


class MattersOpen(ValueError):
    """Something is still promised, owed or planned; the words name it. Close it first."""


def erase_customer(session: Session, *, customer: Customer, by: str, now: dt.datetime) -> dict[str, int]:
    """Erase what identifies a customer, in every table; return how many rows of each table were changed.

    Raises ErasedAlready, or MattersOpen naming what must be closed first: requests, agreements, amounts owed.
    """
    if customer.erased_at is not None:
        raise ErasedAlready(customer.number)
    person = customer_as_person(session, customer=customer)
    _refuse_open_matters(_open_matters(session, person, now.date()))
    waiting = update(Message).where(person.rows[Message], Message.state == MessageState.PENDING)
    session.execute(waiting.values(state=MessageState.WITHHELD, decided_at=now))
    counts = _erase(session, person, by=by, now=now)
    session.execute(update(Customer).where(person.rows[Customer]).values(erased_at=now))
    session.expire_all()
    return counts


def erase_technician(session: Session, *, technician: Technician, by: str, now: dt.datetime) -> dict[str, int]:
    """Erase what identifies somebody who has left; return how many rows of each table were changed.

    Raises ErasedAlready, or MattersOpen naming shifts to come and visits not over.
    """
    if technician.erased_at is not None:
        raise ErasedAlready(technician.number)
    shifts = select(Shift.id).where(Shift.technician_id == technician.id, Shift.ends_at > now).limit(1)
    visits = select(Visit.code).where(Visit.technician_id == technician.id, Visit.state.in_(PROMISED | STARTED))
    _refuse_open_matters([*(f"shift {one}" for one in session.scalars(shifts)), *session.scalars(visits)])
    counts = _erase(session, technician_as_person(session, technician=technician), by=by, now=now)
    session.execute(update(Technician).where(Technician.id == technician.id).values(erased_at=now))
    session.expire_all()
    return counts


def erase_user(session: Session, *, user: User, by: str, now: dt.datetime) -> dict[str, int]:
    """Erase what a user who has left signed in with; return how many rows of each table were changed.

    Their names stay: what they decided is signed with them. Raises ErasedAlready, or MattersOpen while they are let in.
    """
    if not user.password_hash:
        raise ErasedAlready(user.name)
    if user.is_active:
        raise MattersOpen(f"{user.name} is let in")
    session.execute(update(Agent).where(Agent.user_id == user.id).values(state=AgentState.AWAY))
    counts = _erase(session, user_as_person(user=user), by=by, now=now)
    session.expire_all()
    return counts


def forget_old_details(session: Session, *, now: dt.datetime) -> int:
    """Erase personal columns whose time is over, of closed matters only; return how many rows were changed."""
    figures = figures_at(session, now)
    changed = 0
    for name, personal in PERSONAL.items():
        days = getattr(figures, personal.kept.value, None)
        if not personal.aged_by or days is None:
            continue
        table = Base.metadata.tables[name]
        values = _blank_values(table, personal.columns)
        if not values:
            continue
        due = table.c[personal.aged_by] < now - dt.timedelta(days=days)
        ids = select(table.c.id).where(due, _holds_something(table, values)).limit(MOST_AT_ONCE)
        changed += _count(session.execute(update(table).where(table.c.id.in_(ids)).values(values)))
    return changed


def list_files_to_erase(session: Session, *, now: dt.datetime) -> Sequence[StoredFile]:
    """Return photos and signatures whose time is over, or whose person has been erased."""
    kept_since = now - dt.timedelta(days=figures_at(session, now).photo_days)
    signed_by_erased = (
        select(WorkReport.technician_signature_id).join(Technician).where(Technician.erased_at.is_not(None))
    )
    of_erased = select(ServiceRequest.id).join(Customer).where(Customer.erased_at.is_not(None))
    from_erased = select(InboundMessage.id).join(Customer).where(Customer.erased_at.is_not(None))
    return session.scalars(
        select(StoredFile)
        .where(
            StoredFile.erased_at.is_(None),
            or_(
                StoredFile.received_at < kept_since,
                StoredFile.request_id.in_(of_erased),
                StoredFile.inbound_id.in_(from_erased),
                StoredFile.id.in_(signed_by_erased),
            ),
        )
        .order_by(StoredFile.id)
        .limit(MOST_AT_ONCE)
    ).all()


def note_file_erased(session: Session, *, file_id: int, now: dt.datetime) -> None:
    """The content is gone; that there was a file stays."""
    session.get_one(StoredFile, file_id).erased_at = now
    session.flush()


def _open_matters(session: Session, person: Person, today: dt.date) -> list[str]:
    requests = select(ServiceRequest.number).where(
        person.rows[ServiceRequest], ServiceRequest.state != RequestState.CLOSED
    )
    agreements = select(Agreement.number).where(
        person.rows[Agreement], Agreement.state == AgreementState.APPROVED, Agreement.until_on > today
    )
    owed = [
        str(one.id)
        for one in session.scalars(select(Receivable).where(person.rows[Receivable]))
        if one.amount_cents != sum(payment.amount_cents for payment in one.payments)
    ]
    return [*session.scalars(requests), *session.scalars(agreements), *owed]


def _refuse_open_matters(matters: Sequence[str]) -> None:
    if matters:
        raise MattersOpen(", ".join(matters))


def _erase(session: Session, person: Person, *, by: str, now: dt.datetime) -> dict[str, int]:
    counts: dict[str, int] = {}
    _roughen(session, person)
    # The way to the calls and messages leads over requests and numbers, which are known by now: any order will do.
    for model, rows in person.rows.items():
        table = Base.metadata.tables[model.__tablename__]
        columns = PERSONAL[table.name].columns
        if Fate.DELETED in columns.values():
            counts[table.name] = _count(session.execute(delete_from(table).where(rows)))
            continue
        values = _blank_values(table, columns)
        if values:
            counts[table.name] = _count(session.execute(update(table).where(rows).values(values)))
    record_event(
        session,
        subject=person.subject,
        kind="person_erased",
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=by,
        facts={"number": person.number, "rows": dict(sorted(counts.items()))},
    )
    return counts


def _roughen(session: Session, person: Person) -> None:
    """Round the places people live at; databases round in different ways, so it is done here."""
    if Site in person.rows:
        for site in session.scalars(select(Site).where(person.rows[Site])):
            site.latitude, site.longitude = round(site.latitude, ROUGH_DEGREES), round(site.longitude, ROUGH_DEGREES)
    if Technician in person.rows:
        for one in session.scalars(select(Technician).where(person.rows[Technician])):
            one.home_latitude = round(one.home_latitude, ROUGH_DEGREES)
            one.home_longitude = round(one.home_longitude, ROUGH_DEGREES)
    session.flush()


def _blank_values(table: Table, columns: Mapping[str, Fate]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, fate in columns.items():
        if fate is Fate.EMPTIED:
            values[name] = _empty(table.c[name])
        elif fate is Fate.DASHED:
            values[name] = DASH
        elif fate is Fate.RENAMED:
            values[name] = literal("erased:") + cast(table.c.id, String)
    return values


def _empty(column: Column[Any]) -> object:
    if column.nullable:
        return None
    return "" if isinstance(column.type, String) else {}


def _holds_something(table: Table, values: Mapping[str, Any]) -> ColumnElement[bool]:
    """Rows with something left in them: a first column that can be compared tells, since all are blanked together."""
    left: list[ColumnElement[bool]] = []
    for name in values:
        column = table.c[name]
        if column.nullable:
            left.append(column.is_not(None))
        elif isinstance(column.type, String) and not isinstance(values[name], ColumnElement):
            left.append(column != values[name])
        elif not isinstance(column.type, String):
            left.append(cast(column, String) != "{}")
    return or_(*left)


def _count(result: Any) -> int:  # noqa: ANN401 - SQLAlchemy types it as a Result, which has no count
    return int(result.rowcount)
