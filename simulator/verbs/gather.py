"""Gather: prompts that listen."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from simulator.findings import TwimlRefused
from simulator.line import Line
from simulator.spans import (
    Context,
    Doing,
    Elapsed,
    Event,
    Fetch,
    HungUp,
    Interruption,
    Key,
    Means,
    Moved,
    Outcome,
    Span,
    Spoken,
    Steps,
    Taken,
)
from simulator.verbs.speaking import make_spans

_SOMETIMES = 0.8


@dataclass(frozen=True, slots=True)
class GatherRules:
    """A Gather's attributes with Twilio's defaults."""

    action: str
    method: str
    accepts: frozenset[Means]
    digits_limit: int | None
    finish_key: str
    timeout_seconds: int
    acts_on_nothing: bool
    barges_in: bool

    @classmethod
    def of(cls, verb: Element, line: Line) -> GatherRules:
        """Read them; raise TwimlRefused for values Twilio refuses."""
        if "action" not in verb.attrib:
            line.source.refuse(0, "a Gather without an action asks for its own document again")
        finish_key = verb.get("finishOnKey", "#")
        if len(finish_key) > 1 or finish_key not in "0123456789*#":
            raise TwimlRefused(13311 if len(finish_key) > 1 else 13310, f'finishOnKey="{finish_key}"')
        timeout, limit = int(verb.get("timeout", "5")), verb.get("numDigits")
        if not timeout:
            raise TwimlRefused(13313, "timeout is a positive number of seconds")
        if limit is not None and not int(limit):
            raise TwimlRefused(13314, "numDigits is a positive whole number")
        if verb.get("speechTimeout") == "auto" and "speechModel" in verb.attrib:
            raise TwimlRefused(13335, "speechTimeout auto with a speechModel")
        return cls(
            action=verb.get("action") or line.source.url,
            method=verb.get("method", "POST"),
            accepts=_read_means(verb, line),
            digits_limit=int(limit) if limit else None,
            finish_key=finish_key,
            timeout_seconds=timeout,
            acts_on_nothing=verb.get("actionOnEmptyResult") == "true",
            barges_in=verb.get("bargeIn", "true") == "true",
        )


def _read_means(verb: Element, line: Line) -> frozenset[Means]:
    words = verb.get("input", "dtmf").split()
    if line.context is Context.QUEUE_WAIT and len(words) > 1:
        raise TwimlRefused(12200, "while waiting in a queue a Gather takes keys or speech, not both")
    return frozenset(Means.KEYS if word == "dtmf" else Means.SPEECH for word in words)


def gather(verb: Element, line: Line) -> Steps:
    """Collect keys or speech, then ask for the action; on silence fall through to the next verb."""
    rules = GatherRules.of(verb, line)
    event = yield from _prompt(verb, line, rules)
    digits = ""
    while True:
        match event:
            case HungUp() | Moved() | Taken():
                return event
            case Spoken(words=words) if Means.SPEECH in rules.accepts and not digits:
                return Fetch(rules.action, rules.method, _make_speech_fields(words, line))
            case Key(symbol=symbol) if symbol == rules.finish_key and Means.KEYS in rules.accepts:
                return _finish(digits, rules, finish_key=symbol)
            case Key(symbol=symbol) if Means.KEYS in rules.accepts:
                digits += symbol
                if len(digits) == rules.digits_limit:
                    return _finish(digits, rules)
            case Elapsed():
                return _finish(digits, rules)
        # The time-out starts when the prompts end, and again with each key.
        accepts = rules.accepts - {Means.SPEECH} if digits else rules.accepts
        event = yield Span(Doing.LISTENING, rules.timeout_seconds, accepts=accepts, rests=not digits)


def _finish(digits: str, rules: GatherRules, finish_key: str = "") -> Outcome | None:
    if not digits and not rules.acts_on_nothing:
        return None
    fields = {"Digits": digits} | ({"FinishedOnKey": finish_key} if finish_key else {})
    return Fetch(rules.action, rules.method, fields)


def _make_speech_fields(words: str, line: Line) -> dict[str, str]:
    chance = line.exchange.sids.random
    # Confidence may be missing; the app must not rely on it.
    confidence = {"Confidence": f"{chance.uniform(0.6, 0.98):.8f}"} if chance.random() < _SOMETIMES else {}
    return {"SpeechResult": words} | confidence


def _prompt(verb: Element, line: Line, rules: GatherRules) -> Generator[Span, Event, Event | None]:
    """Play the nested prompts. Return the key, words or interruption that came meanwhile, or nothing."""
    early: Event | None = None
    for span in [replace(one, accepts=rules.accepts) for child in verb for one in make_spans(child, line)]:
        event = yield span
        while not isinstance(event, Elapsed):
            if isinstance(event, Interruption):
                return event
            early = event
            if rules.barges_in:
                return event
            event = yield replace(span, seconds=line.left_seconds, words="")
    return early
