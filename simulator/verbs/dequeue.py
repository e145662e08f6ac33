"""Dial's Queue: an agent's leg takes whoever has waited longest, and the two talk."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from simulator.line import Line
from simulator.queues import Waiting, WaitingQueue
from simulator.rooms import Room, Seat
from simulator.spans import (
    LONGEST_SECONDS,
    Doing,
    Elapsed,
    Fetch,
    HungUp,
    Interruption,
    Moved,
    RoomChanged,
    Span,
    Steps,
    Taken,
)

_DEFAULT_TIMEOUT = "30"


def take_from_queue(verb: Element, noun: Element, line: Line) -> Steps:
    """Talk with the first in the queue until one of the two goes; an empty queue is no answer after the time-out."""
    queue = line.exchange.queues.get((noun.text or "").strip())
    action = verb.get("action")
    if queue is None or not queue.waiting:
        event = yield Span(Doing.RINGING, float(verb.get("timeout", _DEFAULT_TIMEOUT)), "[waits for somebody]")
        while not isinstance(event, Elapsed | Interruption):
            event = yield Span(Doing.RINGING, line.left_seconds)
        after = _make_after(verb, action, {"DialCallStatus": "no-answer", "DialBridged": "false"})
        return event if isinstance(event, HungUp | Moved) else after
    first = queue.waiting[0]
    exchange = line.exchange
    name = f"bridge of {first.call_sid}"
    room = Room(name, exchange.sids.new("CF"), exchange.clock.now(), touched=exchange.touched)
    seat = Seat(line, ends=True)
    room.enter(seat)
    began_at = line.exchange.clock.now()
    line.exchange.touched.append(first.call_sid)
    first.leg.give(_take(noun, line, queue, first, room))
    event = yield Span(Doing.TALKING, LONGEST_SECONDS, f"[talks with {first.leg.number}]", rests=True)
    while not isinstance(event, HungUp | Moved) and not (isinstance(event, RoomChanged) and event.is_over):
        event = yield Span(Doing.TALKING, LONGEST_SECONDS, rests=True)
    room.leave(seat)
    fields = {
        "DialCallStatus": "completed",
        "DialCallSid": first.call_sid,
        "DialCallDuration": str(round((line.exchange.clock.now() - began_at).total_seconds())),
        "DialBridged": "true",
    }
    after = _make_after(verb, action, fields)
    if isinstance(event, RoomChanged):
        return after
    if after and isinstance(event, HungUp):
        line.tell(after)
    return event


def _take(noun: Element, line: Line, queue: WaitingQueue, first: Waiting, room: Room) -> Taken:
    url = noun.get("url")
    if not url:
        return Taken(0.0, room)
    fields = {
        "QueueSid": queue.sid,
        "CallSid": first.call_sid,
        "QueueTime": str(queue.find_wait_seconds(first.call_sid, line.exchange.clock.now())),
        "DequeingCallSid": line.sid,  # Twilio spells it so
    }
    return Taken(0.0, room, Fetch(line.source.resolve(url), noun.get("method", "POST"), fields))


def _make_after(verb: Element, action: str | None, fields: dict[str, str]) -> Fetch | None:
    return Fetch(action, verb.get("method", "POST"), fields) if action else None
