"""Driving with rests: when one gets there, and how late one may leave. Used by the search, never by `check`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import inf

from dispatch.problem import Break, Travel

HOUR_SECONDS = 3600.0
HOURS = 24
EPSILON_SECONDS = 1e-6


class Roads:
    """The roads of one problem. `base` seconds are those of the matrix over the technician's speed factor."""

    def __init__(self, travel: Travel) -> None:
        """Prepare the hour factors, if any, as a table of driving done since midnight."""
        self.seconds = travel.seconds.item
        self.metres = travel.metres.item
        self.is_flat = not travel.hour_factors or all(factor == 1.0 for factor in travel.hour_factors)
        self.fastest_factor = 1.0 if self.is_flat else min(travel.hour_factors)
        self._offset = travel.origin_hour * HOUR_SECONDS
        self._rates = [1.0 / factor for factor in travel.hour_factors]
        self._done = [0.0, *accumulate(rate * HOUR_SECONDS for rate in self._rates)]

    def progress(self, at: float) -> float:
        """Driving one could have done by the clock time `at`, counted from midnight of the first day."""
        if self.is_flat:
            return at
        hours, seconds = divmod(at + self._offset, HOUR_SECONDS)
        days, hour = divmod(int(hours), HOURS)
        return days * self._done[-1] + self._done[hour] + seconds * self._rates[hour]

    def clock(self, progress: float) -> float:
        """The clock time at which `progress` is reached: the inverse of `progress`."""
        if self.is_flat:
            return progress
        days, rest = divmod(progress, self._done[-1])
        hour = min(bisect_right(self._done, rest) - 1, HOURS - 1)
        seconds = (rest - self._done[hour]) / self._rates[hour]
        return (days * HOURS + hour) * HOUR_SECONDS + seconds - self._offset

    def drive(self, leave: float, base: float, rests: Sequence[Break] = ()) -> float:
        """When one is there, free to work, having left at `leave` and rested on the way; infinite if a rest is late."""
        at = leave
        for rest in rests:
            start = max(at, rest.window.from_seconds)
            if start > rest.window.until_seconds + EPSILON_SECONDS:
                return inf
            if start > at:
                base = max(0.0, base - (self.progress(start) - self.progress(at)))
            at = start + rest.duration_seconds
        if base == inf:
            return inf
        return at + base if self.is_flat else self.clock(self.progress(at) + base)

    def leave_by(self, ready_by: float, base: float, rests: Sequence[Break] = ()) -> float:
        """How late one may leave to be there, rested, at `ready_by`: the inverse of `drive`.

        Minus infinity if that cannot be.
        """
        if base == inf:
            return -inf
        if not rests:
            if ready_by in (inf, -inf):
                return ready_by
            return ready_by - base if self.is_flat else self.clock(self.progress(ready_by) - base)
        first, later = rests[0], rests[1:]
        leave = min(self.leave_by(ready_by, base, later) - first.duration_seconds, first.window.until_seconds)
        if leave >= first.window.from_seconds - EPSILON_SECONDS:
            return leave
        begin = first.window.from_seconds
        driven_after = self._reach(begin + first.duration_seconds, ready_by, later)
        if driven_after < -EPSILON_SECONDS:
            return -inf
        left = max(0.0, base - driven_after)
        return begin - left if self.is_flat else self.clock(self.progress(begin) - left)

    def _reach(self, at: float, ready_by: float, rests: Sequence[Break]) -> float:
        """How much one can drive from `at` until `ready_by` and take the rests; minus infinity if there is no time."""
        driven = 0.0
        for rest in rests:
            start = max(at, rest.window.from_seconds)
            if start > rest.window.until_seconds + EPSILON_SECONDS:
                return -inf
            driven += self.progress(start) - self.progress(at)
            at = start + rest.duration_seconds
        if ready_by in (inf, -inf):
            return ready_by
        return driven + self.progress(ready_by) - self.progress(at) if at <= ready_by + EPSILON_SECONDS else -inf
