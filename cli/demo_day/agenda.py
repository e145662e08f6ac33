"""What happens when: a queue of things to do, in the order of their instants."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable
from itertools import count

Act = Callable[[], None]


class Agenda:
    """Acts may put further acts on the agenda; those of one instant happen in the order they were put there."""

    def __init__(self) -> None:
        self._heap: list[tuple[dt.datetime, int, Act]] = []
        self._numbers = count()

    def put(self, at: dt.datetime, act: Act) -> None:
        """Plan `act` for the instant `at`."""
        heapq.heappush(self._heap, (at, next(self._numbers), act))

    def take(self, *, until: dt.datetime) -> tuple[dt.datetime, Act] | None:
        """Take the next act off the agenda, or None when there is none before `until`."""
        if not self._heap or self._heap[0][0] >= until:
            return None
        at, _, act = heapq.heappop(self._heap)
        return at, act
