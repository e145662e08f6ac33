"""A call from the first ring to its stored outcome, every step on record (H14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models import Call, CallEvent, Recording, ServiceRequest, Visit
from operations.clocks.commitments import call_subject, move_clocks, refresh_commitments
from operations.foundation.changes import CALLS, note_change
from operations.foundation.events import record_event
from operations.foundation.territories import find_customer_area
from operations.people.customers import find_customers_by_phone
from operations.planning.holds import free_holds_of, has_holds
from operations.versions.flow_versions import Flow, keep_flow
from policies.call_states import CallDirection, CallOutcome, CallState, later_state, weightiest_outcome
from policies.languages import Language
from policies.phone_numbers import dialable_number
from policies.request_states import CloseReason, RequestState
from policies.visit_states import VisitState, move_visit

FIRST_NODE = "greeting"
REQUESTS, OUTCOMES = "requests", "outcomes"
"""What a call's memory holds for operations: the requests it was about, and what came of it."""
_LOCKED = (
    select(Call).where(Call.call_sid == bindparam("sid")).with_for_update().execution_options(populate_existing=True)
)
LONGEST_NUMBER = 64
"""Carriers also send addresses (`sip:…`) instead of numbers; what is longer than this is cut."""


def open_call(
    session: Session, *, call_sid: str, from_number: str, to_number: str, now: dt.datetime, flow: Flow | None = None
) -> Call:
    """Return the call of this sid, made on its first webhook; the caller is recognised by number (H3).

    The row is locked for the transaction, so two webhooks of one call take turns. `flow` is the menu the caller
    hears: its version is kept with the call, also with one of ours that goes on in the menu.
    """
    call = lock_call(session, call_sid=call_sid)
    if call is None:
        call = _begin_call(session, call_sid, from_number, to_number, now)
    if flow is not None and not call.flow_version:
        keep_flow(session, flow=flow, now=now)
        call.flow_version = flow.version
    return call


def _begin_call(session: Session, call_sid: str, from_number: str, to_number: str, now: dt.datetime) -> Call:
    customers = find_customers_by_phone(session, number=from_number)
    customer = customers[0] if len(customers) == 1 else None
    call = Call(
        call_sid=call_sid,
        from_number=from_number[:LONGEST_NUMBER],
        to_number=to_number[:LONGEST_NUMBER],
        state=CallState.IN_PROGRESS,
        language=customer.language if customer else Language.ZH,
        flow_version="",
        node=FIRST_NODE,
        memory={},
        steps=0,
        customer=customer,
        area_id=find_customer_area(session, customer_id=customer.id) if customer else None,
        started_at=now,
        last_seen_at=now,
    )
    session.add(call)
    session.flush()
    record_event(
        session,
        subject=call_subject(call_sid),
        kind="call_received",
        occurred_at=now,
        recorded_at=now,
        source="twilio",
        actor="hotline",
        personal={"from_number": from_number},
    )
    note_change(session, topic=CALLS, now=now)
    return call


def lock_call(session: Session, *, call_sid: str) -> Call | None:
    """Return the call of this sid, locked for the transaction, or None if we never heard of it."""
    return session.scalars(_LOCKED, {"sid": call_sid}).one_or_none()


def note_answered(session: Session, *, call: Call, now: dt.datetime) -> None:
    """The first sentence goes out to the caller: this meets the 15-second clock (K1)."""
    if call.first_audible_at is not None:
        return
    call.first_audible_at = now
    subject = call_subject(call.call_sid)
    record_event(
        session,
        subject=subject,
        kind="call_answered",
        occurred_at=now,
        recorded_at=now,
        source="hotline",
        actor="hotline",
    )
    refresh_commitments(session, subject=subject, request_id=None, area_id=call.area_id, now=now)


def log_step(session: Session, *, call: Call, kind: str, now: dt.datetime, facts: dict[str, Any]) -> None:
    """Add one step to the call's log; one that arrives after the end may still change how the call ended."""
    _add_step(session, call, kind, now, facts)
    if call.state is CallState.ENDED:
        call.outcome = decide_outcome(session, call)


def _add_step(session: Session, call: Call, kind: str, now: dt.datetime, facts: dict[str, Any]) -> None:
    session.add(
        CallEvent(call_id=call.id, position=call.steps, kind=kind, node=call.node, occurred_at=now, facts=facts)
    )
    call.steps += 1
    call.last_seen_at = now


def end_call(session: Session, *, call: Call, status: str, now: dt.datetime) -> None:
    """Take Twilio's word that the call changed state; at its end free held windows and store how it ended."""
    state = later_state(call.state, status)
    if state is call.state:
        return
    call.state = state
    if state is CallState.ENDED:
        _close(session, call, now)


def sweep_calls(session: Session, *, silent_since: dt.datetime, now: dt.datetime) -> int:
    """Close calls whose end Twilio never told us; return how many."""
    calls = session.scalars(
        select(Call)
        .where(Call.state != CallState.ENDED, Call.last_seen_at < silent_since)
        .with_for_update(skip_locked=True)
    ).all()
    for call in calls:
        call.state = CallState.ENDED
        _close(session, call, now)
    return len(calls)


def reach_number(call: Call) -> str | None:
    """Return where to reach the caller: the number they gave, else their own if it can be called."""
    return call.contact_phone or dialable_number(their_number(call))


def their_number(call: Call) -> str:
    """Return the number of whoever is on the line with us: who called us, or whom we called."""
    return call.to_number if call.direction is CallDirection.OUTGOING else call.from_number


def take_up(call: Call, request: ServiceRequest) -> None:
    """From now on the call is about this request; those it was about before are remembered."""
    call.request_id, call.area_id = request.id, request.area_id or call.area_id
    known = call.memory.get(REQUESTS, [])
    if request.id not in known:
        call.memory = {**call.memory, REQUESTS: [*known, request.id]}


def note_outcome(call: Call, outcome: CallOutcome) -> None:
    """Something came of the call; of several things the most weighty is how it ended."""
    known = call.memory.get(OUTCOMES, [])
    if outcome not in known:
        call.memory = {**call.memory, OUTCOMES: [*known, str(outcome)]}


def _close(session: Session, call: Call, now: dt.datetime) -> None:
    call.ended_at = now
    if call.area_id is not None:
        # Only what it was about says where a stranger called from.
        move_clocks(session, subject=call_subject(call.call_sid), area_id=call.area_id)
    free_offers(session, call=call, now=now)
    call.outcome = decide_outcome(session, call)
    _add_step(session, call, "ended", now, {"outcome": str(call.outcome)})
    note_change(session, topic=CALLS, now=now)


def free_offers(session: Session, *, call: Call, now: dt.datetime) -> None:
    """Free the windows held for a call that is over.

    Of one of ours only what was taken up in it: somebody else may be choosing a window of the request it was about.
    """
    session.flush()
    is_ours = call.direction is CallDirection.OUTGOING
    ids = call.memory.get(REQUESTS, []) if is_ours else _request_ids(call)
    for visit, is_held in session.execute(select(Visit, has_holds()).where(Visit.request_id.in_(ids))).all():
        if is_held:
            # Only then is the live plan needed: most callers hang up with nothing held, and need not wait for it.
            free_holds_of(session, visit=visit, now=now)
        if visit.state is VisitState.OFFERED:
            visit.state = move_visit(visit.state, VisitState.DRAFT)


def decide_outcome(session: Session, call: Call) -> CallOutcome:
    """Return how a call ended, from what it left behind; one of ours without an answer reached nobody."""
    if call.direction is CallDirection.OUTGOING:
        return call.outcome or CallOutcome.NOT_REACHED
    came_of_it = [CallOutcome(word) for word in call.memory.get(OUTCOMES, [])]
    has_spoken = session.scalar(select(Recording.id).where(Recording.call_id == call.id).limit(1)) is not None
    if has_spoken and not {CallOutcome.COMPLAINT, CallOutcome.CALL_BACK} & set(came_of_it):
        came_of_it.append(CallOutcome.VOICEMAIL)
    requests = session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(_request_ids(call)))).all()
    if not came_of_it:
        came_of_it = [_outcome_of(request) for request in requests]
    elif any(request.state is RequestState.OPEN for request in requests):
        came_of_it.append(CallOutcome.REQUEST_LEFT_OPEN)
    return weightiest_outcome(came_of_it)


def _outcome_of(request: ServiceRequest) -> CallOutcome:
    if request.close_reason is CloseReason.SOLVED_BY_PHONE:
        return CallOutcome.SOLVED_BY_PHONE
    return CallOutcome.BOOKED if request.state is RequestState.BOOKED else CallOutcome.REQUEST_LEFT_OPEN


def _request_ids(call: Call) -> set[int]:
    return {*call.memory.get(REQUESTS, []), *([call.request_id] if call.request_id else [])}
