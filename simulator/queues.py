"""Callers waiting for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from simulator.rooms import Seated


@dataclass(frozen=True, slots=True)
class Waiting:
    """One caller in a queue."""

    call_sid: str
    since: datetime
    leg: Seated


@dataclass
class WaitingQueue:
    """One queue, made on demand; the first in is the first out."""

    name: str
    sid: str
    made_at: datetime
    max_size: int = 1000
    waiting: list[Waiting] = field(default_factory=list)

    def find_position(self, call_sid: str) -> int:
        """Return a caller's place, the first is 1."""
        return [caller.call_sid for caller in self.waiting].index(call_sid) + 1

    def remove(self, call_sid: str) -> None:
        self.waiting = [caller for caller in self.waiting if caller.call_sid != call_sid]

    def find_wait_seconds(self, call_sid: str, now: datetime) -> int:
        since = next(caller.since for caller in self.waiting if caller.call_sid == call_sid)
        return round((now - since).total_seconds())
