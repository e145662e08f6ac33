"""Callers who asked for a person: their place, what they hear of it, and how it ends (H8, H12).

Every step is a row and an event; where a caller belongs is read from the row whenever anybody asks, so a webhook that
comes twice, late or not at all, and a restart in the middle, change nothing but the moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from models import AgentRing, Call, QueueEntry
from operations.aftercare.complaints import answer_complaint
from operations.clocks.clock_rules import find_calendar
from operations.clocks.commitments import call_subject, refresh_commitments
from operations.clocks.duty import list_on_duty
from operations.foundation.changes import AGENTS, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.line_orders import end_leg, move_leg
from operations.people.agents import count_agents
from operations.telephone.call_backs import promise_call_back
from operations.telephone.calls import log_step, note_outcome, their_number
from policies.call_backs import CallBackReason
from policies.call_states import CallDirection, CallOutcome, CallState
from policies.message_states import MessageState
from policies.person_queue import LATEST_TALKS, QueueEnd, QueueLine, QueueState, RingResult, expect_wait_minutes
from policies.phone_numbers import dialable_number

SOURCE = "queue"
OFFICE = "office"
"""The calendar of the office hours."""
OPEN_STATES = (QueueState.WAITING, QueueState.TALKING, QueueState.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Opening:
    """When the office opens next, and by which clocks it says so."""

    at: dt.datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where somebody stands: 1 is next. `wait_minutes` is None while nobody can tell."""

    position: int
    wait_minutes: int | None


def ask_for_person(
    session: Session, *, call: Call, line: QueueLine, complaint_id: int | None, now: dt.datetime
) -> QueueEntry | None:
    """Give a caller a place in the queue; the same again for a caller who has one. None when nobody could come."""
    known = find_open_entry(session, call_sid=call.call_sid)
    if known is not None:
        return known
    if not could_anybody_come(session, line=line, area_id=call.area_id, now=now):
        return None
    entry = QueueEntry(
        line=line,
        state=QueueState.WAITING,
        language=call.language,
        call_id=call.id,
        live_call_sid=call.call_sid,
        customer_id=call.customer_id,
        complaint_id=complaint_id,
        contact_phone=dialable_number(their_number(call)),
        asked_at=now,
        next_ring_at=now,
    )
    session.add(entry)
    session.flush()
    if line is QueueLine.COMPLAINT:
        note_step(session, entry, kind="complaint_person_asked", now=now)
    else:
        note_step(session, entry, kind="person_asked", now=now)
    return entry


def could_anybody_come(session: Session, *, line: QueueLine, area_id: int | None, now: dt.datetime) -> bool:
    """Tell whether there is anybody to wait for: agents, or outside office hours whoever is on duty.

    A complaint also reaches those on duty during office hours (H8).
    """
    if count_agents(session) > 0:
        return True
    return (line is QueueLine.COMPLAINT or not is_office_open(session, now=now)) and bool(
        list_on_duty(session, area_id=area_id, now=now)
    )


def is_office_open(session: Session, *, now: dt.datetime) -> bool:
    """Tell whether these are office hours, by the calendar the office keeps: weekdays, holidays, make-up workdays."""
    return find_next_opening(session, now=now) is None


def find_next_opening(session: Session, *, now: dt.datetime) -> Opening | None:
    """Return when the office opens next, weekends and holidays left out; None while it is open."""
    calendar = find_calendar(session, code=OFFICE, at=now)
    opens_at = next(calendar.open_spans(now))[0]
    return Opening(opens_at, str(calendar.zone)) if opens_at > now else None


def keep_place(session: Session, entry: QueueEntry, *, now: dt.datetime) -> bool:
    """Let a waiting caller go who is called back when the place is reached; False without a number to call."""
    if entry.contact_phone is None or entry.state is not QueueState.WAITING:
        return False
    entry.call_back = promise_call_back(session, call=entry.call, reason=CallBackReason.PERSON, now=now)
    entry.live_call_sid = None
    note_outcome(entry.call, CallOutcome.CALL_BACK)
    note_step(session, entry, kind="place_kept", now=now)
    return True


def find_open_entry(session: Session, *, call_sid: str) -> QueueEntry | None:
    """Return the place of whoever is on this leg, locked, or None when they have none."""
    found = session.scalar(
        select(QueueEntry.id).where(QueueEntry.live_call_sid == call_sid, QueueEntry.state.in_(OPEN_STATES))
    )
    entry = lock_entry(session, found) if found is not None else None
    return entry if entry is not None and entry.state in OPEN_STATES else None


def lock_entry(session: Session, entry_id: int) -> QueueEntry | None:
    """Return an entry, locked for the transaction together with its call, or None if there is none.

    The call first: a webhook of the caller holds it already, and two who lock in different order wait for each other.
    """
    session.flush()
    session.execute(
        select(Call.id)
        .join(QueueEntry, QueueEntry.call_id == Call.id)
        .where(QueueEntry.id == entry_id)
        .with_for_update(of=Call)
    )
    entry = session.get(QueueEntry, entry_id, with_for_update={"of": QueueEntry}, populate_existing=True)
    if entry is not None:
        session.refresh(entry.call)
    return entry


def find_last_entry(session: Session, *, call: Call) -> QueueEntry | None:
    """Return the latest time this caller asked for a person, or None if they never have."""
    return session.scalars(
        select(QueueEntry)
        .where(or_(QueueEntry.call_id == call.id, QueueEntry.live_call_sid == call.call_sid))
        .order_by(QueueEntry.id.desc())
        .limit(1)
    ).one_or_none()


def find_place(session: Session, entry: QueueEntry) -> QueuePlace:
    """Return where a waiting caller stands and how long it will take, from the latest measured talks."""
    before = [one.id for one in list_waiting(session)].index(entry.id)
    minutes = expect_wait_minutes(
        position=before + 1, agents=count_agents(session), talk_seconds=_measure_talks(session)
    )
    return QueuePlace(before + 1, minutes)


def list_waiting(session: Session) -> Sequence[QueueEntry]:
    """Return who waits, complaints first, then by when they asked; a call back keeps its place here."""
    return session.scalars(
        select(QueueEntry)
        .where(QueueEntry.state == QueueState.WAITING)
        .order_by(case((QueueEntry.line == QueueLine.COMPLAINT, 0), else_=1), QueueEntry.asked_at, QueueEntry.id)
        .options(joinedload(QueueEntry.call), joinedload(QueueEntry.customer))
    ).all()


def note_caller_in_talk(session: Session, entry: QueueEntry, *, now: dt.datetime) -> None:
    """The caller's leg goes into the room with the agent."""
    if entry.talk_from_at is None:
        entry.talk_from_at = now
        note_change(session, topic=AGENTS, now=now)


def give_up_waiting(session: Session, entry: QueueEntry, *, end: QueueEnd, now: dt.datetime) -> None:
    """A waiting caller goes elsewhere, or nobody came: the place is free, telephones that still ring are too late."""
    if entry.state is not QueueState.WAITING:
        return
    close_entry(session, entry, end=end, now=now)


def close_entry(session: Session, entry: QueueEntry, *, end: QueueEnd, now: dt.datetime) -> None:
    """It is over: after a talk, or without one."""
    entry.state, entry.end, entry.ended_at = QueueState.OVER, end, now
    call_off_telephones(session, entry, now=now)
    for ring in list_in_talk(session, entry):
        if ring.call_sid is not None:
            move_leg(session, call_sid=ring.call_sid, path=agent_path(ring), now=now)
    if end is QueueEnd.TALKED:
        note_outcome(entry.call, CallOutcome.TALKED)
        note_step(session, entry, kind="talk_ended", now=now)
        if entry.complaint is not None:
            answer_complaint(session, complaint=entry.complaint, by=name_last_agent(session, entry), now=now)
    else:
        note_step(session, entry, kind="person_given_up", now=now, facts={"end": str(end)})


def room_name(entry_id: int) -> str:
    """Return the name of the room a caller's talk is held in; it says nothing about anybody."""
    return f"talk-{entry_id}"


def caller_path(entry: QueueEntry, call: Call) -> str:
    """Return where a caller's leg asks where it belongs now; one we called back is not in the menu."""
    if call.direction is CallDirection.OUTGOING:
        return f"/ivr/person/{entry.id}/back"
    return f"/ivr/person/{entry.id}/next?turn={call.memory.get('turn', 0)}"


def agent_path(ring: AgentRing) -> str:
    """Return where an agent's leg asks where it belongs now."""
    return f"/ivr/person/ring/{ring.id}"


def move_caller(session: Session, entry: QueueEntry, *, now: dt.datetime) -> None:
    """Let the caller's leg ask where it belongs now."""
    if entry.live_call_sid is None:
        return
    leg = session.scalars(select(Call).where(Call.call_sid == entry.live_call_sid)).one()
    if leg.state is not CallState.ENDED:
        move_leg(session, call_sid=leg.call_sid, path=caller_path(entry, leg), now=now)


def call_off_telephones(session: Session, entry: QueueEntry, *, now: dt.datetime) -> None:
    """Telephones that still ring stop; whoever picks up all the same hears that it is too late."""
    ringing = select(AgentRing).where(AgentRing.entry_id == entry.id, AgentRing.result.is_(None))
    for ring in session.scalars(ringing.options(joinedload(AgentRing.message))).all():
        ring.result, ring.decided_at = RingResult.CALLED_OFF, now
        if ring.message is None:
            continue
        if ring.message.message_sid is not None:
            end_leg(session, call_sid=ring.message.message_sid, now=now)
        elif ring.message.state is MessageState.PENDING:
            ring.message.state, ring.message.decided_at = MessageState.EXPIRED, now


def name_last_agent(session: Session, entry: QueueEntry) -> str:
    """Return who accepted this caller last, as the pages write who has done something."""
    ring = session.scalars(
        select(AgentRing)
        .where(AgentRing.entry_id == entry.id, AgentRing.result == RingResult.ACCEPTED)
        .order_by(AgentRing.decided_at.desc(), AgentRing.id.desc())
        .limit(1)
    ).one_or_none()
    if ring is None:
        return SOURCE
    return ring.agent.user.name if ring.agent is not None else f"duty:{ring.duty_turn_id}"


def end_entries_of_ended_calls(session: Session, *, now: dt.datetime) -> int:
    """Close what belongs to callers whose leg is over, whichever webhook told us so; return how many."""
    session.flush()
    over = session.scalars(
        select(QueueEntry.id)
        .join(Call, Call.call_sid == QueueEntry.live_call_sid)
        .where(QueueEntry.state.in_(OPEN_STATES), Call.state == CallState.ENDED)
    ).all()
    for entry_id in over:
        _end_with_caller(session, entry_id, now=now)
    return len(over)


def note_caller_gone(session: Session, *, call_sid: str, now: dt.datetime) -> None:
    """A leg tells us with its last breath that it is over; the call's own end may come later, or never."""
    entry_id = session.scalar(
        select(QueueEntry.id).where(QueueEntry.live_call_sid == call_sid, QueueEntry.state.in_(OPEN_STATES))
    )
    if entry_id is not None:
        _end_with_caller(session, entry_id, now=now)


def _end_with_caller(session: Session, entry_id: int, *, now: dt.datetime) -> None:
    entry = lock_entry(session, entry_id)
    if entry is not None and entry.state is not QueueState.OVER:
        end = QueueEnd.HUNG_UP if entry.talk_from_at is None else QueueEnd.TALKED
        close_entry(session, entry, end=end, now=now)


def note_step(
    session: Session,
    entry: QueueEntry,
    *,
    kind: str,
    now: dt.datetime,
    actor: str = SOURCE,
    facts: dict[str, str] | None = None,
) -> None:
    """Keep one step in the call's log, as an event of the call, and for the pages that watch the queue."""
    call = entry.call
    subject = call_subject(call.call_sid)
    log_step(session, call=call, kind=kind, now=now, facts={"line": str(entry.line), **(facts or {})})
    record_event(
        session, subject=subject, kind=kind, occurred_at=now, recorded_at=now, source=SOURCE, actor=actor, facts=facts
    )
    refresh_commitments(session, subject=subject, request_id=None, area_id=call.area_id, now=now)
    note_change(session, topic=AGENTS, now=now)


def _measure_talks(session: Session) -> list[int]:
    """Return the seconds of the latest talks, oldest first, each with the time to wrap up."""
    figures_now = session.scalar(select(func.max(QueueEntry.ended_at)))
    if figures_now is None:
        return []
    wrap_up = figures_at(session, figures_now).wrap_up_seconds
    rows = session.execute(
        select(QueueEntry.talk_from_at, QueueEntry.ended_at)
        .where(QueueEntry.end == QueueEnd.TALKED)
        .order_by(QueueEntry.ended_at.desc())
        .limit(LATEST_TALKS)
    ).all()
    return [round((ended - began).total_seconds()) + wrap_up for began, ended in reversed(rows) if began and ended]


def list_in_talk(session: Session, entry: QueueEntry) -> Sequence[AgentRing]:
    """Return who talks with this caller now, the first to accept first."""
    return session.scalars(
        select(AgentRing)
        .where(AgentRing.entry_id == entry.id, AgentRing.result == RingResult.ACCEPTED, AgentRing.left_at.is_(None))
        .order_by(AgentRing.decided_at, AgentRing.id)
    ).all()
