"""A pool of good routes, by the set of visits they serve, for the exact recombination later; compiled."""

from __future__ import annotations

import numpy as np

from dispatch.engine.compiled import compiled
from dispatch.engine.model import COST, STOPS, TIER, Array, Floats, Ints, Words


@compiled
def remember(  # noqa: C901 - one slot after the other
    order: Ints,
    routes: Floats,
    where: Ints,
    log: Ints,
    touched: int,
    pick_up: int,
    codes: Words,
    keys: Words,
    costs: Floats,
    stops: Array,
    counts: Ints,
) -> None:
    """Put the routes of the undo log, as they now are, into the pool; of equals the cheapest stays.

    `counts[slot]` is a pooled route's number of stops, `stops[slot]` its shift and then its stops; the last entry of
    `counts` is how many routes there are. Beyond three quarters full nothing is added, nor ever a
    route that breaks a promise.
    """
    size = len(keys)
    for i in range(touched):
        r = log[i, 0]
        count = int(routes[r, STOPS])
        if count == 0:
            continue
        key = codes[pick_up + r]
        is_whole = True
        for p in range(count):
            if order[r, p] != pick_up:
                key ^= codes[order[r, p]]
                is_whole = is_whole and where[order[r, p], TIER] == 0
        if not is_whole:
            continue
        slot = np.int64(key & np.uint64(size - 1))
        while counts[slot] > 0 and keys[slot] != key:
            slot = (slot + 1) & (size - 1)
        if counts[slot] == 0:
            if counts[size] * 4 >= size * 3:
                continue
            counts[size] += 1
        elif costs[slot] <= routes[r, COST]:
            continue
        keys[slot], costs[slot], counts[slot] = key, routes[r, COST], count
        stops[slot, 0] = r
        for p in range(count):
            stops[slot, 1 + p] = order[r, p]
