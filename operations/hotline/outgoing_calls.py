"""Calls of ours that say a message and ask for a key (H11, H15): each is logged like a call to the hotline (H14).

What an answer means is decided by the message's script, in one table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Call, Message, Visit
from operations.clocks.clock_alarms import SCRIPT as CLOCK_CALL, note_alarm_unanswered, take_alarm_answer
from operations.fieldwork.unanswered_visits import SCRIPT as VISITS_WAITING, note_nobody_took_call, take_visits_key
from operations.foundation.changes import CALLS, note_change
from operations.foundation.house import House
from operations.hotline.agent_rings import (
    AT_ONCE_SCRIPT as AGENT_CALL_AT_ONCE,
    CALL_BACK_SCRIPT as CALL_BACK,
    COLLEAGUE_SCRIPT as COLLEAGUE_CALL,
    SCRIPT as AGENT_CALL,
    find_call_back_entry,
    find_joined_ring,
    is_key_needed,
    note_call_back_unanswered,
    note_ring_unanswered,
    take_call_back_answer,
    take_ring_answer,
)
from operations.hotline.customer_calls import SCRIPTS_OF_CUSTOMERS, note_attempt_over, outcome_without_key
from operations.hotline.person_queue import agent_path, room_name
from operations.inbox.message_desk import SPOKEN as NOTICE
from operations.matters.major_faults import SCRIPT as DUTY_ALERT, note_nobody_answered, take_duty_answer
from operations.telephone.calls import free_offers, lock_call, log_step
from operations.telephone.visit_calls import SCRIPT as VISIT_CALL, begin_visit_call
from policies.call_states import CallDirection, CallOutcome, CallState, later_state
from policies.duty import AlarmState
from policies.message_channels import MessageChannel
from policies.message_states import RANK, MessageState
from policies.person_queue import RingResult
from policies.visit_calls import VisitParty

ACCEPT_KEY, DECLINE_KEY, REPEAT_KEY = "1", "2", "3"
DECIDING_KEYS = frozenset({ACCEPT_KEY, DECLINE_KEY})
KEYS = (ACCEPT_KEY, DECLINE_KEY, REPEAT_KEY)


class OutgoingCallUnknown(LookupError):
    """No call of ours has this number."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room a call goes into; `onward` is where its leg asks what comes next. With an agent's leg the room ends."""

    name: str
    onward: str
    is_agent: bool


@dataclass(frozen=True, slots=True)
class Script:
    """What a kind of outgoing call does with a key (the prompt said last comes back), and with nobody.

    `room` names the room a call goes into after its key instead of ending, and where its leg asks what comes next.
    `needs_key` is False for who has said yes already. `keys_prompt` and `farewell` are said after the message, and to
    who pressed nothing. Without `take_key` the door leads a talk of several questions (`ivr/customer_call.py`);
    `note_nobody` hears Twilio's status of a call that ended without a key. `node` names the place of the menu a call
    goes on at after its key.
    """

    take_key: Callable[[Session, Message, str, House, dt.datetime], str] | None
    note_nobody: Callable[[Session, Message, str, dt.datetime], None]
    room: Callable[[Session, Message], Room | None] = lambda _session, _message: None
    needs_key: Callable[[Session, Message], bool] = lambda _session, _message: True
    node: Callable[[Session, Message, Call, str], str | None] = lambda _session, _message, _call, _key: None
    keys_prompt: str = "outgoing_keys"
    farewell: str = "outgoing_farewell"


def find_outgoing_message(session: Session, *, message_id: int | None) -> Message:
    """Return the spoken message with this id, locked; raises OutgoingCallUnknown."""
    wanted = select(Message).where(Message.channel == MessageChannel.VOICE)
    message = session.scalars(wanted.where(Message.id == message_id).with_for_update()).one_or_none()
    if message is None:
        raise OutgoingCallUnknown(message_id)
    return message


def open_outgoing_call(
    session: Session, *, message: Message, call_sid: str, from_number: str, now: dt.datetime
) -> Call:
    """Return the call that says this message, made on its first webhook."""
    call = lock_call(session, call_sid=call_sid)
    if call is not None:
        return call
    customer_id = _customer_of(message)
    call = Call(
        call_sid=call_sid,
        direction=CallDirection.OUTGOING,
        from_number=from_number,
        to_number=message.to_number,
        state=CallState.IN_PROGRESS,
        contact_phone=message.to_number if customer_id is not None else None,
        language=message.language,
        node=message.template,
        flow_version="",
        memory={},
        steps=0,
        customer_id=customer_id,
        request_id=message.request_id,
        started_at=now,
        first_audible_at=now,
        last_seen_at=now,
    )
    session.add(call)
    session.flush()
    # Whatever became of the provider's answer to our request: the call is there.
    message.message_sid = message.message_sid or call_sid
    _decide(message, MessageState.SENT, now)
    note_change(session, topic=CALLS, now=now)
    return call


def take_outgoing_key(
    session: Session, *, message: Message, call: Call, key: str, house: House, now: dt.datetime
) -> str:
    """Take the key a person pressed and return the prompt that answers it.

    A spoken message is delivered by a key and by nothing else, because answering machines press none.
    """
    note_key(session, message=message, call=call, key=key, now=now)
    take_key = SCRIPTS[message.template].take_key
    assert take_key is not None, message.template  # noqa: S101 - the door leads such calls itself
    return take_key(session, message, key, house, now)


def note_key(session: Session, *, message: Message, call: Call, key: str, now: dt.datetime) -> None:
    """A person has pressed a key: the call is answered and its message delivered."""
    log_step(session, call=call, kind="keys", now=now, facts={"keys": key})
    call.outcome = CallOutcome.ANSWERED
    # Of two calls made in doubt the answered one counts.
    message.message_sid = call.call_sid
    _decide(message, MessageState.DELIVERED, now)


def find_room(session: Session, *, message: Message) -> Room | None:
    """Return the room the call goes into now that its key is taken, or None when it ends."""
    return SCRIPTS[message.template].room(session, message)


def find_node(session: Session, *, message: Message, call: Call, key: str) -> str | None:
    """Return the place of the menu the call goes on at now that its key is taken, or None when it ends."""
    return SCRIPTS[message.template].node(session, message, call, key)


def end_outgoing_call(
    session: Session, *, message: Message, call_sid: str, from_number: str, status: str, now: dt.datetime
) -> None:
    """Take Twilio's word on a call of ours, in any order, any number of times; its end decides what became of it."""
    call = lock_call(session, call_sid=call_sid)
    if later_state(CallState.RINGING, status) is not CallState.ENDED:
        return
    if call is None:
        # Nobody picked up, so nothing has asked what to say: the call is on record all the same.
        call = open_outgoing_call(session, message=message, call_sid=call_sid, from_number=from_number, now=now)
        call.first_audible_at = None
    if call.state is CallState.ENDED:
        return
    call.state, call.ended_at, call.last_seen_at = CallState.ENDED, now, now
    free_offers(session, call=call, now=now)
    if call.outcome is None:
        call.outcome = CallOutcome.NOT_REACHED
        if message.template in SCRIPTS_OF_CUSTOMERS:
            call.outcome = outcome_without_key(session, message=message)
        _decide(message, MessageState.UNDELIVERED, now)
        message.error = f"call {status}"
        SCRIPTS[message.template].note_nobody(session, message, status, now)
    log_step(session, call=call, kind="ended", now=now, facts={"outcome": str(call.outcome)})
    note_change(session, topic=CALLS, now=now)


def _customer_of(message: Message) -> int | None:
    kind, _, key = message.recipient.partition(":")
    return int(key) if kind == "customer" else None


def _decide(message: Message, state: MessageState, now: dt.datetime) -> None:
    if RANK[state] > RANK[message.state]:
        message.state, message.decided_at = state, now


def _take_duty_key(session: Session, message: Message, key: str, house: House, now: dt.datetime) -> str:
    is_accepted = key == ACCEPT_KEY
    holder = take_duty_answer(session, message=message, is_accepted=is_accepted, house=house, now=now)
    if not is_accepted:
        return "duty_declined"
    return "duty_accepted" if holder == message.values["turn"] else "duty_taken"


def _take_clock_key(session: Session, message: Message, key: str, house: House, now: dt.datetime) -> str:
    is_accepted = key == ACCEPT_KEY
    state, holder = take_alarm_answer(session, message=message, is_accepted=is_accepted, house=house, now=now)
    if state is AlarmState.ENDED:
        return "alarm_over"
    if not is_accepted:
        return "duty_declined"
    return "duty_accepted" if holder == message.values["turn"] else "duty_taken"


def _take_agent_key(session: Session, message: Message, key: str, house: House, now: dt.datetime) -> str:  # noqa: ARG001
    is_accepted = key == ACCEPT_KEY
    result = take_ring_answer(session, message=message, is_accepted=is_accepted, now=now)
    return AGENT_PROMPTS[result]


def _find_agent_room(session: Session, message: Message) -> Room | None:
    ring = find_joined_ring(session, message=message)
    return None if ring is None else Room(room_name(ring.entry_id), agent_path(ring), is_agent=True)


def _take_call_back_key(session: Session, message: Message, key: str, house: House, now: dt.datetime) -> str:  # noqa: ARG001
    is_in = take_call_back_answer(session, message=message, is_accepted=key == ACCEPT_KEY, now=now)
    return "person_connected" if is_in else "call_back_over"


def _find_call_back_room(session: Session, message: Message) -> Room | None:
    entry = find_call_back_entry(session, message=message)
    return None if entry is None else Room(room_name(entry.id), f"/ivr/person/{entry.id}/back", is_agent=False)


def _lead_to_visit_call(session: Session, message: Message, call: Call, key: str) -> str | None:
    if key != ACCEPT_KEY:
        return None
    visit = session.get_one(Visit, message.values["visit_id"])
    begin_visit_call(session, call=call, visit=visit, party=VisitParty(message.values["party"]))
    return "visit_call"


AGENT_PROMPTS: Mapping[RingResult, str] = {
    RingResult.ACCEPTED: "agent_connected",
    RingResult.DECLINED: "agent_declined",
    RingResult.SILENT: "agent_too_late",
    RingResult.TOO_LATE: "agent_too_late",
    RingResult.CALLED_OFF: "agent_too_late",
    RingResult.NOT_RUNG: "agent_too_late",
}
_AGENT = Script(
    _take_agent_key,
    lambda session, message, _status, now: note_ring_unanswered(session, message=message, now=now),
    _find_agent_room,
    lambda session, message: is_key_needed(session, message=message),
)
_CUSTOMER = Script(
    None, lambda session, message, status, now: note_attempt_over(session, message=message, status=status, now=now)
)
SCRIPTS: Mapping[str, Script] = {
    **dict.fromkeys(SCRIPTS_OF_CUSTOMERS, _CUSTOMER),
    NOTICE: Script(
        # Any key says that a person heard it.
        lambda _session, _message, _key, _house, _now: "notice_heard",
        lambda _session, _message, _status, _now: None,
        keys_prompt="notice_keys",
        farewell="notice_farewell",
    ),
    VISITS_WAITING: Script(
        lambda session, message, key, house, now: take_visits_key(
            session, message=message, is_accepted=key == ACCEPT_KEY, house=house, now=now
        ),
        lambda session, message, _status, now: note_nobody_took_call(session, message=message, now=now),
        keys_prompt="visits_keys",
        farewell="visits_farewell",
    ),
    DUTY_ALERT: Script(
        _take_duty_key, lambda session, message, _status, now: note_nobody_answered(session, message=message, now=now)
    ),
    CLOCK_CALL: Script(
        _take_clock_key, lambda session, message, _status, now: note_alarm_unanswered(session, message=message, now=now)
    ),
    AGENT_CALL: _AGENT,
    AGENT_CALL_AT_ONCE: _AGENT,
    COLLEAGUE_CALL: _AGENT,
    VISIT_CALL: Script(
        lambda _session, _message, key, _house, _now: "visit_call_yes" if key == ACCEPT_KEY else "call_back_over",
        lambda _session, _message, _status, _now: None,
        node=_lead_to_visit_call,
        keys_prompt="visit_call_keys",
        farewell="customer_call_bye",
    ),
    CALL_BACK: Script(
        _take_call_back_key,
        lambda session, message, _status, now: note_call_back_unanswered(session, message=message, now=now),
        _find_call_back_room,
        keys_prompt="call_back_keys",
        farewell="call_back_farewell",
    ),
}
