"""The call log: find calls and show every step of one (H14)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Call, CallEvent, Customer, Recording, ServiceRequest
from policies.call_states import CallDirection, CallOutcome
from policies.languages import Language

PAGE_SIZE = 50
SHORTEST_NUMBER = 3


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; what is None does not matter. `node` is a place of the menu the call came through."""

    outcome: CallOutcome | None = None
    language: Language | None = None
    direction: CallDirection | None = None
    node: str | None = None
    from_at: dt.datetime | None = None
    until_at: dt.datetime | None = None
    has_recording: bool | None = None


EVERY_CALL = CallFilter()


def list_calls(
    session: Session,
    *,
    search: str = "",
    only: CallFilter = EVERY_CALL,
    before_id: int | None = None,
    limit: int = PAGE_SIZE,
) -> Sequence[Call]:
    """Return the latest calls first, those below `before_id` if given.

    `search` looks for a caller's or request's number, a customer's name or number, Twilio's call sid, and for what
    the steps of the call hold.
    """
    wanted = select(Call).options(joinedload(Call.customer), joinedload(Call.request)).order_by(Call.id.desc())
    if before_id is not None:
        wanted = wanted.where(Call.id < before_id)
    if search.strip():
        wanted = wanted.where(_matches(search.strip()))
    wanted = wanted.where(*_conditions(only))
    return session.scalars(wanted.limit(limit)).all()


def find_call(session: Session, *, call_id: int) -> Call | None:
    """Return a call with its steps and recordings, or None."""
    return session.get(
        Call,
        call_id,
        options=[
            joinedload(Call.customer),
            joinedload(Call.request),
            selectinload(Call.events),
            selectinload(Call.recordings),
        ],
    )


def find_call_ids(session: Session, *, message_sids: Iterable[str | None]) -> dict[str, int]:
    """Return the ids of the calls that said spoken messages, by the provider's id of the message."""
    wanted = [sid for sid in message_sids if sid]
    rows = session.execute(select(Call.call_sid, Call.id).where(Call.call_sid.in_(wanted)))
    return {row.call_sid: row.id for row in rows}


def count_calls(session: Session, *, from_at: dt.datetime, until_at: dt.datetime) -> int:
    """Return how many calls came in between two instants."""
    counted = (
        select(func.count())
        .select_from(Call)
        .where(Call.direction == CallDirection.INBOUND, Call.started_at >= from_at, Call.started_at < until_at)
    )
    return session.scalar(counted) or 0


def _conditions(only: CallFilter) -> list[ColumnElement[bool]]:
    equal = ((Call.outcome, only.outcome), (Call.language, only.language), (Call.direction, only.direction))
    found = [column == value for column, value in equal if value is not None]
    if only.node is not None:
        found.append(exists().where(CallEvent.call_id == Call.id, CallEvent.node == only.node))
    if only.from_at is not None:
        found.append(Call.started_at >= only.from_at)
    if only.until_at is not None:
        found.append(Call.started_at < only.until_at)
    if only.has_recording is not None:
        recorded = exists().where(Recording.call_id == Call.id, Recording.erased_at.is_(None))
        found.append(recorded if only.has_recording else ~recorded)
    return found


def _matches(search: str) -> ColumnElement[bool]:
    like = f"%{_escape(search)}%"
    customer = Call.customer.has(
        or_(*(field.ilike(like, escape="\\") for field in (Customer.name, Customer.name_en, Customer.number)))
    )
    steps = exists().where(CallEvent.call_id == Call.id, cast(CallEvent.facts, String).ilike(like, escape="\\"))
    found = [customer, steps, Call.call_sid == search]
    digits = re.sub(r"\D", "", search)
    if len(digits) >= SHORTEST_NUMBER:
        found.append(Call.from_number.like(f"%{digits}%"))
        found.append(Call.to_number.like(f"%{digits}%") & (Call.direction == CallDirection.OUTGOING))
        found.append(Call.request.has(ServiceRequest.number.like(f"%{digits}%")))
    return or_(*found)


def _escape(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
