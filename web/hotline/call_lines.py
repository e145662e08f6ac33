"""Calls as the log shows them, and the steps of one call in words (H14)."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from models import Call, CallEvent, Guide, Recording
from operations.telephone.recordings import may_record
from policies.call_states import CallDirection
from policies.entitlement import CoverItem
from web.wording.sentences import in_language, say
from web.wording.words import clock_time, instant, stretch, window


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call in a list."""

    call_id: int
    at: str
    caller: str
    number: str
    language: str
    outcome: str
    lasted: str
    request_number: str | None


@dataclass(frozen=True, slots=True)
class HeardVersion:
    """The version of a guide that a caller heard."""

    kind: str
    about: str
    model_code: str
    version: int


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a call: whose turn it was, and what was said, pressed or decided."""

    at: str
    kind: str
    who: str
    text: str
    node: str = ""
    heard: HeardVersion | None = None


@dataclass(frozen=True, slots=True)
class RecordingLine:
    """One recording of a call: can it be heard, how long it is, and who has heard it."""

    recording_id: int
    at: str
    lasted: str
    state: str
    heard_by: str


def recording_line(recording: Recording, zone: ZoneInfo) -> RecordingLine:
    """Return a recording in words."""
    if recording.erased_at is not None:
        state = "erased"
    elif recording.is_ready and recording.recording_sid:
        state = "ready"
    else:
        state = "paused" if recording.paused_at else "not_ready"
    heard = [f"{one.listened_by} {one.listened_at.astimezone(zone):%m-%d %H:%M}" for one in recording.listens]
    lasted = "" if recording.duration_seconds is None else stretch(dt.timedelta(seconds=recording.duration_seconds))
    return RecordingLine(recording.id, clock_time(recording.recorded_at, zone), lasted, state, ", ".join(heard))


def recording_controls(call: Call, running: Recording | None) -> tuple[str, ...]:
    """Return what can be done about recording this conversation now."""
    if not may_record(call):
        return ()
    if running is None:
        return ("start",)
    return ("resume", "pause") if running.paused_at else ("pause",)


def call_line(call: Call, *, zone: ZoneInfo, now: dt.datetime) -> CallLine:
    """Return a call as a line of the log."""
    return CallLine(
        call_id=call.id,
        at=instant(call.started_at, zone, today=now.astimezone(zone).date()),
        caller=in_language(call.customer, "name") if call.customer else "",
        # An arrow where the call was ours: the number is whom we called.
        number=f"→ {call.to_number}" if call.direction is CallDirection.OUTGOING else call.from_number,
        language=str(call.language),
        outcome=str(call.outcome) if call.outcome else ("running" if call.ended_at is None else "abandoned"),
        lasted=stretch((call.ended_at or now) - call.started_at),
        request_number=call.request.number if call.request else None,
    )


def step_line(
    step: CallEvent,
    *,
    zone: ZoneInfo,
    prompts: Mapping[str, str],
    guides: Mapping[int, Guide] | None = None,
) -> StepLine:
    """Return a step in words; a kind without words of its own shows its facts.

    `prompts` is what the hotline said at that time in the call's language, `guides` those of its entries.
    """
    words = WORDS.get(step.kind)
    if step.kind == "said":
        text = _said(step.facts, prompts)
    else:
        text = words(step.facts, zone) if words else _facts(step.facts)
    who = "caller" if step.kind in {"keys", "speech", "voicemail", "consent"} else "hotline"
    guide = (guides or {}).get(step.facts.get("entry", 0))
    heard = HeardVersion(guide.kind, guide.about, guide.model_code, guide.version) if guide else None
    return StepLine(f"{step.occurred_at.astimezone(zone):%H:%M:%S}", step.kind, who, text, step.node, heard)


def _said(facts: Mapping[str, Any], prompts: Mapping[str, str]) -> str:
    names: list[str] = facts.get("prompts", [])
    values: list[dict[str, Any]] = facts.get("values") or [{}] * len(names)
    said = zip(names, values, strict=True)
    return " ".join(prompts.get(name, name).format_map(_Filled(filled)) for name, filled in said)


class _Filled(dict[str, Any]):
    """What was filled into a sentence; an older call that did not record it shows a dash."""

    def __missing__(self, _name: str) -> str:
        return "–"


def _keys(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    keys = str(facts.get("keys") or "")
    return say("step.pressed", keys=keys) if keys else say("step.silence")


def _spoken(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    return say("step.said" if facts.get("keys") else "step.said_unclear", words=facts.get("words", ""))


def _recording(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    return say(f"step.recording_{facts.get('did')}", by=facts.get("by", ""))


def _offered(facts: Mapping[str, Any], zone: ZoneInfo) -> str:
    pairs = [tuple(map(dt.datetime.fromisoformat, pair)) for pair in facts.get("windows", ())]
    if not pairs:
        return say("step.no_windows")
    written = [window(from_at, until_at, zone, today=from_at.astimezone(zone).date()) for from_at, until_at in pairs]
    return say("step.offered", windows=", ".join(written))


def _ended(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    return say(f"outcome.{facts.get('outcome', 'abandoned')}")


def _diagnosis(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    return say("step.solved" if facts.get("solved") else "step.not_solved")


def _voicemail(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    return say("step.voicemail", seconds=facts.get("seconds") or 0)


def _detected(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    return say("step.detected", what=facts.get("as", ""))


def _visit_call(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    return say(f"step.visit_call_{facts.get('result')}", seconds=facts.get("seconds", 0))


def _cover_told(facts: Mapping[str, Any], _zone: ZoneInfo) -> str:
    shares = {item: str(facts[item]).partition("%")[0] for item in CoverItem if item in facts}
    return say(
        "step.cover_told", shares=", ".join(f"{say(f'cover_item.{item}')} {share} %" for item, share in shares.items())
    )


def _facts(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in facts.items())


def _sentence(name: str) -> Callable[[Mapping[str, Any], ZoneInfo], str]:
    return lambda _facts, _zone: say(name)


WORDS: Mapping[str, Callable[[Mapping[str, Any], ZoneInfo], str]] = {
    "keys": _keys,
    "consent": _sentence("step.consent"),
    "recording": _recording,
    "speech": _spoken,
    "diagnosis": _diagnosis,
    "offer": _offered,
    "booked": _sentence("step.booked"),
    "lost": _sentence("step.lost"),
    "handed_over": _sentence("step.handed_over"),
    "cancelled": _sentence("step.cancelled"),
    "confirmed": _sentence("step.confirmed"),
    "repeat": _sentence("step.repeat"),
    "question": _sentence("step.question"),
    "goodbye": _sentence("step.goodbye"),
    "voicemail": _voicemail,
    "cover_told": _cover_told,
    "detected": _detected,
    "visit_call": _visit_call,
    "ended": _ended,
}


def ring_time(call: Call) -> str:
    """Return the seconds from the first ring to the first audible word, or an empty text (H1)."""
    if call.first_audible_at is None:
        return ""
    return f"{(call.first_audible_at - call.started_at).total_seconds():.1f} s"


def ended_time(call: Call, zone: ZoneInfo) -> str:
    """Return when the call ended, or an empty text while it goes on."""
    return clock_time(call.ended_at, zone) if call.ended_at else ""
