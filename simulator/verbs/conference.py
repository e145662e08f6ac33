"""Dial's Conference: several legs in one room, and what somebody alone in it hears."""

from __future__ import annotations

from collections.abc import Generator
from xml.etree.ElementTree import Element

from simulator.findings import NotSimulated, TwimlRefused
from simulator.line import Line
from simulator.rooms import Room, Seat
from simulator.spans import (
    LONGEST_SECONDS,
    Context,
    Doing,
    Event,
    Fetch,
    HungUp,
    Interruption,
    Moved,
    Outcome,
    RoomChanged,
    Span,
    Steps,
)

_MUSIC_SECONDS = 60.0
_SIMULATED = {"beep", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl", "waitMethod"}


def confer(verb: Element, noun: Element, line: Line) -> Steps:
    """Enter the room and talk there until this leg goes, is moved, or the room ends; then ask for Dial's action."""
    room, seat = _find_room(noun, line), _take_seat(noun, line)
    line.note(f"[enters room {room.name}]")
    room.enter(seat)
    outcome = yield from _stay(noun, line, room)
    room.leave(seat)
    line.note(f"[leaves room {room.name}]")
    action = verb.get("action")
    # A conference tells neither a child's sid nor how long it was.
    after = Fetch(action, verb.get("method", "POST"), {"DialCallStatus": "answered"}) if action else None
    if isinstance(outcome, RoomChanged):
        return after
    if after and isinstance(outcome, HungUp):
        line.tell(after)
    return outcome


def _find_room(noun: Element, line: Line) -> Room:
    unknown = set(noun.attrib) - _SIMULATED
    if unknown:
        raise NotSimulated(f"this telephone has no conferences with {', '.join(sorted(unknown))}")
    name = (noun.text or "").strip()
    if not name:
        raise TwimlRefused(13237, "a room needs a name")
    exchange = line.exchange
    room = exchange.rooms.get(name)
    if room is not None and not room.is_over:
        return room
    if room is not None:
        exchange.past_rooms.append(room)
    exchange.rooms[name] = Room(name, exchange.sids.new("CF"), exchange.clock.now(), touched=exchange.touched)
    return exchange.rooms[name]


def _take_seat(noun: Element, line: Line) -> Seat:
    return Seat(
        line,
        starts=noun.get("startConferenceOnEnter", "true") == "true",
        ends=noun.get("endConferenceOnExit", "false") == "true",
    )


def _stay(noun: Element, line: Line, room: Room) -> Generator[Span, Event, Outcome]:
    while True:
        outcome: Outcome | None
        if room.is_under_way:
            others = ", ".join(seat.leg.number for seat in room.seats if seat.leg.sid != line.sid)
            outcome = yield from _rest(Span(Doing.TALKING, LONGEST_SECONDS, f"[talks with {others}]", rests=True))
        else:
            outcome = yield from _wait_alone(noun, line)
        if isinstance(outcome, HungUp | Moved) or (isinstance(outcome, RoomChanged) and outcome.is_over):
            return outcome


def _wait_alone(noun: Element, line: Line) -> Generator[Span, Event, Outcome | None]:
    """Play the wait document once; it comes round again for as long as nobody else is there."""
    wait_url = noun.get("waitUrl")
    if not wait_url:
        return (yield from _rest(Span(Doing.WAITING, _MUSIC_SECONDS, "" if wait_url == "" else "[music]", rests=True)))
    base_url, line.context = line.source.url, Context.CONFERENCE_WAIT
    fetch: Outcome | None = Fetch(line.source.resolve(wait_url), noun.get("waitMethod", "POST"))
    try:
        while isinstance(fetch, Fetch):
            fetch = yield from line.perform(line.fetch(fetch))
        if fetch is None:
            fetch = yield from _rest(Span(Doing.WAITING, 1.0, rests=True))
        return fetch
    finally:
        line.source.url, line.context = base_url, Context.CALL


def _rest(span: Span) -> Generator[Span, Event, Outcome | None]:
    event = yield span
    return event if isinstance(event, Interruption) else None
