"""Enqueue and Leave: waiting for a person, with a document that plays round and round."""

from __future__ import annotations

from collections.abc import Generator
from xml.etree.ElementTree import Element

from simulator.line import Line
from simulator.queues import Waiting, WaitingQueue
from simulator.rooms import Seat
from simulator.spans import (
    LONGEST_SECONDS,
    Context,
    Doing,
    Elapsed,
    Event,
    Fetch,
    HungUp,
    Interruption,
    Left,
    Moved,
    Outcome,
    Over,
    RoomChanged,
    Span,
    Steps,
    Taken,
)

_MUSIC_SECONDS = 60.0


def enqueue(verb: Element, line: Line) -> Steps:
    """Wait until an agent takes the caller, the caller leaves or hangs up; then ask for the action, if there is one."""
    queue = _find_queue(verb, line)
    action = verb.get("action")
    if len(queue.waiting) >= queue.max_size:
        line.note(f"[queue {queue.name} is full]")
        fields = {"QueueResult": "queue-full", "QueueSid": queue.sid, "QueueTime": "0"}
        return Fetch(action, verb.get("method", "POST"), fields) if action else None
    queue.waiting.append(Waiting(line.sid, line.exchange.clock.now(), line))
    line.note(f"[waits in queue {queue.name}]")
    outcome: Outcome | None = yield from _wait(verb, line, queue)
    seconds = queue.find_wait_seconds(line.sid, line.exchange.clock.now())
    queue.remove(line.sid)
    result = "leave"
    if isinstance(outcome, Taken):
        result = "bridged"
        outcome = yield from (_talk_in_room(line, outcome) if outcome.room else _talk(line, outcome.talks_seconds))
    if isinstance(outcome, Moved):
        result = "redirected-from-bridged" if result == "bridged" else "redirected"
    if isinstance(outcome, HungUp | Over):
        result = result if result == "bridged" else "hangup"
    fields = {"QueueResult": result, "QueueSid": queue.sid, "QueueTime": str(seconds)}
    after = Fetch(action, verb.get("method", "POST"), fields) if action else None
    if isinstance(outcome, Moved):
        # The action is told, but what it answers is not played: REST has said where the leg goes.
        if after:
            line.notify(after)
        return outcome
    if isinstance(outcome, HungUp | Over):
        if after:
            line.tell(after)
        return outcome
    return after


def leave(verb: Element, line: Line) -> Steps:  # noqa: ARG001 - every verb has this shape
    """Leave the queue."""
    yield from ()
    return Left()


def _find_queue(verb: Element, line: Line) -> WaitingQueue:
    name = (verb.text or "").strip()
    queues = line.exchange.queues
    if name not in queues:
        queues[name] = WaitingQueue(name, line.exchange.sids.new("QU"), line.exchange.clock.now())
    return queues[name]


def _wait(verb: Element, line: Line, queue: WaitingQueue) -> Generator[Span, Event, Outcome]:
    wait_url = verb.get("waitUrl")
    if not wait_url:
        return (yield from _hear_music(line, is_silent=wait_url == ""))
    base_url, line.context = line.source.url, Context.QUEUE_WAIT
    # With a waitUrl Twilio asks by POST unless told otherwise.
    first = Fetch(line.source.resolve(wait_url), verb.get("waitUrlMethod", "POST"))
    fetch = first
    try:
        while True:
            verbs = line.fetch(Fetch(fetch.url, fetch.method, {**fetch.fields, **_make_fields(line, queue)}))
            outcome = yield from line.perform(verbs)
            if isinstance(outcome, Fetch):
                fetch = Fetch(line.source.resolve(outcome.url), outcome.method, outcome.fields)
                continue
            # The end of the document is its beginning; the second round brings nothing the caller has not heard.
            if outcome is None:
                fetch = first
                event = yield Span(Doing.WAITING, 1.0, rests=True)
                outcome = event if isinstance(event, Interruption) else None
            if outcome is not None:
                return outcome
    finally:
        line.source.url, line.context = base_url, Context.CALL


def _hear_music(line: Line, *, is_silent: bool) -> Generator[Span, Event, Outcome]:
    words = "" if is_silent else "[music]"
    while True:
        event = yield Span(Doing.WAITING, _MUSIC_SECONDS, words, rests=True)
        if isinstance(event, Interruption):
            return event
        line.note("[still waiting]")


def _make_fields(line: Line, queue: WaitingQueue) -> dict[str, str]:
    seconds = queue.find_wait_seconds(line.sid, line.exchange.clock.now())
    return {
        "QueuePosition": str(queue.find_position(line.sid)),
        "QueueSid": queue.sid,
        "QueueTime": str(seconds),
        "AvgQueueTime": str(seconds),
        "CurrentQueueSize": str(len(queue.waiting)),
        "MaxQueueSize": str(queue.max_size),
    }


def _talk_in_room(line: Line, taken: Taken) -> Generator[Span, Event, Outcome | None]:
    """Hear what is whispered, then talk with the agent who dialled the queue, until one of the two goes."""
    room = taken.room
    assert room is not None  # noqa: S101 - the caller of this asked
    if taken.whisper is not None:
        base_url, line.context = line.source.url, Context.QUEUE_WHISPER
        try:
            outcome: Outcome | None = taken.whisper
            while isinstance(outcome, Fetch):
                outcome = yield from line.perform(line.fetch(outcome))
        finally:
            line.source.url, line.context = base_url, Context.CALL
        if isinstance(outcome, HungUp | Moved):
            return outcome
    seat = Seat(line, ends=True)
    room.enter(seat)
    event = yield Span(Doing.TALKING, LONGEST_SECONDS, "[talks with an agent]", rests=True)
    while not isinstance(event, HungUp | Moved) and not (isinstance(event, RoomChanged) and event.is_over):
        event = yield Span(Doing.TALKING, LONGEST_SECONDS, rests=True)
    room.leave(seat)
    return event if isinstance(event, HungUp | Moved) else None


def _talk(line: Line, seconds: float) -> Generator[Span, Event, Outcome | None]:
    event = yield Span(Doing.TALKING, seconds, "[talks with an agent]")
    while not isinstance(event, Elapsed):
        if isinstance(event, HungUp | Moved | Taken):
            return event
        event = yield Span(Doing.TALKING, line.left_seconds)
    return None
