"""Record: the caller speaks, the exchange keeps it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from simulator.findings import TwimlRefused
from simulator.line import Line
from simulator.recordings import Recording
from simulator.spans import (
    Doing,
    Elapsed,
    Event,
    Fetch,
    HungUp,
    Interruption,
    Key,
    Means,
    Moved,
    Span,
    Spoken,
    Steps,
    Taken,
)

_BEEP_SECONDS = 0.5
_BOTH = frozenset({Means.KEYS, Means.SPEECH})


@dataclass
class _Tape:
    """What is on the tape so far, and what stopped it: a key, `hangup`, or nothing for silence and full length."""

    seconds: float = 0
    words: str = ""
    ended_by: str = ""
    interruption: Interruption | None = None


def record(verb: Element, line: Line) -> Steps:
    """Record until silence, a finishing key, the greatest length or the end of the call; then ask for the action."""
    longest = int(verb.get("maxLength", "3600"))
    if not 2 <= longest <= 14_400:  # noqa: PLR2004 - Twilio's limits
        raise TwimlRefused(13612, f'maxLength="{longest}"')
    if "action" not in verb.attrib:
        line.source.refuse(0, "a Record without an action asks for its own document again")
    if verb.get("playBeep", "true") == "true":
        event = yield Span(Doing.PLAYING, _BEEP_SECONDS, "[beep]")
        while not isinstance(event, Elapsed):
            if isinstance(event, HungUp | Moved | Taken):
                return event
            event = yield Span(Doing.PLAYING, line.left_seconds)
    tape = yield from _roll(line, longest, int(verb.get("timeout", "5")), verb.get("finishOnKey", "1234567890*#"))
    return _hand_over(verb, line, tape)


def _roll(line: Line, longest: int, silence_seconds: int, finish_keys: str) -> Generator[Span, Event, _Tape]:
    tape = _Tape()
    while tape.seconds < longest:
        left = longest - tape.seconds
        event = yield Span(Doing.RECORDING, min(silence_seconds or left, left), accepts=_BOTH, rests=not tape.words)
        match event:
            case Spoken(words=words, seconds=seconds):
                tape.words = f"{tape.words} {words}".strip()
                event = yield Span(Doing.RECORDING, min(seconds, left), accepts=frozenset({Means.KEYS}))
                tape.seconds += line.passed_seconds
            case Elapsed():
                break
        match event:
            case Key(symbol=symbol) if symbol in finish_keys:
                tape.ended_by = symbol
                break
            case HungUp() | Moved() | Taken():
                tape.ended_by, tape.interruption = "hangup", event
                break
    return tape


def _hand_over(verb: Element, line: Line, tape: _Tape) -> Fetch | Interruption:
    exchange = line.exchange
    # Silent recordings are saved too; none is shorter than a second.
    recording = Recording(exchange.sids.new("RE"), line.sid, max(1, round(tape.seconds)), tape.words)
    exchange.recordings[recording.sid] = recording
    account = f"{exchange.api_base_url}/2010-04-01/Accounts/{exchange.account_sid}"
    url = f"{account}/Recordings/{recording.sid}"
    fields = {"RecordingUrl": url, "RecordingSid": recording.sid, "RecordingDuration": str(recording.seconds)}
    _tell_status(verb, line, fields)
    result = Fetch(
        verb.get("action") or line.source.url,
        verb.get("method", "POST"),
        fields | ({"Digits": tape.ended_by} if tape.ended_by else {}),
    )
    if tape.interruption is None:
        return result
    line.tell(result)
    return tape.interruption


def _tell_status(verb: Element, line: Line, fields: dict[str, str]) -> None:
    url = verb.get("recordingStatusCallback")
    events = verb.get("recordingStatusCallbackEvent", "completed").split()
    for status in ("in-progress", "completed"):
        if url and status in events:
            extra = {"RecordingStatus": status, "RecordingChannels": "1", "RecordingSource": "RecordVerb"}
            # No From and no To: the app must find the call by its SID.
            known = {"AccountSid": line.exchange.account_sid, "CallSid": line.sid}
            line.send_callback(
                "recording", url, known | fields | extra, method=verb.get("recordingStatusCallbackMethod", "POST")
            )
