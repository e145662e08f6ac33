"""The answer when everything else has failed: needs neither database nor planner (DESIGN rule 11).

Twilio asks `/ivr/fallback` when the hotline's own answer did not come. The caller hears both languages and leaves a
message; it is written to a spool file at once and becomes a request when the house is back
(`jobs/take_in_spool.py`). `create_fallback_app` serves it from a process of its own; the main app serves it too, for
the case that only one step fails.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request
from twilio.twiml.voice_response import VoiceResponse

from ivr.signature import refusal_of_unsigned
from ivr.voices import VOICES
from outbox.words import load_prompts
from policies.languages import Language

SPOOL_FILE = "voicemails.jsonl"
RECORD_LIMIT_SECONDS = 180
KEPT = ("CallSid", "From", "To", "RecordingSid", "RecordingUrl", "RecordingDuration", "ErrorCode", "ErrorUrl")


def open_fallback(
    *, public_base_url: str, auth_token: str, spool_folder: Path, now: Callable[[], datetime]
) -> Blueprint:
    """Return the blueprint with the two webhooks; it touches nothing but the spool folder."""
    fallback = Blueprint("fallback", __name__, url_prefix="/ivr/fallback")

    @fallback.before_request
    def refuse() -> Response | None:
        return refusal_of_unsigned(public_base_url=public_base_url, auth_token=auth_token)

    @fallback.post("")
    def apologise() -> Response:
        """Say sorry in both languages and listen."""
        current_app.logger.error("call %s fell back: %s", request.form.get("CallSid"), request.form.get("ErrorCode"))
        return Response(apology(public_base_url), mimetype="text/xml")

    @fallback.post("/voicemail")
    def keep() -> Response:
        """Write the message down before anything else, thank the caller, and end."""
        write_to_spool(spool_folder, {name: request.form.get(name, "") for name in KEPT}, now())
        document = VoiceResponse()
        _say_in_both(document, "trouble_thanks")
        document.hangup()
        return Response(str(document), mimetype="text/xml")

    return fallback


def create_fallback_app(
    *, public_base_url: str, auth_token: str, spool_folder: Path, now: Callable[[], datetime]
) -> Flask:
    """Return the app of a process that serves the fallback alone."""
    app = Flask("ivr_fallback")
    app.register_blueprint(
        open_fallback(public_base_url=public_base_url, auth_token=auth_token, spool_folder=spool_folder, now=now)
    )
    return app


def apology(public_base_url: str) -> str:
    """Return the TwiML that apologises in both languages and takes a message for the spool."""
    document = VoiceResponse()
    _say_in_both(document, "trouble")
    document.record(
        action=f"{public_base_url}/ivr/fallback/voicemail",
        max_length=RECORD_LIMIT_SECONDS,
        finish_on_key="#",
        play_beep=True,
    )
    return str(document)


def write_to_spool(folder: Path, fields: dict[str, str], now: datetime) -> None:
    """Append one message to the spool and wait until it is on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps({**fields, "kept_at": now.isoformat()}, ensure_ascii=False)
    while not _append(folder / SPOOL_FILE, line + "\n"):
        pass


def _append(path: Path, line: str) -> bool:
    """Append under the file's lock; False when the file was taken away between opening and locking it: try again."""
    with path.open("a", encoding="utf-8") as spool:
        fcntl.flock(spool, fcntl.LOCK_EX)
        if os.fstat(spool.fileno()).st_nlink == 0:
            return False
        spool.write(line)
        spool.flush()
        os.fsync(spool.fileno())
    return True


def _say_in_both(document: VoiceResponse, prompt: str) -> None:
    for language in Language:
        voice = VOICES[language]
        document.say(load_prompts(language)[prompt], voice=voice.name, language=voice.say_language)
