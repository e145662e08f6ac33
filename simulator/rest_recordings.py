"""Recordings in the REST stand-in: started, paused, listed, heard and erased."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from simulator.exchange import API_VERSION, Exchange
from simulator.recordings import Recording
from simulator.rest_requests import RestRefusal, answer_page, this_exchange

recordings = Blueprint("recordings", __name__)


@recordings.get("/Recordings.json")
def list_recordings() -> Response:
    """List all recordings, or those of one call, newest first."""
    return _answer_list(request.args.get("CallSid"))


@recordings.get("/Calls/<call_sid>/Recordings.json")
def list_recordings_of_call(call_sid: str) -> Response:
    """List the recordings of a call, newest first."""
    return _answer_list(call_sid)


@recordings.get("/Recordings/<sid>.json")
def show_recording(sid: str) -> Response:
    """Say what is known of a recording."""
    exchange = this_exchange()
    recording = exchange.recordings.get(sid) or abort(HTTPStatus.NOT_FOUND)
    return jsonify(_recording_as_json(exchange, recording))


@recordings.post("/Calls/<call_sid>/Recordings.json")
def start_recording(call_sid: str) -> tuple[Response, int]:
    """Record a call that is going on."""
    exchange = this_exchange()
    call = exchange.calls.get(call_sid)
    if call is None:
        abort(HTTPStatus.NOT_FOUND)
    if call.is_over:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 21220, "Requested resource is not eligible for recording")
    recording = Recording(exchange.sids.new("RE"), call_sid, seconds=1, words="")
    exchange.recordings[recording.sid] = recording
    exchange.recording_states[recording.sid] = "in-progress"
    return jsonify(_recording_as_json(exchange, recording)), HTTPStatus.CREATED


@recordings.post("/Calls/<call_sid>/Recordings/<sid>.json")
def change_recording(call_sid: str, sid: str) -> Response:
    """Pause, resume or stop a recording."""
    exchange, status = this_exchange(), request.form.get("Status", "")
    recording = exchange.recordings.get(sid)
    if recording is None or recording.call_sid != call_sid or exchange.recording_states.get(sid) == "stopped":
        abort(HTTPStatus.NOT_FOUND)
    if status not in {"in-progress", "paused", "stopped"}:
        raise RestRefusal(HTTPStatus.BAD_REQUEST, 20001, f"Invalid Status {status!r}")
    exchange.recording_states[sid] = status
    return jsonify(_recording_as_json(exchange, recording))


@recordings.delete("/Recordings/<sid>.json")
def erase_recording(sid: str) -> tuple[str, int]:
    """Erase a recording for good."""
    if this_exchange().recordings.pop(sid, None) is None:
        abort(HTTPStatus.NOT_FOUND)
    return "", HTTPStatus.NO_CONTENT


def _answer_list(call_sid: str | None) -> Response:
    exchange = this_exchange()
    found = [one for one in reversed(exchange.recordings.values()) if call_sid in {None, one.call_sid}]
    return answer_page("recordings", [_recording_as_json(exchange, one) for one in found])


def _recording_as_json(exchange: Exchange, recording: Recording) -> dict[str, Any]:
    account = f"/{API_VERSION}/Accounts/{exchange.account_sid}"
    was_started = recording.sid in exchange.recording_states
    return {
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "channels": 1,
        "date_created": exchange.timestamp(),
        "date_updated": exchange.timestamp(),
        "start_time": exchange.timestamp(),
        "duration": "-1" if was_started else str(recording.seconds),
        "encryption_details": None,
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "sid": recording.sid,
        "source": "StartCallRecordingAPI" if was_started else "RecordVerb",
        "status": exchange.recording_states.get(recording.sid, "completed"),
        "track": "both",
        "uri": f"{account}/Calls/{recording.call_sid}/Recordings/{recording.sid}.json",
    }


@recordings.get("/Recordings/<sid>")
@recordings.get("/Recordings/<sid>.wav")
def play_recording(sid: str) -> Response:
    """Return a recording's sound; without a suffix it is a WAV too."""
    recording = this_exchange().recordings.get(sid)
    if recording is None:
        abort(HTTPStatus.NOT_FOUND)
    return Response(recording.as_wav(), mimetype="audio/x-wav")
