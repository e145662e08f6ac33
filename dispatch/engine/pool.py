"""Routes remembered for recombination: the compiled threads fill slots, the exact solver reads columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


class Pool:
    """A thread's slots; `size` is a power of two, and three quarters of it are used at most."""

    def __init__(self, size: int, longest: int, visits: int, shifts: int) -> None:
        """Empty slots for routes of up to `longest` stops."""
        self.keys: Words = np.zeros(size, np.uint64)
        self.costs: Floats = np.zeros(size)
        self.stops: Array = np.zeros((size, longest + 2), np.int32)
        self.counts: Ints = np.zeros(size + 1, np.int64)
        # The visits' codes are the same for every thread, so that equal routes have equal keys.
        self.codes: Words = np.random.default_rng(2013).integers(1, 2**63, visits + shifts + 1, dtype=np.uint64)

    def tables(self) -> tuple[Words, Words, Floats, Array, Ints]:
        """What `anneal` takes."""
        return self.codes, self.keys, self.costs, self.stops, self.counts

    def drain(self, worth: Floats, most: int) -> list[Column]:
        """The routes remembered, at most so many; the slots are empty after.

        Kept are those that cost least beyond what their stops are worth (`worth` per visit, and for the pick-up).
        """
        used = np.flatnonzero(self.counts[:-1])
        if len(used) > most:
            stops, counts = self.stops[used, 1:], self.counts[used]
            is_stop = np.arange(stops.shape[1])[None, :] < counts[:, None]
            beyond = self.costs[used] - np.where(is_stop, worth[stops], 0.0).sum(axis=1)
            used = used[np.sort(np.argsort(beyond, kind="stable")[:most])]
        columns = [
            Column(
                int(self.stops[slot, 0]),
                tuple(self.stops[slot, 1 : 1 + self.counts[slot]].tolist()),
                float(self.costs[slot]),
            )
            for slot in used
        ]
        self.counts[:] = 0
        return columns
