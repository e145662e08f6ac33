"""One request's timeline: calls, messages both ways, clocks, visits, parts, photos, money and decisions in one order.

Each line says when, who, and why where somebody gave a reason (C1). The record behind it is the chain of events; what
an event only repeats of a call or a message is left to that call or message.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from models import Call, Commitment, InboundMessage, Message, StatusEvent, StockMove, StoredFile
from operations.office.request_file import RequestFile
from policies.commitments import CommitmentState
from web.wording.record_words import say_party
from web.wording.sentences import in_language, say
from web.wording.timeline_facts import say_facts
from web.wording.words import Tone, day_name, instant, stretch, time_left

DECISION = "decision"
TOPICS = ("call", "message", "clock", "visit", "part", "photo", "money", DECISION)
"""What the timeline can be narrowed to, in the order of its buttons."""

_TOPIC_OF_EVENT = {
    "call": ("call", "person", "agent", "talk", "colleague", "caller", "place"),
    "message": ("message", "email", "survey"),
    "clock": ("clock", "target"),
    "visit": ("visit", "window", "windows", "serial", "report", "handover"),
    "part": ("part", "parcel", "loaner", "workshop", "return"),
    "money": ("settlement", "charges", "payment", "penalty"),
}
_TOPICS = {word: topic for topic, words in _TOPIC_OF_EVENT.items() for word in words}
TOLD_BY_ROWS = frozenset({"call_received", "call_answered", "message_sent", "message_delivered", "email_received"})
"""Events that say what the line of their call or message says already."""
WORDS = ("reason", "note")
"""What somebody wrote or said, of an event's personal facts."""
NOBODY_DECIDED = (CommitmentState.RUNNING, CommitmentState.PAUSED)


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One thing that happened: `details` stand below it, `link` leads to more, `files` are names and addresses."""

    at: dt.datetime
    topic: str
    time: str
    what: str
    who: str
    details: Sequence[str] = ()
    said: str = ""
    link: str = ""
    files: Sequence[tuple[str, str]] = ()
    tone: Tone = Tone.CALM


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """The lines of one local day, the latest first."""

    name: str
    lines: Sequence[TimelineLine]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is shown of it, and how many lines each topic has."""

    days: Sequence[TimelineDay]
    counts: Sequence[tuple[str, int]]
    topic: str


def draw_timeline(
    file: RequestFile, clock_names: dict[str, str], zone: ZoneInfo, *, topic: str, now: dt.datetime
) -> Timeline:
    """Return the lines of a topic, or of all when `topic` names none, the latest first."""
    lines = sorted(_lines(file, clock_names, zone, now), key=lambda line: line.at, reverse=True)
    counts = [(name, sum(line.topic == name for line in lines)) for name in TOPICS]
    chosen = topic if topic in TOPICS else ""
    days: dict[dt.date, list[TimelineLine]] = {}
    for line in lines:
        if not chosen or line.topic == chosen:
            days.setdefault(line.at.astimezone(zone).date(), []).append(line)
    return Timeline([TimelineDay(day_name(on), of_day) for on, of_day in days.items()], counts, chosen)


def topic_of(kind: str) -> str:
    """Return the topic of an event by the first word of its kind; what belongs to no other is a decision."""
    return _TOPICS.get(kind.partition("_")[0], DECISION)


def _lines(file: RequestFile, clock_names: dict[str, str], zone: ZoneInfo, now: dt.datetime) -> Iterable[TimelineLine]:
    yield from (_event(event, clock_names, zone, now) for event in file.events if event.kind not in TOLD_BY_ROWS)
    yield from (_call(call, zone) for call in file.calls)
    yield from (_message(message, zone) for message in file.messages)
    yield from (_inbound(text, file.letter_files[text.id], zone) for text in file.inbound)
    yield from (_picture(picture, zone) for picture in file.pictures)
    yield from (_part(move, zone) for move in file.parts)
    yield from (_clock(clock, clock_names[clock.kind], zone, now) for clock in file.request.commitments)


def _event(event: StatusEvent, clock_names: Mapping[str, str], zone: ZoneInfo, now: dt.datetime) -> TimelineLine:
    facts = say_facts(event.facts, clock_names, zone, now=now)
    # Words may name people: they are kept where they can be erased, and shown to the office.
    reasons = [str(value) for name, value in (event.personal or {}).items() if name in WORDS and value]
    return TimelineLine(
        at=event.occurred_at,
        topic=topic_of(event.kind),
        time=_time(event.occurred_at, zone),
        what=say(f"event_kind.{event.kind}"),
        who=say_party(event.actor or event.source),
        details=[say("list_separator").join(facts)] if facts else [],
        said=" ".join(reasons),
    )


def _call(call: Call, zone: ZoneInfo) -> TimelineLine:
    lasted = stretch(call.ended_at - call.started_at) if call.ended_at else say("request_timeline.call_running")
    return TimelineLine(
        at=call.started_at,
        topic="call",
        time=_time(call.started_at, zone),
        what=say(f"request_timeline.call_{call.direction}"),
        who=call.from_number,
        details=[say(f"outcome.{call.outcome or 'running'}"), lasted],
        link=url_for("web.calls.show_one", call_id=call.id),
    )


def _message(message: Message, zone: ZoneInfo) -> TimelineLine:
    return TimelineLine(
        at=message.created_at,
        topic="message",
        time=_time(message.created_at, zone),
        what=say("request_timeline.message_out", channel=say(f"message_channel.{message.channel}")),
        who=f"→ {message.to_number}",
        details=[say(f"message_state.{message.state}")],
        said=message.body,
    )


def _inbound(text: InboundMessage, files: Sequence[StoredFile], zone: ZoneInfo) -> TimelineLine:
    details = [say("request_timeline.waits")] if text.is_waiting else []
    details += [say("messages.left_out", count=text.left_out)] if text.left_out else []
    return TimelineLine(
        at=text.received_at,
        topic="message",
        time=_time(text.received_at, zone),
        what=say("request_timeline.message_in", channel=say(f"message_channel.{text.channel}")),
        who=text.from_number,
        details=details,
        said="\n".join(filter(None, (text.subject, text.body))),
        files=[(file.name or say("file.attachment"), url_for("web.files.show", key=file.key)) for file in files],
        tone=Tone.NEAR if text.is_waiting else Tone.CALM,
    )


def _picture(picture: StoredFile, zone: ZoneInfo) -> TimelineLine:
    return TimelineLine(
        at=picture.made_at,
        topic="photo",
        time=_time(picture.made_at, zone),
        what=say(f"file.{picture.kind}"),
        who=say_party(picture.made_by),
        link=url_for("web.files.show", key=picture.key),
    )


def _part(move: StockMove, zone: ZoneInfo) -> TimelineLine:
    return TimelineLine(
        at=move.moved_at,
        topic="part",
        time=_time(move.moved_at, zone),
        what=say(f"move_kind.{move.kind}"),
        who=say_party(move.moved_by),
        details=[f"{move.quantity} × {in_language(move.part, 'name')} ({move.part.number})"],
        said=move.note,
    )


def _clock(clock: Commitment, name: str, zone: ZoneInfo, now: dt.datetime) -> TimelineLine:
    """A clock stands where it was decided; one that runs stands where it will be."""
    is_open = clock.state in NOBODY_DECIDED
    at = clock.deadline_at if is_open else clock.fulfilled_at or clock.decided_at or clock.deadline_at
    details = [say("request.until", at=instant(clock.deadline_at, zone, today=now.astimezone(zone).date()))]
    if clock.state is CommitmentState.RUNNING:
        details.append(time_left(clock.deadline_at, now))
    tones = {CommitmentState.MET: Tone.KEPT, CommitmentState.BROKEN: Tone.BROKEN}
    return TimelineLine(
        at=at,
        topic="clock",
        time=_time(at, zone),
        what=f"{name}: {say(f'clock_state.{clock.state}')}",
        who=clock.agreement or "",
        details=details,
        link=url_for("web.commitments.show_one", clock_id=clock.id),
        tone=tones.get(clock.state, Tone.CALM),
    )


def _time(at: dt.datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"
