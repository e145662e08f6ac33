"""What becomes of a spoken message: it goes to whatever the caller was asked to speak about (H3, H8)."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.turn import Turn
from operations.calls import note_outcome
from operations.voicemails import take_voicemail
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
    turn.say_first(
        "voicemail_done",
        number=say_digits(request.number, language=turn.language),
        minutes=turn.figures.voicemail_callback_minutes,
    )
