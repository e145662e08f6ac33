"""What becomes of a spoken message: it goes to whatever the caller was asked to speak about (H3, H7, H8)."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.flow.message import say_call_back_promised, say_complaint_recorded
from ivr.turn import Turn
from operations.telephone.calls import log_step, note_outcome
from operations.telephone.voicemails import keep_recording, take_voicemail
from outbox.words import say_digits
from policies.call_states import CallOutcome


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording as Twilio's action names it; it may not be ready yet."""

    recording_sid: str | None
    url: str | None
    duration_seconds: int | None


def take_message(turn: Turn, spoken: Spoken) -> None:
    """Keep the recording, and say first what comes of it."""
    message_for = turn.recall("message_for")
    if message_for == "complaint":
        _keep(turn, spoken)
        say_complaint_recorded(turn)
    elif message_for == "call_back":
        _keep(turn, spoken)
        say_call_back_promised(turn)
    else:
        _take_request(turn, spoken)


def _keep(turn: Turn, spoken: Spoken) -> None:
    keep_recording(
        turn.session,
        call=turn.call,
        recording_sid=spoken.recording_sid,
        url=spoken.url,
        duration_seconds=spoken.duration_seconds,
        now=turn.now,
    )
    facts = {"seconds": spoken.duration_seconds}
    log_step(turn.session, call=turn.call, kind="voicemail", now=turn.now, facts=facts)


def _take_request(turn: Turn, spoken: Spoken) -> None:
    request = take_voicemail(
        turn.session,
        call=turn.call,
        recording_sid=spoken.recording_sid,
        url=spoken.url,
        duration_seconds=spoken.duration_seconds,
        house=turn.house,
        now=turn.now,
    )
    note_outcome(turn.call, CallOutcome.VOICEMAIL)
    number = say_digits(request.number, language=turn.language)
    turn.say_first("voicemail_done", number=number, minutes=turn.figures.voicemail_callback_minutes)
