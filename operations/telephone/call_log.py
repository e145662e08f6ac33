"""The call log: find calls and show every step of one (H14)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import (
    Agent,
    AgentRing,
    Asset,
    Call,
    CallEvent,
    Customer,
    QueueEntry,
    Recording,
    ServiceRequest,
    User,
)
from policies.call_states import CallDirection, CallOutcome
from policies.languages import Language
from policies.person_queue import RingResult
from policies.phone_numbers import read_written_number

PAGE_SIZE = 50
SHORTEST_NUMBER = 3
WRITTEN_AS_A_NUMBER = re.compile(r"[#+]?[\d\s().\-]+")
"""A telephone number or a request's, with whatever people put between the digits: "100%" is none."""
SEARCHED_CALLS = 20_000
"""So many calls are looked through at once for words nobody goes by; the page offers to look further back."""
CALLS_A_STEP, MOST_STEPS_BACK = 1_000, 50
"""A file of calls is read in so many steps, of so many calls."""
STRAGGLERS = 1_000
"""Calls that rang at the same time may have their ids in another order than their starts."""
MOST_PEOPLE = 200
"""So many customers' calls are found by an index; a name that more go by is met soon enough from the newest on."""


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


@dataclass(frozen=True, slots=True)
class CallsFound:
    """Calls, the latest first; older ones are looked for below `goes_on_before_id`, None where there are none."""

    calls: Sequence[Call]
    goes_on_before_id: int | None


def find_calls(
    session: Session,
    *,
    search: str = "",
    only: CallFilter = EVERY_CALL,
    before_id: int | None = None,
    limit: int = PAGE_SIZE,
) -> CallsFound:
    """Return the latest calls that are wanted, those below `before_id` if given.

    `search` is somebody's number, name or request, a machine's serial, whoever of ours talked with the caller, or
    Twilio's call sid: all their calls. When nobody goes by these
    words they are looked for in numbers and in what the steps of a call hold, in the next SEARCHED_CALLS calls.
    """
    words = search.strip()
    top_id = _top_id(session, only.until_at, before_id)
    wanted = select(Call).where(Call.id < top_id, *_conditions(only)).order_by(Call.id.desc()).limit(limit)
    known = _of_somebody(session, words) if words else None
    floor_id = None
    if known is not None:
        wanted = wanted.where(known)
    elif words or only != EVERY_CALL:
        floor_id = _floor_id(session, top_id, only.from_at)
        wanted = wanted.where(Call.id >= floor_id, *([_holds(words, floor_id)] if words else []))
    calls = session.scalars(wanted.options(joinedload(Call.customer), joinedload(Call.request))).all()
    if len(calls) == limit:
        return CallsFound(calls, calls[-1].id)
    is_more = floor_id is not None and _is_there_more(session, floor_id, only.from_at)
    return CallsFound(calls, floor_id if is_more else None)


def find_many_calls(session: Session, *, search: str, only: CallFilter, most: int) -> CallsFound:
    """Return the latest calls that are wanted, at most so many, looking further back by itself for so many steps."""
    calls, goes_on = list[Call](), None
    for _ in range(MOST_STEPS_BACK):
        limit = min(CALLS_A_STEP, most - len(calls))
        found = find_calls(session, search=search, only=only, before_id=goes_on, limit=limit)
        calls, goes_on = [*calls, *found.calls], found.goes_on_before_id
        if goes_on is None or len(calls) == most:
            break
    return CallsFound(calls, goes_on)


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


def find_call_ids(session: Session, *, sids: Iterable[str | None]) -> dict[str, int]:
    """Return the ids of calls by the provider's, which for a spoken message is that of the call."""
    wanted = [sid for sid in sids if sid]
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


def _top_id(session: Session, until_at: dt.datetime | None, before_id: int | None) -> int:
    """Return the id below which calls are looked for. Calls come in the order of their ids."""
    newest = session.scalar(select(func.max(Call.id))) or 0
    if until_at is not None:
        first_after = select(Call.id).where(Call.started_at >= until_at).order_by(Call.started_at).limit(1)
        newest = min(newest, (session.scalar(first_after) or newest) + STRAGGLERS)
    return min(newest + 1, before_id or newest + 1)


def _floor_id(session: Session, top_id: int, from_at: dt.datetime | None) -> int:
    """Return the least id a search looks at: with a first day all since then, otherwise so many calls back."""
    if from_at is None:
        return top_id - SEARCHED_CALLS
    first = select(Call.id).where(Call.started_at >= from_at).order_by(Call.started_at).limit(1)
    return max(top_id - SEARCHED_CALLS, (session.scalar(first) or top_id) - STRAGGLERS)


def _is_there_more(session: Session, floor_id: int, from_at: dt.datetime | None) -> bool:
    older = select(Call.id).where(Call.id < floor_id)
    if from_at is not None:
        older = older.where(Call.started_at >= from_at)
    return session.scalar(older.limit(1)) is not None


def _of_somebody(session: Session, words: str) -> ColumnElement[bool] | None:
    """Return what finds the calls of those who go by these words, each by an index; None if nobody does."""
    like = f"%{_escape(words)}%"
    fields = (Customer.name, Customer.name_en) if any(map(str.isalpha, words)) else ()
    names = (field.ilike(like, escape="\\") for field in fields)
    customers = select(Customer.id).where(or_(*names, Customer.number == words))
    machine = select(Asset.id).where(or_(Asset.serial == words.upper(), Asset.serial_tail == words))
    requests = select(ServiceRequest.id).where(
        or_(ServiceRequest.number == re.sub(r"\D", "", words), ServiceRequest.asset_id.in_(machine))
    )
    few = session.scalars(customers.limit(MOST_PEOPLE + 1)).all()
    found = [
        Call.customer_id.in_(few if len(few) <= MOST_PEOPLE else customers),
        Call.request_id.in_(session.scalars(requests).all()),
        Call.from_number == (read_written_number(words) or words),
        Call.call_sid == words,
    ]
    if fields:
        found.append(Call.id.in_(_talks_of(like)))
    somebody = or_(*found)
    return somebody if session.scalar(select(Call.id).where(somebody).limit(1)) is not None else None


def _talks_of(like: str) -> Select[int]:
    """Return the ids of the calls that somebody of ours with this name took at a desk."""
    names = (field.ilike(like, escape="\\") for field in (User.display_name, User.name))
    return (
        select(QueueEntry.call_id)
        .join(AgentRing, AgentRing.entry_id == QueueEntry.id)
        .where(
            AgentRing.result == RingResult.ACCEPTED,
            AgentRing.agent_id.in_(select(Agent.id).join(User, User.id == Agent.user_id).where(or_(*names))),
        )
    )


def _holds(words: str, floor_id: int) -> ColumnElement[bool]:
    """Whether the numbers or steps of a call not below this id hold these words."""
    like = f"%{_escape(words)}%"
    # The second condition keeps the database from reading the steps of every call there ever was.
    steps = exists().where(CallEvent.call_id == Call.id, CallEvent.call_id >= floor_id)
    found: list[ColumnElement[bool]] = [steps.where(cast(CallEvent.facts, String).ilike(like, escape="\\"))]
    digits = re.sub(r"\D", "", words) if WRITTEN_AS_A_NUMBER.fullmatch(words) else ""
    if len(digits) >= SHORTEST_NUMBER:
        found.append(Call.from_number.like(f"%{digits}%"))
        found.append(Call.to_number.like(f"%{digits}%") & (Call.direction == CallDirection.OUTGOING))
        number = select(ServiceRequest.number).where(ServiceRequest.id == Call.request_id).scalar_subquery()
        found.append(number.like(f"%{digits}%"))
    return or_(*found)


def _escape(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
