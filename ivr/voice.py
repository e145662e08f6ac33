"""The hotline's webhooks: Twilio's requests in, TwiML out; one transaction each, the same answer for a repeat."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, current_app, request

from ivr.conversation import greet, hear_at, repeat, take_keys, take_recording, take_speech
from ivr.fallback import apologise_to
from ivr.flow import NODES, load_flow
from ivr.form_values import share, whole_number
from ivr.hearing import Heard, list_hints
from ivr.messages import Spoken
from ivr.reply import Reply, Then
from ivr.restarts import through_restarts
from ivr.signature import refuse_unsigned
from ivr.turn import Turn
from ivr.twiml import render
from ivr.twiml_gate import demand_faultless, find_faults
from operations.clients.services import Services
from operations.foundation.claims import claim_webhook, store_answer
from operations.foundation.figures import figures_at
from operations.hotline.person_queue import end_entries_of_ended_calls
from operations.telephone.calls import end_call, lock_call, log_step, note_answered, open_call
from operations.telephone.voicemails import note_recording_ready
from operations.versions.texts import prompts_at

SOURCE = "voice"
MOST_NUMBER_CHARACTERS = 64
LONGEST_TURN = 8
MOST_SPOKEN_CHARACTERS = 200
log = structlog.get_logger()
voice = Blueprint("voice", __name__, url_prefix="/ivr")
voice.before_request(refuse_unsigned)


@voice.post("/answer")
def answer() -> Response:
    """A call comes in."""
    return handle("answer", greet)


@voice.post("/step/<node>")
def step(node: str) -> Response:
    """The caller pressed something, or nothing."""
    if node not in NODES:
        return Response("no such step\n", status=404, mimetype="text/plain")
    key = f"turn:{asked_turn()}"
    return handle(key, lambda turn: _take_answer(turn) if _is_current(turn) else repeat(turn))


@voice.post("/voicemail")
def voicemail() -> Response:
    """The caller left a message, or hung up while leaving one."""
    return handle(f"voicemail:{asked_turn()}", _keep_voicemail)


@voice.post("/call-status")
@through_restarts
def call_status() -> Response:
    """Twilio says the call changed state; in any order, any number of times."""
    services = _services()
    with services.database.writing() as session:
        call = lock_call(session, call_sid=request.form.get("CallSid", ""))
        if call is not None:
            end_call(session, call=call, status=request.form.get("CallStatus", ""), now=services.now())
            end_entries_of_ended_calls(session, now=services.now())
    return Response(status=204)


@voice.post("/recording-status")
@through_restarts
def recording_status() -> Response:
    """Twilio says a recording is ready, or that there is none."""
    services = _services()
    form = request.form
    with services.database.writing() as session:
        note_recording_ready(
            session,
            call_sid=form.get("CallSid", ""),
            recording_sid=form.get("RecordingSid", ""),
            url=form.get("RecordingUrl"),
            duration_seconds=whole_number(form.get("RecordingDuration")),
            status=form.get("RecordingStatus", ""),
            now=services.now(),
        )
    return Response(status=204)


def handle(key: str, respond: Callable[[Turn], Reply]) -> Response:
    """Claim the webhook, let the conversation answer, pass the TwiML through the gate, and keep it for a repeat."""
    services = _services()
    try:
        document = _respond(services, key, respond)
    except Exception:
        if current_app.testing:
            raise
        log.exception("call step failed", call_sid=request.form.get("CallSid"), step=key)
        document = apologise_to(
            request.form,
            public_base_url=services.house.public_base_url,
            spool_folder=services.spool_file.parent,
            now=services.now(),
        )
    return Response(document, mimetype="text/xml")


@through_restarts
def _respond(services: Services, key: str, respond: Callable[[Turn], Reply]) -> str:
    form, now = request.form, services.now()
    call_sid = form.get("CallSid", "")
    with services.database.writing() as session:
        claim = f"{call_sid}:{key}"
        given = claim_webhook(session, source=SOURCE, key=claim, now=now)
        if given is not None:
            return given
        call = open_call(
            session,
            call_sid=call_sid,
            from_number=form.get("From", "unknown")[:MOST_NUMBER_CHARACTERS],
            to_number=form.get("To", "")[:MOST_NUMBER_CHARACTERS],
            flow=load_flow(),
            now=now,
        )
        turn = Turn(session, call, figures_at(session, now), services.house, now)
        reply = respond(turn)
        number = turn.recall("turn", 0) + 1
        turn.remember(turn=number)
        document = render(
            reply,
            language=call.language,
            prompts=prompts_at(session, now),
            public_base_url=services.house.public_base_url,
            node=call.node,
            turn=number,
            hints="" if reply.onward else list_hints(hear_at(turn)),
            own_number=services.house.hotline_number,
        )
        _pass_the_gate(document)
        if reply.then is Then.HANG_UP:
            log_step(session, call=call, kind="goodbye", now=now, facts={})
        note_answered(session, call=call, now=services.now())
        store_answer(session, source=SOURCE, key=claim, answer=document)
    return document


def _pass_the_gate(document: str) -> None:
    if current_app.testing:
        demand_faultless(document)
        return
    faults = find_faults(document)
    if faults:
        log.error("TwiML refused by the gate", faults=[str(fault) for fault in faults])
        message = "the gate refused the document"
        raise ValueError(message)


def _take_answer(turn: Turn) -> Reply:
    """Keys win over speech: whoever pressed one meant it."""
    digits, words = request.form.get("Digits", ""), request.form.get("SpeechResult", "")
    if digits or not words.strip():
        return take_keys(turn, digits)
    return take_speech(turn, Heard(words[:MOST_SPOKEN_CHARACTERS], share(request.form.get("Confidence"))))


def _keep_voicemail(turn: Turn) -> Reply:
    form = request.form
    duration = whole_number(form.get("RecordingDuration"))
    return take_recording(turn, Spoken(form.get("RecordingSid"), form.get("RecordingUrl"), duration))


def _is_current(turn: Turn) -> bool:
    return asked_turn() == str(turn.recall("turn", 0))


def asked_turn() -> str:
    """Return the turn our own URL carries; whatever else stands there is cut to what a claim's key can hold."""
    return request.args.get("turn", "")[:LONGEST_TURN]


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
