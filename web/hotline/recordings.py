"""Hear a recording, and record a conversation: start, pause for card and identity numbers, resume (H14)."""

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from models import Call, Recording
from operations.clients.recording_store import RecordingUnavailable
from operations.telephone.recordings import (
    NoConsent,
    find_running_recording,
    may_record,
    note_listened,
    note_paused,
    note_resumed,
    note_started,
)
from web.foundation.access import HELPERS, for_roles
from web.foundation.services import now, services
from web.layout.errors import error_page
from web.wording.sentences import say

recordings = Blueprint("recordings", __name__, url_prefix="/calls")


@recordings.get("/<int:call_id>/recordings/<int:recording_id>.wav")
@for_roles(HELPERS)
def hear(call_id: int, recording_id: int) -> ResponseReturnValue:
    """The sound of a recording. Who hears it is written down before it is fetched."""
    with services().database.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None or recording.call_id != call_id or not recording.is_ready or not recording.recording_sid:
            abort(404)
        if recording.erased_at is not None:
            abort(410)
        note_listened(session, recording=recording, by=current_user.name, now=now())
        recording_sid = recording.recording_sid
    try:
        sound = services().recordings.fetch(recording_sid=recording_sid)
    except RecordingUnavailable:
        return error_page(503, "recording")
    response = Response(sound, mimetype="audio/wav")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@recordings.post("/<int:call_id>/recording")
@for_roles(HELPERS)
def control(call_id: int) -> ResponseReturnValue:
    """Start, pause or resume: asked of Twilio with no transaction open, written down when it has happened."""
    try:
        _control(call_id, request.form.get("do", ""))
    except NoConsent:
        flash(say("recording.no_consent"), "refused")
    except RecordingUnavailable:
        flash(say("recording.unavailable"), "refused")
    if request.form.get("page") == "agent":
        return redirect(url_for("web.agents.show"))
    return redirect(url_for("web.calls.show_one", call_id=call_id))


def _control(call_id: int, do: str) -> None:
    with services().database.reading() as session:
        call = session.get(Call, call_id) or abort(404)
        if not may_record(call):
            raise NoConsent(call.call_sid)
        running = find_running_recording(session, call=call)
        call_sid, recording_sid = call.call_sid, running.recording_sid if running else None
        is_paused = running is not None and running.paused_at is not None
    store = services().recordings
    if do == "start" and recording_sid is None:
        recording_sid = store.start(call_sid=call_sid)
    elif do == "pause" and recording_sid is not None:
        # Paused already: it only lasts longer.
        if not is_paused:
            store.pause(call_sid=call_sid, recording_sid=recording_sid)
    elif do == "resume" and recording_sid is not None:
        store.resume(call_sid=call_sid, recording_sid=recording_sid)
    else:
        return
    _write_down(call_id, do, recording_sid)


def _write_down(call_id: int, do: str, recording_sid: str) -> None:
    with services().database.writing() as session:
        call = session.get_one(Call, call_id, with_for_update=True)
        if do == "start":
            note_started(session, call=call, recording_sid=recording_sid, by=current_user.name, now=now())
            return
        running = find_running_recording(session, call=call)
        if running is None:
            return
        note = note_paused if do == "pause" else note_resumed
        note(session, call=call, recording=running, by=current_user.name, now=now())
