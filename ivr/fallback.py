"""The answer when everything else has failed: needs neither database nor planner (DESIGN rule 11).

Twilio asks `/ivr/fallback` when the hotline's own answer did not come. The caller hears both languages and leaves a
message, or presses a key and is called back without one; whoever just hangs up is called back too, for so it was said.
Each is written to a spool file at once and taken in when the house is back (`jobs/take_in_spool.py`).
Whom we called ourselves hears a sentence and no more: what the call was for is not done, so the clock goes on with it.
`create_fallback_app` serves it from a process of its own; the main app serves it too, for the case that only one step
fails.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.signature import refusal_of_unsigned
from ivr.voices import VOICES
from outbox.words import load_prompts
from policies.languages import Language
from policies.phone_numbers import dialable_number
from policies.spool import Spooled

SPOOL_FILE = "voicemails.jsonl"
RECORD_LIMIT_SECONDS = 180
BEFORE_THE_TONE_SECONDS = 1
NO_MESSAGE_KEY = "1"
KEPT = (
    "CallSid", "From", "To", "RecordingSid", "RecordingUrl", "RecordingDuration", "RecordingStatus",
    "ErrorCode", "ErrorUrl",
)  # fmt: skip


def open_fallback(
    *, public_base_url: str, auth_token: str, spool_folder: Path, now: Callable[[], datetime]
) -> Blueprint:
    """Return the blueprint with the webhooks; it touches nothing but the spool folder."""
    fallback = Blueprint("fallback", __name__, url_prefix="/ivr/fallback")

    @fallback.before_request
    def refuse() -> Response | None:
        return refusal_of_unsigned(public_base_url=public_base_url, auth_token=auth_token)

    @fallback.post("")
    def apologise() -> Response:
        """Say sorry in both languages and listen."""
        current_app.logger.error("call %s fell back: %s", request.form.get("CallSid"), request.form.get("ErrorCode"))
        return _xml(apologise_to(request.form, public_base_url=public_base_url, spool_folder=spool_folder, now=now()))

    @fallback.post("/outgoing")
    def end_outgoing() -> Response:
        """A call of ours found nothing to say."""
        current_app.logger.error("call %s fell back: %s", request.form.get("CallSid"), request.form.get("ErrorCode"))
        return _xml(end_with_apology())

    @fallback.post("/key")
    def take_key() -> Response:
        """One key means no message; every other leads to the tone at once."""
        if request.form.get("Digits", "") != NO_MESSAGE_KEY:
            document = VoiceResponse()
            _listen(document, public_base_url)
            return _xml(str(document))
        return _xml(_goodbye("trouble_noted" if _keep(Spooled.NO_MESSAGE) else "trouble_not_kept"))

    @fallback.post("/voicemail")
    def keep() -> Response:
        """Write the message down before anything else, thank the caller, and end."""
        return _xml(_goodbye("trouble_thanks" if _keep(Spooled.MESSAGE) else "trouble_not_kept"))

    @fallback.post("/recording-status")
    def note_recording() -> Response:
        """Twilio says that a message can be heard, or that there is none."""
        return Response(status=204 if _keep(Spooled.RECORDING) else 503)

    def _keep(what: Spooled) -> bool:
        return keep_in_spool(spool_folder, what, request.form, now())

    return fallback


def _xml(document: str) -> Response:
    return Response(document, mimetype="text/xml")


def create_fallback_app(
    *, public_base_url: str, auth_token: str, spool_folder: Path, now: Callable[[], datetime]
) -> Flask:
    """Return the app of a process that serves the fallback alone."""
    app = Flask("ivr_fallback")
    app.register_blueprint(
        open_fallback(public_base_url=public_base_url, auth_token=auth_token, spool_folder=spool_folder, now=now)
    )
    return app


def apologise_to(fields: Mapping[str, str], *, public_base_url: str, spool_folder: Path, now: datetime) -> str:
    """Write down who was told that we call back, and return the apology."""
    keep_in_spool(spool_folder, Spooled.APOLOGY, fields, now)
    return apology(public_base_url, can_be_called=dialable_number(fields.get("From", "")) is not None)


def end_with_apology() -> str:
    """Return the TwiML that ends a call of ours which has nothing to say."""
    return _goodbye("trouble_ends_call")


def apology(public_base_url: str, *, can_be_called: bool = True) -> str:
    """Return the TwiML that apologises in both languages and takes a message for the spool.

    Whoever can be called back need not speak; whose number we cannot see is asked to say one.
    """
    document = VoiceResponse()
    if can_be_called:
        gather = Gather(
            input="dtmf",
            action=f"{public_base_url}/ivr/fallback/key",
            num_digits=1,
            finish_on_key="",
            timeout=BEFORE_THE_TONE_SECONDS,
        )
        _say_in_both(gather, "trouble", "no_message", key=NO_MESSAGE_KEY)
        document.append(gather)
    else:
        _say_in_both(document, "trouble", "say_your_number")
    _listen(document, public_base_url)
    return str(document)


def _listen(document: VoiceResponse, public_base_url: str) -> None:
    document.record(
        action=f"{public_base_url}/ivr/fallback/voicemail",
        max_length=RECORD_LIMIT_SECONDS,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=f"{public_base_url}/ivr/fallback/recording-status",
        recording_status_callback_event="completed absent",
    )


def _goodbye(prompt: str) -> str:
    document = VoiceResponse()
    _say_in_both(document, prompt)
    document.hangup()
    return str(document)


def keep_in_spool(folder: Path, what: Spooled, fields: Mapping[str, str], now: datetime) -> bool:
    """Write one line to the spool; False when it cannot be kept, as on a full disk, and the caller is answered still.

    The log then names the call and its recording, by which Twilio still has both.
    """
    try:
        write_to_spool(folder, what, fields, now)
    except OSError:
        sids = fields.get("CallSid"), fields.get("RecordingSid")
        current_app.logger.exception("%s of call %s, recording %s, is in no spool", what, *sids)
        return False
    return True


def write_to_spool(folder: Path, what: Spooled, fields: Mapping[str, str], now: datetime) -> None:
    """Append one line to the spool and wait until it is on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: fields.get(name, "") for name in KEPT}
    line = json.dumps({"what": what, **kept, "kept_at": now.isoformat()}, ensure_ascii=False)
    while not _append(folder / SPOOL_FILE, f"{line}\n".encode()):
        pass


def _append(path: Path, line: bytes) -> bool:
    """Append under the file's lock; False when the file was taken away between opening and locking it: try again.

    The whole line or nothing: half a line would keep all the others from being taken in.
    """
    with path.open("ab", buffering=0) as spool:
        fcntl.flock(spool, fcntl.LOCK_EX)
        before = os.fstat(spool.fileno())
        if before.st_nlink == 0:
            return False
        try:
            while line:
                line = line[spool.write(line) :]
            os.fsync(spool.fileno())
        except OSError:
            spool.truncate(before.st_size)
            raise
    return True


def _say_in_both(document: VoiceResponse | Gather, *prompts: str, **values: str) -> None:
    for language in Language:
        voice = VOICES[language]
        for prompt in prompts:
            words = load_prompts(language)[prompt].format(**values)
            document.say(words, voice=voice.name, language=voice.say_language)
