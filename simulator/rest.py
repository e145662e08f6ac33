"""A stand-in for Twilio's REST interface, with Twilio's answers and Twilio's errors: messages and calls here."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, make_response, request

from simulator.answering import cancel_call, place_call
from simulator.exchange import API_VERSION, Exchange
from simulator.messages import MessageRefused, Sms
from simulator.outgoing import OutgoingCall
from simulator.rest_conferences import conferences
from simulator.rest_faults import RestFault
from simulator.rest_json import call_as_json, message_as_json, read_instant
from simulator.rest_queues import queues
from simulator.rest_recordings import recordings
from simulator.rest_requests import RestRefusal, answer_page, this_exchange

# The app waits for its client to give up, which clients do long before this.
_HANG_SECONDS = 30.0
_routes = Blueprint("rest", __name__, url_prefix=f"/{API_VERSION}/Accounts/<account_sid>")
for _part in (queues, conferences, recordings):
    _routes.register_blueprint(_part)


def create_rest_app(exchange: Exchange, *, sleep: Callable[[float], None] = time.sleep) -> Flask:
    """Return a WSGI application to put behind TWILIO_API_BASE_URL.

    It takes the exchange's account SID and auth token by Basic auth. `exchange.rest_faults` holds what goes wrong with
    the next requests that would change something. `sleep` is how it does not answer.
    """
    app = Flask(__name__, static_folder=None)
    # What this stand-in does not expect is a fault of its own and shall be seen.
    app.config.update(EXCHANGE=exchange, SLEEP=sleep, PROPAGATE_EXCEPTIONS=True)
    app.register_blueprint(_routes)
    app.register_error_handler(RestRefusal, _answer_refusal)
    app.register_error_handler(MessageRefused, _answer_message_refusal)
    app.register_error_handler(HTTPStatus.NOT_FOUND, _answer_not_found)
    return app


def _answer_error(status: HTTPStatus, code: int, message: str) -> Response:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return make_response(jsonify(code=code, message=message, more_info=more_info, status=int(status)), status)


def _answer_refusal(refusal: RestRefusal) -> Response:
    return _answer_error(refusal.status, refusal.code, str(refusal))


def _answer_message_refusal(refusal: MessageRefused) -> Response:
    return _answer_error(HTTPStatus.BAD_REQUEST, refusal.code, str(refusal))


def _answer_not_found(_error: Exception) -> Response:
    return _answer_error(HTTPStatus.NOT_FOUND, 20404, f"The requested resource {request.path} was not found")


@_routes.before_request
def _check_account() -> None:
    exchange, given = this_exchange(), request.authorization
    known = (exchange.account_sid, exchange.auth_token)
    if given is None or (given.username, given.password) != known:
        raise RestRefusal(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
    if (request.view_args or {}).pop("account_sid", None) != exchange.account_sid:
        abort(HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        _suffer(RestFault.TOO_MANY_REQUESTS, RestFault.UNAVAILABLE)


def _suffer(*faults: RestFault) -> None:
    """Let the next planned fault happen if it is one of these."""
    planned = this_exchange().rest_faults
    if not planned or planned[0] not in faults:
        return
    fault = planned.pop(0)
    if fault is RestFault.TOO_MANY_REQUESTS:
        raise RestRefusal(HTTPStatus.TOO_MANY_REQUESTS, 20429, "Too Many Requests")
    if fault is RestFault.UNAVAILABLE:
        raise RestRefusal(HTTPStatus.SERVICE_UNAVAILABLE, 20503, "Service unavailable, please try again")
    if fault is RestFault.SILENT_AFTER_ACCEPTING:
        current_app.config["SLEEP"](_HANG_SECONDS)
    raise RestRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, 20500, "An internal server error has occurred")


@_routes.post("/Messages.json")
def send_message() -> tuple[Response, int]:
    """Accept a message; its delivery is told by callbacks later."""
    exchange, form = this_exchange(), request.form
    service_sid, to_number, body = form.get("MessagingServiceSid", ""), form.get("To", ""), form.get("Body", "")
    service = exchange.messaging_services.get(service_sid)
    if service_sid and service is None:
        raise MessageRefused(21701, "The Messaging Service does not exist")
    from_number = form.get("From", "") or (service.number if service is not None else "")
    exchange.messages.check(from_number=from_number, to_number=to_number, body=body)
    if from_number not in exchange.hotlines:
        raise MessageRefused(21606, f"The 'From' phone number {from_number} is not a valid number of this account.")
    sms = Sms(
        sid=exchange.sids.new("SM"),
        from_number=from_number,
        to_number=to_number,
        body=body,
        direction="outbound-api",
        sent_at=exchange.clock.now(),
        status="accepted" if service_sid else "queued",
        status_callback=form.get("StatusCallback", ""),
        messaging_service_sid=service_sid,
    )
    accepted = exchange.send_sms(sms)
    _suffer(RestFault.SILENT_AFTER_ACCEPTING, RestFault.ERROR_AFTER_ACCEPTING)
    return jsonify(message_as_json(accepted, exchange.account_sid)), HTTPStatus.CREATED


@_routes.get("/Messages.json")
def list_messages() -> Response:
    """List messages, newest first, by To, From and the instant or day they were sent."""
    exchange, wanted = this_exchange(), request.args
    found = [
        sms
        for sms in reversed(exchange.messages.messages)
        if wanted.get("To") in {None, sms.to_number}
        and wanted.get("From") in {None, sms.from_number}
        and _is_sent_then(sms, wanted)
    ]
    rows = [message_as_json(sms, exchange.account_sid) for sms in found]
    return answer_page("messages", rows)


def _is_sent_then(sms: Sms, wanted: dict[str, str]) -> bool:
    on, until, since = wanted.get("DateSent"), wanted.get("DateSent<"), wanted.get("DateSent>")
    return (
        (on is None or sms.sent_at.date() == read_instant(on).date())
        and (until is None or sms.sent_at <= read_instant(until))
        and (since is None or sms.sent_at >= read_instant(since))
    )


@_routes.get("/Messages/<sid>.json")
def show_message(sid: str) -> Response:
    exchange = this_exchange()
    sms = next((one for one in exchange.messages.messages if one.sid == sid), None)
    return jsonify(message_as_json(sms, exchange.account_sid) if sms else abort(HTTPStatus.NOT_FOUND))


@_routes.post("/Calls.json")
def make_call() -> tuple[Response, int]:
    """Let a phone ring."""
    exchange, form = this_exchange(), request.form
    if not form.get("To") or not form.get("From"):
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 21201 if not form.get("To") else 21213, "To and From are required")
    if not form.get("Url") and not form.get("Twiml"):
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 21205, "Url parameter is required.")
    if form["From"] not in exchange.hotlines:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 21210, f"{form['From']} is not a number of this account")
    outgoing = OutgoingCall(
        sid=exchange.sids.new("CA"),
        from_number=form["From"],
        to_number=form["To"],
        url=form.get("Url", ""),
        method=form.get("Method", "POST"),
        inline_twiml=form.get("Twiml", ""),
        fallback_url=form.get("FallbackUrl", ""),
        status_callback=form.get("StatusCallback", ""),
        status_callback_method=form.get("StatusCallbackMethod", "POST"),
        # Repeated, never joined by spaces: Twilio takes a joined list for one unknown event.
        status_events=tuple(form.getlist("StatusCallbackEvent")) or ("completed",),
        machine_detection=form.get("MachineDetection", ""),
        async_detection_callback=_read_async_callback(form),
        timeout_seconds=int(form.get("Timeout", "60")),
        started_at=exchange.clock.now(),
    )
    place_call(exchange, outgoing)
    _suffer(RestFault.SILENT_AFTER_ACCEPTING, RestFault.ERROR_AFTER_ACCEPTING)
    return jsonify(call_as_json(exchange, outgoing.sid)), HTTPStatus.CREATED


def _read_async_callback(form: dict[str, str]) -> str:
    """Return where detection tells its result later; without detection there is none to tell."""
    is_async = form.get("AsyncAmd") == "true" and form.get("MachineDetection", "") != ""
    return form.get("AsyncAmdStatusCallback", "") if is_async else ""


@_routes.get("/Calls.json")
def list_calls() -> Response:
    """List the calls the app made, newest first, by To, From and when they started."""
    exchange, wanted = this_exchange(), request.args
    since = wanted.get("StartTime>")
    found = [
        call
        for call in reversed(exchange.outgoing)
        if wanted.get("To") in {None, call.to_number}
        and wanted.get("From") in {None, call.from_number}
        and (since is None or call.started_at >= read_instant(since))
    ]
    rows = [call_as_json(exchange, call.sid) for call in found]
    return answer_page("calls", rows)


@_routes.get("/Calls/<sid>.json")
def show_call(sid: str) -> Response:
    return jsonify(call_as_json(this_exchange(), sid) or abort(HTTPStatus.NOT_FOUND))


@_routes.post("/Calls/<sid>.json")
def change_call(sid: str) -> Response:
    """End a live call, or send it to another document."""
    exchange, form = this_exchange(), request.form
    call, ringing = exchange.calls.get(sid), next((one for one in exchange.outgoing if one.sid == sid), None)
    if call is None and ringing is None:
        abort(HTTPStatus.NOT_FOUND)
    if call is None and ringing is not None and ringing.is_ringing and form.get("Status") in {"completed", "canceled"}:
        cancel_call(exchange, ringing)
        return jsonify(call_as_json(exchange, sid))
    if call is None or call.is_over:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 21220, "Call is not in-progress. Cannot redirect.")
    if form.get("Status") == "completed":
        call.is_ended_by_rest()
    elif form.get("Url"):
        call.is_moved_to(form["Url"])
    return jsonify(call_as_json(exchange, sid))
