"""Calls of ours to customers: placed when they are due, tried again, and what came of them (H15, F2, F3).

A person is known to have heard us by a key and by nothing else. What picks up and presses none gets a short message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Call, CustomerCall, Message, ServiceRequest, SurveyAnswer, Visit
from operations.aftercare.care import note_contact
from operations.clocks.commitments import request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.line_orders import move_leg
from operations.foundation.portions import Portion, read_portion
from operations.inbox.message_desk import mark_told
from operations.telephone.calls import log_step
from outbox.contact import stop_messages, zones_of_address
from outbox.enqueue import enqueue_message
from policies.call_states import CallOutcome
from policies.care import CareState
from policies.customer_calls import (
    AT_THE_BEEP,
    OPEN,
    CallAttempt,
    CustomerCallKind,
    CustomerCallState,
    final_state,
    first_call_at,
    move_customer_call,
    next_call_at,
    read_attempt,
)
from policies.message_channels import MessageChannel
from policies.message_states import NOT_RECEIVED, MessageState
from policies.request_states import RequestState
from policies.visit_states import ENDED, PROMISED, VisitState

MOST_A_ROUND = 50
LISTED_FOR = dt.timedelta(days=14)
END_IS_LOST = dt.timedelta(minutes=15)
ACTOR = "clock"
TEMPLATES = {kind: f"customer_{kind}" for kind in CustomerCallKind}
SCRIPTS_OF_CUSTOMERS = frozenset(TEMPLATES.values())
MACHINE_TURN = 50
"""The turn at which a machine is told the short message; no person ever comes so far."""
LEFT, DUE, SAID = "left", "due", "said"


def plan_customer_call(
    session: Session,
    *,
    kind: CustomerCallKind,
    about: str,
    request: ServiceRequest | None,
    values: dict[str, Any],
    to_number: str,
    wanted_at: dt.datetime,
    expires_at: dt.datetime,
    now: dt.datetime,
    **links: object,
) -> CustomerCall | None:
    """Plan a call, by day on the customer's clock, or return None: known already, or too late before it would ring.

    `links` are `visit_id`, `care_date_id`, `customer`, `language`, where the request does not say them.
    """
    if session.scalar(select(CustomerCall.id).where(CustomerCall.kind == kind, CustomerCall.about == about)):
        return None
    time_zone = request.site.time_zone if request is not None and request.site is not None else None
    call = CustomerCall(
        kind=kind,
        about=about,
        state=CustomerCallState.PLANNED,
        to_number=to_number,
        time_zone=time_zone,
        values=values,
        attempts=0,
        planned_at=now,
        expires_at=expires_at,
        answered_by="",
        answers={},
        reason="",
        **{"language": request.language, "customer_id": request.customer_id, "request_id": request.id, **links}
        if request is not None
        else links,
    )
    call.next_at = first_call_at(
        kind, wanted_at=max(wanted_at, now), time_zones=_zones(call), figures=figures_at(session, now)
    )
    if call.next_at >= expires_at:
        return None
    session.add(call)
    session.flush()
    return call


def place_calls(session: Session, *, now: dt.datetime) -> int:
    """Let due calls ring, leave out those that have lost their point, and take in those nobody may make; how many."""
    done = 0
    for call in _list_open(session, now):
        if call.state is CustomerCallState.CALLING:
            done += _settle(session, call, now)
        elif (reason := _lost_its_point(session, call)) is not None:
            _end(session, call, CustomerCallState.CALLED_OFF, reason=reason, by=ACTOR, now=now)
            done += 1
        elif call.expires_at <= now:
            _end(session, call, CustomerCallState.NOT_REACHED, reason=call.reason or "expired", by=ACTOR, now=now)
            done += 1
        else:
            _ring(session, call, now)
            done += 1
    return done


def find_customer_call(session: Session, *, message: Message) -> CustomerCall:
    """Return the call that a spoken message is an attempt of, locked."""
    return session.scalars(
        select(CustomerCall).where(CustomerCall.id == message.values["customer_call_id"]).with_for_update()
    ).one()


def note_reached(session: Session, *, customer_call: CustomerCall, answers: dict[str, Any], now: dt.datetime) -> None:
    """A person pressed a key; what the keys meant so far is kept. The matter has been told."""
    customer_call.answers = {**customer_call.answers, **answers}
    if customer_call.state is CustomerCallState.REACHED:
        return
    _end(session, customer_call, CustomerCallState.REACHED, reason="", by="customer", now=now)
    match customer_call.kind:
        case CustomerCallKind.NOTICE | CustomerCallKind.REMINDER:
            text = session.get_one(Message, customer_call.values["text_id"])
            mark_told(session, message=text, by=f"call:{customer_call.id}", now=now)
        case CustomerCallKind.CARE:
            care = customer_call.care_date
            if care is not None and care.state is CareState.PLANNED:
                note_contact(session, care=care, by=f"call:{customer_call.id}", note="", now=now)
        case _:
            pass


def stop_calling(session: Session, *, customer_call: CustomerCall, now: dt.datetime) -> None:
    """The customer wants no such calls: none of this number rings again unless somebody waits for it."""
    note_reached(session, customer_call=customer_call, answers={"stopped": True}, now=now)
    stop_messages(session, channel=MessageChannel.VOICE, address=customer_call.to_number, by="call", now=now)


def note_attempt_over(session: Session, *, message: Message, status: str, now: dt.datetime) -> None:
    """An attempt ended without a key: it is planned again, or the call ends."""
    call = find_customer_call(session, message=message)
    if call.state is not CustomerCallState.CALLING or call.message_id != message.id:
        return
    attempt = read_attempt(status, answered_by=call.answered_by)
    _go_on(session, call, attempt, reason=str(attempt), now=now)


def note_detection(session: Session, *, message: Message, call: Call, answered_by: str, now: dt.datetime) -> None:
    """Keep what detection made of whoever picked up; a machine at its tone is told the short message from the start.

    Nothing is decided by it: the message asks for a key as well, and a key counts whenever it comes (H15).
    """
    if call.memory.get("detected") is not None:
        return
    call.memory = {**call.memory, "detected": answered_by}
    log_step(session, call=call, kind="detected", now=now, facts={"as": answered_by})
    if message.template not in SCRIPTS_OF_CUSTOMERS:
        return
    find_customer_call(session, message=message).answered_by = answered_by
    if answered_by.startswith(AT_THE_BEEP) and call.outcome is None and call.ended_at is None:
        call.memory = {**call.memory, LEFT: DUE}
        path = f"/ivr/outgoing/{message.id}?turn={MACHINE_TURN}"
        move_leg(session, call_sid=call.call_sid, path=path, now=now)


def outcome_without_key(session: Session, *, message: Message) -> CallOutcome:
    """Return how a call to a customer that nobody pressed a key in ended, for the call log."""
    call = find_customer_call(session, message=message)
    is_machine = call.message_id == message.id and read_attempt("completed", answered_by=call.answered_by)
    return CallOutcome.MESSAGE_LEFT if is_machine is CallAttempt.MACHINE else CallOutcome.NOT_REACHED


def call_off(session: Session, *, customer_call: CustomerCall, by: str, now: dt.datetime) -> None:
    """Somebody decides that the call is not made; CustomerCallMoveRefused while it rings or when it is over."""
    if customer_call.state is not CustomerCallState.PLANNED:
        move_customer_call(customer_call.state, CustomerCallState.PLANNED)
    _end(session, customer_call, CustomerCallState.CALLED_OFF, reason="desk", by=by, now=now)


def list_customer_calls(session: Session, *, is_open: bool, now: dt.datetime, most: int) -> Portion[CustomerCall]:
    """Return the calls that are still to be made, the next first; or those of the last two weeks, the latest first."""
    query = select(CustomerCall).options(
        joinedload(CustomerCall.customer), joinedload(CustomerCall.request), joinedload(CustomerCall.message)
    )
    if is_open:
        query = query.where(CustomerCall.state.in_(OPEN)).order_by(CustomerCall.next_at, CustomerCall.id)
    else:
        query = query.where(CustomerCall.ended_at > now - LISTED_FOR).order_by(CustomerCall.id.desc())
    return read_portion(session, query, most=most)


def _list_open(session: Session, now: dt.datetime) -> Sequence[CustomerCall]:
    return session.scalars(
        select(CustomerCall)
        .where(CustomerCall.state.in_(OPEN), CustomerCall.next_at <= now)
        .order_by(CustomerCall.next_at, CustomerCall.id)
        .limit(MOST_A_ROUND)
        .with_for_update(skip_locked=True)
    ).all()


def _ring(session: Session, call: CustomerCall, now: dt.datetime) -> None:
    call.attempts += 1
    call.state, call.answered_by = move_customer_call(call.state, CustomerCallState.CALLING), ""
    call.message = enqueue_message(
        session,
        event=f"customer_call:{call.id}:{call.attempts}",
        recipient=f"customer:{call.customer_id}" if call.customer_id else f"number:{call.to_number}",
        to_number=call.to_number,
        language=call.language,
        template=TEMPLATES[call.kind],
        values={**call.values, "customer_call_id": call.id},
        now=now,
        expires_at=call.expires_at,
        request_id=call.request_id,
        visit_id=call.visit_id,
        channel=MessageChannel.VOICE,
        time_zone=call.time_zone,
    )
    session.flush()
    note_change(session, topic=BOARD, now=now)


def _settle(session: Session, call: CustomerCall, now: dt.datetime) -> bool:
    """Take in an attempt that never became a call: withheld, refused by the carrier, or too late."""
    message = call.message
    if message is None:
        return False
    if _has_lost_its_end(message, now):
        _go_on(session, call, CallAttempt.NO_ANSWER, reason=str(CallAttempt.NO_ANSWER), now=now)
        return True
    if message.state not in NOT_RECEIVED:
        return False
    if message.state is MessageState.WITHHELD:
        _end(session, call, CustomerCallState.WITHHELD, reason=message.error or "", by=ACTOR, now=now)
    elif message.state is MessageState.UNDELIVERED:
        # The webhook that ended the call has said so already, or never came.
        _go_on(session, call, CallAttempt.NO_ANSWER, reason=message.error or "", now=now)
    else:
        _go_on(session, call, CallAttempt.IMPOSSIBLE, reason=message.error or str(message.state), now=now)
    return True


def _has_lost_its_end(message: Message, now: dt.datetime) -> bool:
    """Tell whether a call rang so long ago, without a key, that the webhook of its end is lost."""
    return message.state is MessageState.SENT and (message.decided_at or now) < now - END_IS_LOST


def _go_on(session: Session, call: CustomerCall, attempt: CallAttempt, *, reason: str, now: dt.datetime) -> None:
    at = next_call_at(
        call.kind,
        attempt,
        attempts=call.attempts,
        expires_at=call.expires_at,
        time_zones=_zones(call),
        figures=figures_at(session, now),
        now=now,
    )
    if at is None:
        _end(session, call, final_state(attempt), reason=reason, by=ACTOR, now=now)
        return
    call.state, call.next_at, call.reason = move_customer_call(call.state, CustomerCallState.PLANNED), at, reason
    session.flush()


def _end(
    session: Session, call: CustomerCall, state: CustomerCallState, *, reason: str, by: str, now: dt.datetime
) -> None:
    call.state, call.reason = move_customer_call(call.state, state), reason[:200]
    call.ended_at, call.ended_by = now, by
    session.flush()
    if call.request_id is not None:
        record_event(
            session,
            subject=request_subject(call.request_id),
            kind="customer_call_ended",
            occurred_at=now,
            recorded_at=now,
            source="voice",
            actor=by,
            facts={"about": str(call.kind), "state": str(state), "attempts": call.attempts},
        )
    note_change(session, topic=BOARD, now=now)


def _lost_its_point(session: Session, call: CustomerCall) -> str | None:
    """Return why a planned call is not made after all, or None."""
    visit = call.visit
    if not call.to_number:
        # Erased, and with it what the call was about.
        return "changed"
    match call.kind:
        case CustomerCallKind.FOLLOW_UP:
            answered = session.scalar(select(SurveyAnswer.id).where(SurveyAnswer.visit_id == call.visit_id))
            is_reported = session.scalar(
                select(ServiceRequest.id).where(ServiceRequest.repeat_of_id == call.request_id).limit(1)
            )
            return "answered" if answered else "reported_again" if is_reported else None
        case CustomerCallKind.REMINDER | CustomerCallKind.NOTICE:
            text = session.get_one(Message, call.values["text_id"])
            if text.settled_at is not None or text.state is MessageState.DELIVERED:
                return "told"
            return None if visit is not None and _still_stands(visit, call) else "changed"
        case CustomerCallKind.RECALL:
            request = call.request
            if request is None or request.state is RequestState.CLOSED:
                return "changed"
            booked = select(Visit.id).where(Visit.request_id == request.id, Visit.state.in_(PROMISED)).limit(1)
            return "booked" if session.scalar(booked) else None
        case CustomerCallKind.CARE:
            care = call.care_date
            return None if care is not None and care.state is CareState.PLANNED else "changed"


def _still_stands(visit: Visit, call: CustomerCall) -> bool:
    """Tell whether what the call says is still so: nobody is told the window before last."""
    from_at = visit.window_from_at.isoformat() if visit.window_from_at else ""
    return from_at == call.values["from_at"] and visit.state not in ENDED - {VisitState.NO_ACCESS}


def _zones(call: CustomerCall) -> tuple[str, ...]:
    return (call.time_zone,) if call.time_zone else zones_of_address(call.to_number)
