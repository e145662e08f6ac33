"""A reply as a TwiML document. Every URL is absolute and carries the turn, so a repeated webhook is recognised."""

from __future__ import annotations

from urllib.parse import urlencode

from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.prompts import Line
from ivr.reply import Reply, Then
from ivr.voices import VOICES
from policies.languages import Language

CHOICE_TIMEOUT_SECONDS = 6
ENTRY_TIMEOUT_SECONDS = 8
RECORD_LIMIT_SECONDS = 180


def render(
    reply: Reply, *, language: Language, public_base_url: str, node: str, turn: int, path: str | None = None
) -> str:
    """Return the TwiML document of a reply; the caller's next key comes back to `node`, or to `path`, with `turn`."""
    document = VoiceResponse()
    action = f"{public_base_url}{path or f'/ivr/step/{node}'}?{urlencode({'turn': turn})}"
    lines = (*reply.before, *reply.lines)
    if reply.then is Then.CHOICE:
        # An empty finishOnKey makes * and # ordinary keys, so that * can mean "back".
        gather = Gather(
            input="dtmf",
            action=action,
            num_digits=1,
            finish_on_key="",
            timeout=CHOICE_TIMEOUT_SECONDS,
            action_on_empty_result=True,
        )
        _say(gather, lines, language)
        document.append(gather)
    elif reply.then is Then.ENTRY:
        gather = Gather(
            input="dtmf",
            action=action,
            finish_on_key="#",
            timeout=ENTRY_TIMEOUT_SECONDS,
            action_on_empty_result=True,
        )
        _say(gather, lines, language)
        document.append(gather)
        # The hash key before any digit makes no request at all: Twilio falls through to here.
        document.redirect(action)
    else:
        _say(document, lines, language)
        _finish(document, reply, public_base_url, turn)
    return str(document)


def _finish(document: VoiceResponse, reply: Reply, public_base_url: str, turn: int) -> None:
    if reply.then is Then.RECORD:
        _record(document, public_base_url, turn)
    else:
        document.hangup()


def _record(document: VoiceResponse, public_base_url: str, turn: int) -> None:
    document.record(
        action=f"{public_base_url}/ivr/voicemail?{urlencode({'turn': turn})}",
        max_length=RECORD_LIMIT_SECONDS,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=f"{public_base_url}/ivr/recording-status",
        recording_status_callback_event="completed absent",
    )


def _say(document: VoiceResponse | Gather, lines: tuple[Line, ...], language: Language) -> None:
    for line in lines:
        voice = VOICES[language.other if line.in_other_language else language]
        document.say(line.text(language), voice=voice.name, language=voice.say_language)
