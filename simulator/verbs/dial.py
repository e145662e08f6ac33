"""Dial: somebody else's telephone rings while the caller waits."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from simulator.findings import NotSimulated, TwimlRefused
from simulator.line import CalledParty, Line
from simulator.parties import Habit, Reaction
from simulator.spans import Doing, Elapsed, Event, Fetch, HungUp, Interruption, Key, Moved, Over, Span, Steps, Taken
from simulator.verbs.conference import confer
from simulator.verbs.dequeue import take_from_queue

_REFUSALS = {Reaction.IS_BUSY: "busy", Reaction.LETS_IT_RING: "no-answer", Reaction.IS_OFF: "failed"}
_HANGUP_STATUS = "canceled"
_NUMBERS = {"Number", "Dial"}
"""Nouns that ring a telephone; a Dial may hold the number as its text."""


@dataclass(frozen=True, slots=True)
class _Target:
    """One number to ring, and how its phone will behave; without a habit the number is not in service."""

    noun: Element
    party: CalledParty
    habit: Habit | None

    @property
    def answers_after_seconds(self) -> float | None:
        if self.habit is None or self.habit.reaction is not Reaction.PICKS_UP:
            return None
        return self.habit.rings_seconds


@dataclass
class _Result:
    status: str
    party: CalledParty
    talked_seconds: float = 0
    is_bridged: bool = False
    interruption: Interruption | None = None


Talking = Generator[Span, Event, _Result]


def dial(verb: Element, line: Line) -> Steps:
    """Ring the numbers at once; the first to pick up, and to accept the whisper if there is one, talks."""
    if len(verb) == 1 and verb[0].tag == "Conference":
        return (yield from confer(verb, verb[0], line))
    if len(verb) == 1 and verb[0].tag == "Queue":
        return (yield from take_from_queue(verb, verb[0], line))
    targets = _find_targets(verb, line)
    result = yield from _ring_and_talk(verb, line, targets)
    _tell_progress(line, targets, result)
    fields = {
        "DialCallStatus": result.status,
        "DialCallSid": result.party.sid,
        "DialCallDuration": str(round(result.talked_seconds)),
        "DialBridged": "true" if result.is_bridged else "false",
    }
    action = verb.get("action")
    after = Fetch(action, verb.get("method", "POST"), fields) if action else None
    if result.interruption is None:
        return after
    if after and isinstance(result.interruption, HungUp):
        line.tell(after)
    return result.interruption


def _find_targets(verb: Element, line: Line) -> list[_Target]:
    nouns = list(verb) or [verb]
    others = {noun.tag for noun in nouns} - {*_NUMBERS, "Client", "Sip"}
    if "Conference" in others and len(nouns) > 1:
        raise TwimlRefused(13000, "a Conference is mixed with other nouns")
    if others:
        raise NotSimulated(f"this telephone does not dial {', '.join(sorted(others))}")
    shown_number = _find_shown_number(verb, line, has_numbers=any(noun.tag in _NUMBERS for noun in nouns))
    return [_make_target(noun, line, shown_number) for noun in nouns]


def _find_shown_number(verb: Element, line: Line, *, has_numbers: bool) -> str:
    """Return whom the called person sees: our number, or one of this call's own; raise TwimlRefused for any other.

    Without a caller ID it is the caller's own, and then no telephone can be rung for a caller who shows none.
    """
    fields = line.base_fields()
    shown = verb.get("callerId") or fields["From"]
    if has_numbers and not _is_number(shown):
        raise TwimlRefused(13214, f"nobody can be rung from {shown!r}: give a callerId")
    if "callerId" in verb.attrib and shown not in {*line.exchange.hotlines, fields["From"], fields["To"]}:
        raise TwimlRefused(13214, f"callerId {shown!r} is neither a number of this account nor of this call")
    return shown


def _make_target(noun: Element, line: Line, shown_number: str) -> _Target:
    number = _read_address(noun)
    habit = line.exchange.habits.get(number)
    party = CalledParty(
        number=number,
        sid=line.exchange.sids.new("CA"),
        shown_number=shown_number,
        whisper_url=line.source.resolve(noun.get("url", "")) if noun.tag != "Dial" and noun.get("url") else "",
        whisper_method=noun.get("method", "POST"),
        keys=habit.whisper_keys if habit else "",
    )
    return _Target(noun, party, habit)


def _read_address(noun: Element) -> str:
    """Return whom a noun rings: a number, `client:` and an identity, or a SIP address; raise TwimlRefused."""
    text = (noun.text or "").strip()
    if noun.tag == "Client":
        identity = (noun.findtext("Identity") or text).strip()
        if not identity:
            raise TwimlRefused(13215, "a Client needs an identity")
        return f"client:{identity}"
    if noun.tag == "Sip":
        if not text.startswith(("sip:", "sips:")) or "@" not in text:
            raise TwimlRefused(13215, f"{text!r} is no SIP address")
        return text
    if not _is_number(text):
        raise TwimlRefused(13223, f"{text!r} is not in E.164 form")
    return text


def _is_number(text: str) -> bool:
    return text[:1] == "+" and text[1:].isdecimal()


def _ring_and_talk(verb: Element, line: Line, targets: list[_Target]) -> Talking:
    timeout = int(verb.get("timeout", "30"))
    answering = [target for target in targets if (target.answers_after_seconds or timeout) < timeout]
    if not answering:
        return (yield from _ring_out(line, targets, timeout))
    first = min(answering, key=lambda target: target.answers_after_seconds or 0)
    assert first.habit is not None  # noqa: S101 - for the type checker: it answers, so it has a habit
    event = yield Span(Doing.RINGING, first.habit.rings_seconds, "[rings]")
    while not isinstance(event, Elapsed):
        if isinstance(event, HungUp | Moved | Taken):
            return _Result(_HANGUP_STATUS, first.party, interruption=event)
        event = yield Span(Doing.RINGING, line.left_seconds)
    line.note(f"[{first.party.number} picks up]")
    if first.party.whisper_url and isinstance(line.whisper_to(first.party), Over):
        line.note(f"[{first.party.number} does not take the call]")
        return _Result("completed", first.party)
    return (yield from _talk(verb, line, first.party, first.habit.talks_seconds))


def _ring_out(line: Line, targets: list[_Target], timeout: int) -> Talking:
    """Ring phones nobody answers: a busy or dead one ends at once, the others ring until the time-out."""
    reactions = {target.habit.reaction if target.habit else Reaction.IS_OFF for target in targets}
    is_ringing = bool(reactions & {Reaction.LETS_IT_RING, Reaction.PICKS_UP})
    event = yield Span(Doing.RINGING, timeout if is_ringing else 1, "[rings]")
    while not isinstance(event, Elapsed):
        if isinstance(event, HungUp | Moved | Taken):
            return _Result(_HANGUP_STATUS, targets[0].party, interruption=event)
        event = yield Span(Doing.RINGING, line.left_seconds)
    status = "no-answer" if is_ringing else _REFUSALS[reactions.pop() if len(reactions) == 1 else Reaction.IS_BUSY]
    return _Result(status, targets[0].party)


def _talk(verb: Element, line: Line, party: CalledParty, seconds: float) -> Talking:
    total = min(seconds, int(verb.get("timeLimit", "14400")))
    event = yield Span(Doing.TALKING, total, f"[talks with {party.number}]")
    interruption: Interruption | None = None
    while not isinstance(event, Elapsed):
        if isinstance(event, HungUp | Moved | Taken):
            interruption = event
        if interruption or (isinstance(event, Key) and event.symbol == "*" and verb.get("hangupOnStar") == "true"):
            break
        event = yield Span(Doing.TALKING, line.left_seconds)
    talked = total - line.left_seconds
    return _Result("completed", party, talked, is_bridged=True, interruption=interruption)


def _tell_progress(line: Line, targets: list[_Target], result: _Result) -> None:
    for target in targets:
        url = target.noun.get("statusCallback") if target.noun.tag != "Dial" else None
        if not url:
            continue
        wanted = target.noun.get("statusCallbackEvent", "completed").split()
        is_winner = target.party is result.party
        lived = ["initiated", "ringing", *(["answered"] if is_winner and result.is_bridged else []), "completed"]
        for sequence, event in enumerate(lived):
            if event in wanted:
                status = {"answered": "in-progress", "completed": result.status if is_winner else "no-answer"}
                _tell_one(line, target, url, status.get(event, event), sequence, result.talked_seconds)


def _tell_one(line: Line, target: _Target, url: str, status: str, sequence: int, seconds: float) -> None:
    fields = line.base_fields() | {
        "CallSid": target.party.sid,
        "ParentCallSid": line.sid,
        "Direction": "outbound-dial",
        "From": target.party.shown_number,
        "To": target.party.number,
        "CallStatus": status,
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": line.exchange.timestamp(),
    }
    duration = {"CallDuration": str(round(seconds))} if status == "completed" else {}
    method = target.noun.get("statusCallbackMethod", "POST")
    line.send_callback("call-progress", url, fields | duration, method=method)
