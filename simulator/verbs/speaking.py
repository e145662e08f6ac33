"""Say, Play and Pause: time in which the caller hears something."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from xml.etree.ElementTree import Element

from simulator.findings import TwimlRefused
from simulator.line import Line
from simulator.spans import Doing, Elapsed, Event, Interruption, Outcome, Span, Steps
from simulator.speech import check_speech, find_spoken_seconds

_ENDLESS_REPEATS = 1000  # Twilio's meaning of loop="0"


def make_spans(verb: Element, line: Line) -> list[Span]:
    """Return what the caller lives through for one Say, Play or Pause; raise TwimlRefused for what cannot be played."""
    if verb.tag == "Pause":
        seconds = int(verb.get("length", "1"))
        if not seconds:
            raise TwimlRefused(13910, "a Pause lasts at least one second")
        return [Span(Doing.PAUSING, seconds)]
    span = _make_say(verb) if verb.tag == "Say" else _make_play(verb, line)
    repeats = int(verb.get("loop", "1"))
    if not repeats:
        return [span, replace(span, seconds=span.seconds * _ENDLESS_REPEATS, words="", rests=True)]
    return [span] * repeats


def _make_say(verb: Element) -> Span:
    text = " ".join("".join(verb.itertext()).split())
    voice, language = verb.get("voice", ""), verb.get("language", "")
    check_speech(text, voice=voice, language=language, has_ssml=len(verb) > 0)
    breaks = sum(_read_break_seconds(element.get("time", "")) for element in verb.iter("break"))
    return Span(Doing.SPEAKING, find_spoken_seconds(text) + breaks, text, language, voice)


def _read_break_seconds(time: str) -> float:
    if time.endswith("ms"):
        return float(time.removesuffix("ms")) / 1000
    return float(time.removesuffix("s")) if time.endswith("s") else 0.5


def _make_play(verb: Element, line: Line) -> Span:
    digits, url = verb.get("digits", ""), (verb.text or "").strip()
    if digits:
        return Span(Doing.PLAYING, len(digits) * 0.5, f"[keys {digits}]")
    if not url:
        raise TwimlRefused(12200, "a Play without a URL and without digits")
    return Span(Doing.PLAYING, line.source.find_media_seconds(url), f"[plays {url}]")


def hear(spans: list[Span]) -> Generator[Span, Event, Outcome | None]:
    """Let spans pass one after the other; only hanging up and REST cut them short, keys go nowhere."""
    for span in spans:
        event = yield span
        while not isinstance(event, Elapsed):
            if isinstance(event, Interruption):
                return event
            event = yield replace(span, words="")
    return None


def say(verb: Element, line: Line) -> Steps:
    """Speak a text."""
    return (yield from hear(make_spans(verb, line)))


def play(verb: Element, line: Line) -> Steps:
    """Play a sound or keys."""
    return (yield from hear(make_spans(verb, line)))


def pause(verb: Element, line: Line) -> Steps:
    """Wait in silence."""
    return (yield from hear(make_spans(verb, line)))
