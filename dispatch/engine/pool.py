"""Routes remembered for recombination: the compiled threads fill slots, the exact solver reads arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.engine.model import Array, Floats, Ints, Words


@dataclass(frozen=True, slots=True)
class Column:
    """One route of one shift: its stops in order (the pick-up among them) and its cost.

    `tiers` are the tiers of its stops' windows; without them all are the best.
    """

    shift: int
    stops: tuple[int, ...]
    cost: float
    tiers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """Many routes as arrays: route i of `shifts[i]` has the stops `stops[i, : counts[i]]`.

    Routes of one shift with the same visits have the same key.
    """

    keys: Words
    shifts: Ints
    counts: Ints
    stops: Array
    costs: Floats

    def __len__(self) -> int:
        """How many routes there are."""
        return len(self.keys)

    def take(self, chosen: Ints | npt.NDArray[np.bool_]) -> Remembered:
        """These of the routes."""
        return Remembered(
            self.keys[chosen], self.shifts[chosen], self.counts[chosen], self.stops[chosen], self.costs[chosen]
        )

    def column(self, index: int) -> Column:
        """One of the routes by itself."""
        stops = self.stops[index, : self.counts[index]].tolist()
        return Column(int(self.shifts[index]), tuple(stops), float(self.costs[index]))

    def is_stop(self) -> npt.NDArray[np.bool_]:
        """Which entries of `stops` count."""
        return np.arange(self.stops.shape[1])[None, :] < self.counts[:, None]


def joined_of(parts: Sequence[Remembered]) -> Remembered:
    """All these routes in this order."""
    return Remembered(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.shifts for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.stops for part in parts]),
        np.concatenate([part.costs for part in parts]),
    )


def cheapest_of(parts: Sequence[Remembered]) -> Remembered:
    """All these routes, of equals only the cheapest, ordered by key."""
    joined = joined_of(parts)
    order = np.lexsort((joined.costs, joined.keys))
    keys = joined.keys[order]
    is_first = np.ones(len(keys), np.bool_)
    is_first[1:] = keys[1:] != keys[:-1]
    return joined.take(order[is_first])


class Pool:
    """A thread's slots; `size` is a power of two, and three quarters of it are used at most."""

    def __init__(self, size: int, longest: int, visits: int, shifts: int) -> None:
        """Empty slots for routes of up to `longest` stops."""
        self.visits = visits
        self.keys: Words = np.zeros(size, np.uint64)
        self.costs: Floats = np.zeros(size)
        self.stops: Array = np.zeros((size, longest + 2), np.int32)
        self.counts: Ints = np.zeros(size + 1, np.int64)
        # The visits' codes are the same for every thread, so that equal routes have equal keys.
        self.codes: Words = np.random.default_rng(2013).integers(1, 2**63, visits + shifts + 1, dtype=np.uint64)

    def tables(self) -> tuple[Words, Words, Floats, Array, Ints]:
        """What `anneal` takes."""
        return self.codes, self.keys, self.costs, self.stops, self.counts

    def drain(self, worth: Floats, most: int) -> Remembered:
        """The routes remembered, at most so many; the slots are empty after.

        Kept are those that cost least beyond what their stops are worth (`worth` per visit, and for the pick-up).
        """
        used = np.flatnonzero(self.counts[:-1])
        if len(used) > most:
            stops, counts = self.stops[used, 1:], self.counts[used]
            is_stop = np.arange(stops.shape[1])[None, :] < counts[:, None]
            beyond = self.costs[used] - np.where(is_stop, worth[stops], 0.0).sum(axis=1)
            used = used[np.sort(np.argsort(beyond, kind="stable")[:most])]
        found = Remembered(
            self.keys[used],
            self.stops[used, 0].astype(np.int64),
            self.counts[used],
            self.stops[used, 1:],
            self.costs[used],
        )
        self.counts[:] = 0
        return found

    def remembered(self, columns: Sequence[Column]) -> Remembered:
        """These routes in the form of the pool's own, in the same order."""
        keys, stops = np.zeros(len(columns), np.uint64), np.zeros((len(columns), self.stops.shape[1] - 1), np.int32)
        for row, column in enumerate(columns):
            stops[row, : len(column.stops)] = column.stops
            parts = [*(stop for stop in column.stops if stop != self.visits), self.visits + column.shift]
            keys[row] = np.bitwise_xor.reduce(self.codes[parts])
        return Remembered(
            keys,
            np.array([column.shift for column in columns], np.int64),
            np.array([len(column.stops) for column in columns], np.int64),
            stops,
            np.array([column.cost for column in columns]),
        )
