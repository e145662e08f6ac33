"""A reply as a TwiML document. Every URL is absolute and carries the turn, so a repeated webhook is recognised."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from twilio.twiml.voice_response import Dial, Gather, Say, VoiceResponse

from ivr.prompts import Line, Prompts
from ivr.reply import Reply, Then
from ivr.voices import VOICES
from policies.languages import Language

CHOICE_TIMEOUT_SECONDS = 6
ENTRY_TIMEOUT_SECONDS = 8
RECORD_LIMIT_SECONDS = 180
BEFORE_THE_TONE_SECONDS = 1
HOLD_MUSIC = "/sound/hold.wav"
HOLD_ROUNDS = 10
CONNECT_RING_SECONDS = 25
CONNECT_LIMIT_SECONDS = 1800
SPEECH_TIMEOUT_SECONDS = 2
"""How long a pause ends what is said. Twilio asks for a whole number wherever a speech model could be set (13335)."""
DICTATED_RATE = "85%"


def render(
    reply: Reply,
    *,
    language: Language,
    prompts: Prompts,
    public_base_url: str,
    node: str,
    turn: int,
    path: str | None = None,
    hints: str = "",
    own_number: str = "",
) -> str:
    """Return the TwiML document of a reply; the caller's next key comes back to `node`, or to `path`, with `turn`.

    With `hints` speech is listened for too. `own_number` is the hotline's, which whoever is connected sees.
    """
    document = VoiceResponse()
    action = f"{public_base_url}{path or reply.onward or f'/ivr/step/{node}'}?{urlencode({'turn': turn})}"
    lines = (*reply.before, *reply.lines)
    if reply.then is Then.CHOICE:
        # An empty finishOnKey makes * and # ordinary keys, so that * can mean "back".
        gather = Gather(
            **_means(language, hints),
            action=action,
            num_digits=1,
            finish_on_key="",
            timeout=CHOICE_TIMEOUT_SECONDS,
            action_on_empty_result=True,
        )
        say_lines(gather, lines, language, prompts)
        document.append(gather)
    elif reply.then is Then.ENTRY:
        gather = Gather(
            **_means(language, hints),
            action=action,
            finish_on_key="#",
            timeout=ENTRY_TIMEOUT_SECONDS,
            action_on_empty_result=True,
        )
        say_lines(gather, lines, language, prompts)
        document.append(gather)
        # The hash key before any digit makes no request at all: Twilio falls through to here.
        document.redirect(action)
    elif reply.then is Then.RECORD:
        # Silence, or the hash key before the end of the sentence, falls through to the tone.
        gather = Gather(input="dtmf", action=action, num_digits=1, timeout=BEFORE_THE_TONE_SECONDS)
        say_lines(gather, lines, language, prompts)
        document.append(gather)
        _record(document, public_base_url, turn)
    else:
        say_lines(document, lines, language, prompts)
        _finish(document, reply, public_base_url, action, own_number)
    return str(document)


def _finish(document: VoiceResponse, reply: Reply, public_base_url: str, action: str, own_number: str) -> None:
    match reply.then:
        case Then.WAIT:
            wait_url = action.replace("/next?", "/wait?")
            document.enqueue(reply.place, action=action, wait_url=wait_url)
        case Then.JOIN:
            enter_room(document, reply.place, action=action, public_base_url=public_base_url, is_agent=reply.is_agent)
        case Then.CONNECT:
            _connect(document, reply, action, public_base_url=public_base_url, own_number=own_number)
        case Then.LEAD:
            document.redirect(f"{public_base_url}{reply.onward}")
        case Then.HOLD:
            play_hold_music(document, action, public_base_url=public_base_url)
        case _:
            document.hangup()


def _connect(document: VoiceResponse, reply: Reply, action: str, *, public_base_url: str, own_number: str) -> None:
    """Ring the other side; it sees our number, and hears who it is before it is connected."""
    dial = Dial(action=action, caller_id=own_number, timeout=CONNECT_RING_SECONDS, time_limit=CONNECT_LIMIT_SECONDS)
    dial.number(reply.place, url=f"{public_base_url}{reply.whisper}")
    document.append(dial)


def play_hold_music(document: VoiceResponse, action: str, *, public_base_url: str) -> None:
    """Play music for some minutes; then the leg asks by itself where it belongs."""
    document.play(f"{public_base_url}{HOLD_MUSIC}", loop=HOLD_ROUNDS)
    document.redirect(action)


def enter_room(document: VoiceResponse, room: str, *, action: str, public_base_url: str, is_agent: bool) -> None:
    """Put the leg into a room; with an agent's leg the room ends, and everybody asks where they belong now."""
    dial = Dial(action=action)
    dial.conference(
        room,
        beep=False,
        start_conference_on_enter=True,
        end_conference_on_exit=is_agent,
        wait_url=f"{public_base_url}/ivr/person/music",
    )
    document.append(dial)


def _record(document: VoiceResponse, public_base_url: str, turn: int) -> None:
    document.record(
        action=f"{public_base_url}/ivr/voicemail?{urlencode({'turn': turn})}",
        max_length=RECORD_LIMIT_SECONDS,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=f"{public_base_url}/ivr/recording-status",
        recording_status_callback_event="completed absent",
    )


def _means(language: Language, hints: str) -> dict[str, Any]:
    """Keys always; speech is a comfort, heard in the language's own tag, with the words that are expected here."""
    if not hints:
        return {"input": "dtmf"}
    spoken = VOICES[language].gather_language
    return {"input": "dtmf speech", "language": spoken, "hints": hints, "speech_timeout": SPEECH_TIMEOUT_SECONDS}


def say_lines(document: VoiceResponse | Gather, lines: tuple[Line, ...], language: Language, prompts: Prompts) -> None:
    """Add sentences to a document or to a prompt, each in the voice of its language."""
    for line in lines:
        document.append(_Spoken(line, language, prompts))


class _Spoken(Say):
    """A Say whose dictated numbers are spoken slowly; Twilio's own class cannot put text after an element.

    `say-as digits` would read a whole number without the pauses people write it down in.
    """

    def __init__(self, line: Line, language: Language, prompts: Prompts) -> None:
        voice = VOICES[language.other if line.in_other_language else language]
        super().__init__(voice=voice.name, language=voice.say_language)
        self.name = "Say"
        self._parts = line.parts(language, prompts)

    def xml(self) -> ET.Element:
        """Return the element with its text and the slow parts between."""
        element: ET.Element = super().xml()
        for text, is_dictated in self._parts:
            if is_dictated:
                ET.SubElement(element, "prosody", rate=DICTATED_RATE).text = text
            elif len(element):
                element[-1].tail = (element[-1].tail or "") + text
            else:
                element.text = (element.text or "") + text
        return element
