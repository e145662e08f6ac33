"""The webhooks of calls we make: say a message, take a key, hear how it ended (H11, H15).

The address carries our own message's id, so a webhook that overtakes the answer to our request finds its message. A
key decides; that somebody or something picked up decides nothing, because answering machines pick up too.
"""

from __future__ import annotations

import datetime as dt

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session

from ivr.customer_call import answer_customer
from ivr.fallback import end_with_apology
from ivr.form_values import whole_number
from ivr.prompts import Line
from ivr.reply import Reply, Then, choice, hang_up, join, lead
from ivr.restarts import through_restarts
from ivr.signature import refuse_unsigned
from ivr.twiml import render
from ivr.twiml_gate import demand_faultless
from models import Call, Message
from operations.clients.services import Services
from operations.foundation.claims import claim_webhook, store_answer
from operations.foundation.house import House
from operations.hotline.customer_calls import SCRIPTS_OF_CUSTOMERS, note_detection
from operations.hotline.outgoing_calls import (
    ACCEPT_KEY,
    DECIDING_KEYS,
    KEYS,
    SCRIPTS,
    OutgoingCallUnknown,
    end_outgoing_call,
    find_node,
    find_outgoing_message,
    find_room,
    open_outgoing_call,
    take_outgoing_key,
)
from operations.hotline.person_queue import end_entries_of_ended_calls
from operations.telephone.calls import log_step
from operations.versions.texts import prompts_at

SOURCE = "voice"
TIMES_SAID = 2
MOST_TURNS = 99
LONGEST_WORD = 30
log = structlog.get_logger()
outgoing = Blueprint("outgoing", __name__, url_prefix="/ivr/outgoing")
outgoing.before_request(refuse_unsigned)


@outgoing.errorhandler(OutgoingCallUnknown)
def refuse_unknown(_unknown: OutgoingCallUnknown) -> Response:
    """The address names no call of ours."""
    return Response("no such call\n", status=404, mimetype="text/plain")


@outgoing.post("/<reference>")
def answer(reference: str) -> Response:
    """Somebody or something picked up, or a key was pressed, or none was."""
    services: Services = current_app.extensions["onecall"]
    try:
        document = _answer(services, reference)
    except OutgoingCallUnknown:
        raise
    except Exception:
        if current_app.testing:
            raise
        # The clock goes on by itself, with this person or the next.
        log.exception("outgoing call failed", reference=reference, call_sid=request.form.get("CallSid"))
        document = end_with_apology()
    return Response(document, mimetype="text/xml")


@outgoing.post("/<reference>/status")
@through_restarts
def status(reference: str) -> Response:
    """Twilio says a call of ours moved on, in any order and any number of times."""
    services: Services = current_app.extensions["onecall"]
    with services.database.writing() as session:
        message = find_outgoing_message(session, message_id=whole_number(reference))
        end_outgoing_call(
            session,
            message=message,
            call_sid=request.form.get("CallSid", ""),
            from_number=services.house.hotline_number,
            status=request.form.get("CallStatus", ""),
            now=services.now(),
        )
        end_entries_of_ended_calls(session, now=services.now())
    return Response(status=204)


@outgoing.post("/<reference>/machine")
@through_restarts
def machine(reference: str) -> Response:
    """Detection says what it makes of whoever picked up, while they are being spoken to."""
    services: Services = current_app.extensions["onecall"]
    with services.database.writing() as session:
        message = find_outgoing_message(session, message_id=whole_number(reference))
        now = services.now()
        call_sid = request.form.get("CallSid", "")
        call = open_outgoing_call(
            session, message=message, call_sid=call_sid, from_number=services.house.hotline_number, now=now
        )
        answered_by = request.form.get("AnsweredBy", "unknown")[:LONGEST_WORD]
        note_detection(session, message=message, call=call, answered_by=answered_by, now=now)
    return Response(status=204)


@through_restarts
def _answer(services: Services, reference: str) -> str:
    form, now = request.form, services.now()
    call_sid, turn = form.get("CallSid", ""), _turn()
    with services.database.writing() as session:
        message = find_outgoing_message(session, message_id=whole_number(reference))
        claim = f"{call_sid}:outgoing:{turn}"
        given = claim_webhook(session, source=SOURCE, key=claim, now=now)
        if given is not None:
            return given
        call = open_outgoing_call(
            session, message=message, call_sid=call_sid, from_number=services.house.hotline_number, now=now
        )
        reply = _reply(session, message, call, turn, services.house, now)
        document = render(
            reply,
            language=message.language,
            prompts=prompts_at(session, now),
            public_base_url=services.house.public_base_url,
            node=message.template,
            turn=turn + 1,
            path=None if reply.then in {Then.JOIN, Then.LEAD} else f"/ivr/outgoing/{message.id}",
        )
        demand_faultless(document)
        log_step(session, call=call, kind="said", now=now, facts=reply.as_facts())
        store_answer(session, source=SOURCE, key=claim, answer=document)
    return document


def _reply(session: Session, message: Message, call: Call, turn: int, house: House, now: dt.datetime) -> Reply:
    script = SCRIPTS[message.template]
    key = request.form.get("Digits", "") if turn > 0 else ""
    if message.template in SCRIPTS_OF_CUSTOMERS:
        return answer_customer(session, message=message, call=call, key=key, house=house, now=now)
    if turn == 0 and not script.needs_key(session, message):
        key = ACCEPT_KEY
    if key in DECIDING_KEYS:
        prompt = take_outgoing_key(session, message=message, call=call, key=key, house=house, now=now)
        node = find_node(session, message=message, call=call, key=key)
        if node is not None:
            call.node = node
            return lead(Line(prompt), onward=f"/ivr/step/{node}?turn=in")
        room = find_room(session, message=message)
        if room is None:
            return hang_up(Line(prompt))
        return join(Line(prompt), room=room.name, onward=room.onward, is_agent=room.is_agent)
    # Silence, a wrong key and the wish to hear it again all say it again, but not for ever: it may be a machine.
    if turn < TIMES_SAID:
        return choice(Line("verbatim", {"text": message.body}), Line(script.keys_prompt), keys=KEYS)
    return hang_up(Line(script.farewell))


def _turn() -> int:
    turn = whole_number(request.args.get("turn", "0"))
    return TIMES_SAID if turn is None else min(turn, MOST_TURNS)
