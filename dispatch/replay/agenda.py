"""What happens when: events by time, ties broken by kind and name, so that order never depends on who came first."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from enum import IntEnum


class What(IntEnum):
    """The kinds of event; of those at one instant the lower number happens first."""

    FINISH = 1
    RESTED = 2
    ARRIVE = 3
    BEGIN = 4
    AT_HOME = 5
    FALL_ILL = 6
    CANCEL = 7
    OVERRUN = 8
    PUBLISH = 9
    CALL = 10
    WAKE = 11


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happens to one request or shift; `turn` tells an event in force from one overtaken."""

    at_seconds: float
    what: What
    subject: str
    turn: int = 0


class EventOutOfOrder(RuntimeError):
    """An event was planned for a time that has passed; a defect of the simulation."""


class Agenda:
    """A heap of events. The clock is the time of the last one taken."""

    def __init__(self) -> None:
        """Start at minus infinity: the first event sets the clock."""
        self._heap: list[Event] = []
        self.now_seconds = float("-inf")

    def put(self, at_seconds: float, what: What, subject: str, turn: int = 0) -> None:
        """Plan an event; raises EventOutOfOrder for a time before now."""
        if at_seconds < self.now_seconds:
            raise EventOutOfOrder(f"{what.name} of {subject} at {at_seconds}, now {self.now_seconds}")
        heapq.heappush(self._heap, Event(at_seconds, what, subject, turn))

    def take(self) -> Event | None:
        """The next event, or None when nothing is left."""
        if not self._heap:
            return None
        event = heapq.heappop(self._heap)
        self.now_seconds = event.at_seconds
        return event
