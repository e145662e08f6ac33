"""The webhooks of a talk through us: what the called side hears before it is connected, and how it ended (D11, S1)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.conversation import lead_to
from ivr.flow.visit_call import after_visit_call
from ivr.form_values import whole_number
from ivr.prompts import Line
from ivr.reply import Reply
from ivr.signature import refuse_unsigned
from ivr.turn import Turn
from ivr.twiml import say_lines
from ivr.twiml_gate import Context, demand_faultless
from ivr.voice import asked_turn, handle
from models import Visit
from operations.clients.services import Services
from operations.telephone.visit_calls import PARTY, VISIT, language_of, note_visit_call_over, other_party
from operations.versions.texts import prompts_at
from outbox.words import say_digits
from policies.visit_calls import VisitParty, read_result

TAKE_KEY = "1"
WHISPER_TIMEOUT_SECONDS = 8
visit_call = Blueprint("visit_call", __name__, url_prefix="/ivr/visit-call")
visit_call.before_request(refuse_unsigned)


@visit_call.post("/<int:visit_id>/<word>/whisper")
def whisper(visit_id: int, word: str) -> Response:
    """Tell the called side who it is and take their key: a machine presses none, and hears no more than that."""
    services = _services()
    with services.database.reading() as session:
        visit = session.get(Visit, visit_id)
        if visit is None or word not in set(VisitParty):
            return Response("no such visit\n", status=404, mimetype="text/plain")
        party = VisitParty(word)
        document = VoiceResponse()
        if request.form.get("Digits") == TAKE_KEY:
            # An empty document ends the whisper: the two are connected.
            return _answer(document)
        language = language_of(visit, other_party(party))
        number = say_digits(visit.request.number, language=language)
        gather = Gather(
            input="dtmf", num_digits=1, finish_on_key="", timeout=WHISPER_TIMEOUT_SECONDS,
            action=f"{services.house.public_base_url}/ivr/visit-call/{visit_id}/{party}/whisper",
        )  # fmt: skip
        say_lines(
            gather,
            (Line(f"visit_call_from_{party}", {"number": number}), Line("visit_call_take")),
            language,
            prompts_at(session, services.now()),
        )
        document.append(gather)
        document.hangup()
    return _answer(document)


@visit_call.post("/over")
def over() -> Response:
    """The talk is over, or nobody took it: who asked goes on with us."""
    return handle(f"visit_call:{asked_turn()}", _take_end)


def _take_end(turn: Turn) -> Reply:
    form = request.form
    result = read_result(form.get("DialCallStatus", ""), is_bridged=form.get("DialBridged") == "true")
    visit = turn.session.get(Visit, turn.recall(VISIT, 0))
    if visit is not None:
        note_visit_call_over(
            turn.session,
            call=turn.call,
            visit=visit,
            party=VisitParty(turn.recall(PARTY)),
            result=result,
            seconds=whole_number(form.get("DialCallDuration")) or 0,
            house=turn.house,
            now=turn.now,
        )
    return lead_to(turn, after_visit_call(turn, result))


def _answer(document: VoiceResponse) -> Response:
    text = str(document)
    demand_faultless(text, context=Context.WHISPER)
    return Response(text, mimetype="text/xml")


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
