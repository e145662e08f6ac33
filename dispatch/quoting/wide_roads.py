"""Driving with rests for whole columns at once: `dispatch.roads.Roads`, stated for arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dispatch.problem import Travel
from dispatch.roads import EPSILON_SECONDS, HOUR_SECONDS, HOURS

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Rest = tuple[Floats, Floats, Floats]
"""One break per row: earliest start, latest start, length. A row without one has a latest start of minus infinity."""


class WideRoads:
    """The roads of one problem; every argument and answer is an array with one row per drive."""

    def __init__(self, travel: Travel) -> None:
        """Prepare the table of driving done since midnight, and the fastest factor between any two hours."""
        self.seconds = travel.seconds
        factors = travel.hour_factors
        self.is_flat = not factors or all(factor == 1.0 for factor in factors)
        self._offset = travel.origin_hour * HOUR_SECONDS
        if not self.is_flat:
            self._rates = np.array([1.0 / factor for factor in factors])
            self._done = np.concatenate(([0.0], np.cumsum(self._rates * HOUR_SECONDS)))
            self._fastest = _fastest_between(np.array(factors))

    def progress(self, at: Floats) -> Floats:
        """Driving one could have done by the clock time `at`; infinite times stay infinite."""
        if self.is_flat:
            return at
        known = np.where(np.isfinite(at), at, 0.0)
        hours, seconds = np.divmod(known + self._offset, HOUR_SECONDS)
        days, hour = np.divmod(hours.astype(np.int64), HOURS)
        return np.where(np.isfinite(at), days * self._done[-1] + self._done[hour] + seconds * self._rates[hour], at)

    def clock(self, progress: Floats) -> Floats:
        """The clock time at which `progress` is reached."""
        if self.is_flat:
            return progress
        known = np.where(np.isfinite(progress), progress, 0.0)
        days, rest = np.divmod(known, self._done[-1])
        hour = np.minimum(np.searchsorted(self._done, rest, side="right") - 1, HOURS - 1)
        seconds = (rest - self._done[hour]) / self._rates[hour]
        return np.where(np.isfinite(progress), (days * HOURS + hour) * HOUR_SECONDS + seconds - self._offset, progress)

    @np.errstate(invalid="ignore")
    def drive(self, leave: Floats, base: Floats, rests: Sequence[Rest] = ()) -> Floats:
        """When each is there, free to work, having left at `leave` and rested on the way; infinite if it cannot be."""
        at = leave
        is_late = np.zeros(at.shape, dtype=bool)
        for begin, until, length in rests:
            start = np.maximum(at, begin)
            is_late |= start > until + EPSILON_SECONDS
            if len(base):
                driven = np.where(start > at, self.progress(start) - self.progress(np.minimum(at, start)), 0.0)
                base = np.where(driven > 0.0, np.maximum(0.0, base - driven), base)
            at = start + length
        there = at + base if self.is_flat else self.clock(self.progress(at) + base)
        return np.where(is_late, np.inf, there)

    @np.errstate(invalid="ignore")
    def leave_by(self, ready_by: Floats, base: Floats, rests: Sequence[Rest] = ()) -> Floats:
        """How late each may leave to be there, rested, at `ready_by`; minus infinity where that cannot be."""
        if not rests:
            leave = ready_by - base if self.is_flat else self.clock(self.progress(ready_by) - base)
            return np.where(np.isinf(base), -np.inf, leave)
        begin, until, length = rests[0]
        leave = np.minimum(self.leave_by(ready_by, base, rests[1:]) - length, until)
        reach = self._reach(begin + length, ready_by, rests[1:])
        cannot = (reach < -EPSILON_SECONDS) | np.isinf(base) | np.isinf(until)
        left = np.where(cannot, 0.0, np.maximum(0.0, base - reach))
        early = begin - left if self.is_flat else self.clock(self.progress(begin) - left)
        return np.where(leave >= begin - EPSILON_SECONDS, leave, np.where(cannot, -np.inf, early))

    @np.errstate(invalid="ignore")
    def _reach(self, at: Floats, ready_by: Floats, rests: Sequence[Rest]) -> Floats:
        """How much one can drive from `at` until `ready_by` and take the rests; minus infinity without the time."""
        driven = np.zeros(at.shape)
        cannot = np.zeros(at.shape, dtype=bool)
        for begin, until, length in rests:
            start = np.maximum(at, begin)
            cannot |= start > until + EPSILON_SECONDS
            driven = driven + self.progress(start) - self.progress(at)
            at = start + length
        reach = driven + self.progress(ready_by) - self.progress(at)
        return np.where(cannot | (at > ready_by + EPSILON_SECONDS), -np.inf, reach)

    def fastest(self, since: Floats, until: Floats) -> Floats:
        """The smallest factor of any hour between two times."""
        if self.is_flat:
            return np.ones(since.shape)
        known, ends = np.where(np.isfinite(since), since, 0.0), np.where(np.isfinite(until), until, 0.0)
        first = np.floor_divide(known + self._offset, HOUR_SECONDS).astype(np.int64)
        last = np.floor_divide(ends + self._offset, HOUR_SECONDS).astype(np.int64)
        bounded = np.isfinite(since) & np.isfinite(until)
        return self._fastest[first % HOURS, np.where(bounded, np.clip(last - first, 0, HOURS - 1), HOURS - 1)]


def _fastest_between(factors: Floats) -> Floats:
    """By first hour and number of hours after it: the smallest factor met."""
    rows = np.array([np.roll(factors, -hour) for hour in range(HOURS)])
    return np.minimum.accumulate(rows, axis=1)
