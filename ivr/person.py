"""The webhooks of callers who wait for a person, and of the agents who talk with them (H8, H12).

Every leg that is done with something asks at its own address where it belongs now. So it does not matter who moved
it, who hung up, or which webhook was lost: the rows decide.
"""

from __future__ import annotations

import datetime as dt

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.conversation import go_on
from ivr.prompts import Line, Prompts
from ivr.reply import Reply
from ivr.restarts import through_restarts
from ivr.signature import refuse_unsigned
from ivr.turn import Turn
from ivr.twiml import HOLD_MUSIC, enter_room, play_hold_music, say_lines
from ivr.twiml_gate import Context, demand_faultless
from ivr.voice import asked_turn, handle
from models import AgentRing, QueueEntry
from operations.clients.services import Services
from operations.hotline.agent_rings import leave_talk
from operations.hotline.person_queue import (
    agent_path,
    find_open_entry,
    find_place,
    give_up_waiting,
    keep_place,
    list_in_talk,
    lock_entry,
    note_caller_gone,
    room_name,
)
from operations.telephone.calls import log_step
from operations.telephone.recordings import agree_to_recording, has_agreed
from operations.versions.texts import prompts_at
from outbox.words import say_stretch
from policies.call_states import CallState, later_state
from policies.languages import Language
from policies.person_queue import QueueEnd, QueueState, RingResult

WAIT_TIMEOUT_SECONDS = 1
CALL_BACK_KEY = "1"
CONSENT_KEY = "3"
NOT_TAKEN = {
    "queue-full": QueueEnd.QUEUE_FULL,
    "error": QueueEnd.NOBODY_CAME,
    "system-error": QueueEnd.NOBODY_CAME,
}
"""Twilio's words for a queue that took nobody in."""
LEAVING_KEYS = {"2": QueueEnd.LEFT_A_MESSAGE, "*": QueueEnd.WENT_BACK}
log = structlog.get_logger()
person = Blueprint("person", __name__, url_prefix="/ivr/person")
person.before_request(refuse_unsigned)


@person.post("/<int:entry_id>/next")
@through_restarts
def next_place(entry_id: int) -> Response:  # noqa: ARG001 - the call knows its place; the number is for whoever reads logs
    """A caller's leg asks where it belongs now; or it is over, and nobody reads the answer."""
    if _is_over():
        services = _services()
        with services.database.writing() as session:
            note_caller_gone(session, call_sid=request.form.get("CallSid", ""), now=services.now())
        return _answer(VoiceResponse(), Context.CALL)
    return handle(f"next:{asked_turn()}", _go_on_from_the_queue)


@person.post("/<int:entry_id>/wait")
@through_restarts
def wait_document(entry_id: int) -> Response:
    """What a waiting caller hears, round and round; with an agent there, or the place gone, they leave the queue."""
    services = _services()
    with services.database.writing() as session:
        entry = find_open_entry(session, call_sid=request.form.get("CallSid", ""))
        document = VoiceResponse()
        if entry is None or entry.id != entry_id or entry.state is not QueueState.WAITING:
            document.leave()
        else:
            _say_place(session, document, entry, services.house.public_base_url, prompts_at(session, services.now()))
    return _answer(document, Context.QUEUE_WAIT)


@person.post("/<int:entry_id>/key")
@through_restarts
def take_key(entry_id: int) -> Response:
    """A waiting caller pressed a key: be called back, leave a message, go back; any other key goes on waiting."""
    services = _services()
    with services.database.writing() as session:
        entry = find_open_entry(session, call_sid=request.form.get("CallSid", ""))
        document = VoiceResponse()
        if entry is None or entry.id != entry_id or _leaves(session, entry, request.form.get("Digits", "")):
            document.leave()
        else:
            document.redirect(f"{services.house.public_base_url}/ivr/person/{entry_id}/wait?turn={asked_turn()}")
    return _answer(document, Context.QUEUE_WAIT)


@person.post("/<int:entry_id>/back")
@through_restarts
def called_back_place(entry_id: int) -> Response:
    """The leg of a caller whom we called back asks where it belongs now: in the talk, at the music, or nowhere."""
    services = _services()
    base = services.house.public_base_url
    document = VoiceResponse()
    with services.database.writing() as session:
        if _is_over():
            note_caller_gone(session, call_sid=request.form.get("CallSid", ""), now=services.now())
        entry = find_open_entry(session, call_sid=request.form.get("CallSid", ""))
        prompts = prompts_at(session, services.now())
        onward = f"{base}/ivr/person/{entry_id}/back"
        if entry is None or entry.id != entry_id:
            say_lines(document, (Line("call_back_over"),), _language_of_entry(session, entry_id), prompts)
            document.hangup()
        elif entry.state is QueueState.ON_HOLD:
            say_lines(document, (Line("person_hold"),), entry.language, prompts)
            play_hold_music(document, onward, public_base_url=base)
        else:
            enter_room(document, room_name(entry.id), action=onward, public_base_url=base, is_agent=False)
    return _answer(document, Context.CALL)


@person.post("/music")
@through_restarts
def music() -> Response:
    """What somebody alone in a room hears."""
    document = VoiceResponse()
    document.play(f"{_services().house.public_base_url}{HOLD_MUSIC}")
    return _answer(document, Context.CONFERENCE_WAIT)


@person.post("/ring/<int:ring_id>")
@through_restarts
def agent_place(ring_id: int) -> Response:
    """An agent's leg asks where it belongs now: in the talk while there is one, otherwise it is thanked."""
    services = _services()
    now = services.now()
    with services.database.writing() as session:
        ring = session.get(AgentRing, ring_id)
        if ring is None or ring.call_sid != request.form.get("CallSid"):
            return Response("no such talk\n", status=404, mimetype="text/plain")
        entry = lock_entry(session, ring.entry_id)
        if _is_over():
            leave_talk(session, ring=ring, now=now)
        document = VoiceResponse()
        if entry is not None and _is_in_talk(session, ring, entry):
            base = services.house.public_base_url
            enter_room(
                document, room_name(entry.id), action=f"{base}{agent_path(ring)}", public_base_url=base, is_agent=True
            )
        else:
            leave_talk(session, ring=ring, now=now)
            say_lines(document, (Line("person_agent_done"),), _language_of(ring), prompts_at(session, now))
            document.hangup()
    return _answer(document, Context.CALL)


def _is_over() -> bool:
    """Tell whether the leg that asks has ended already."""
    return later_state(CallState.IN_PROGRESS, request.form.get("CallStatus", "")) is CallState.ENDED


def _go_on_from_the_queue(turn: Turn) -> Reply:
    """Go where the caller belongs; whom Twilio's queue did not take would come back at once, for ever."""
    end = NOT_TAKEN.get(request.form.get("QueueResult", ""))
    if end is not None:
        entry = find_open_entry(turn.session, call_sid=turn.call.call_sid)
        if entry is not None:
            give_up_waiting(turn.session, entry, end=end, now=turn.now)
    return go_on(turn)


def _name_place(position: int) -> Line:
    before = position - 1
    if before == 0:
        return Line("person_next")
    return Line("person_second") if before == 1 else Line("person_position", {"before": before})


def _say_place(session: Session, document: VoiceResponse, entry: QueueEntry, base: str, prompts: Prompts) -> None:
    place = find_place(session, entry)
    lines = [_name_place(place.position)]
    if place.wait_minutes is not None:
        wait = say_stretch(dt.timedelta(minutes=place.wait_minutes), language=entry.language)
        lines.append(Line("person_wait_minutes", {"wait": wait}))
    turn = f"?turn={asked_turn()}"
    gather = Gather(
        input="dtmf",
        action=f"{base}/ivr/person/{entry.id}/key{turn}",
        num_digits=1,
        finish_on_key="",
        timeout=WAIT_TIMEOUT_SECONDS,
    )
    lines.append(Line("person_keys" if entry.contact_phone else "person_keys_no_number"))
    if not has_agreed(entry.call):
        lines.append(Line("recording_consent"))
    say_lines(gather, tuple(lines), entry.language, prompts)
    gather.play(f"{base}{HOLD_MUSIC}")
    document.append(gather)
    document.redirect(f"{base}/ivr/person/{entry.id}/wait{turn}")


def _leaves(session: Session, entry: QueueEntry, key: str) -> bool:
    """Take a waiting caller's key, and return whether they leave the queue with it."""
    if entry.state is not QueueState.WAITING:
        return True
    now = _services().now()
    if key == CALL_BACK_KEY:
        return keep_place(session, entry, now=now)
    if key == CONSENT_KEY:
        agree_to_recording(session, call=entry.call, now=now)
        return False
    end = LEAVING_KEYS.get(key)
    if end is None:
        return False
    log_step(session, call=entry.call, kind="keys", now=now, facts={"keys": key})
    give_up_waiting(session, entry, end=end, now=now)
    return True


def _language_of_entry(session: Session, entry_id: int) -> Language:
    entry = session.get(QueueEntry, entry_id)
    return entry.language if entry is not None else Language.ZH


def _is_in_talk(session: Session, ring: AgentRing, entry: QueueEntry) -> bool:
    is_open = entry.state in {QueueState.TALKING, QueueState.ON_HOLD}
    return is_open and ring.result is RingResult.ACCEPTED and ring in list_in_talk(session, entry)


def _language_of(ring: AgentRing) -> Language:
    if ring.agent is not None:
        return ring.agent.user.language
    return ring.duty_turn.language if ring.duty_turn is not None else Language.ZH


def _answer(document: VoiceResponse, context: Context) -> Response:
    text = str(document)
    demand_faultless(text, context=context)
    return Response(text, mimetype="text/xml")


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
