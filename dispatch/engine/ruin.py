"""Taking strings of neighbouring visits out of several routes (Christiaens and Vanden Berghe 2020), compiled."""

from __future__ import annotations

from dispatch.engine.chance import below, chance
from dispatch.engine.compiled import compiled
from dispatch.engine.edit import save
from dispatch.engine.model import NOWHERE, PINNED, POSITION, ROUTE, STOPS, Floats, Ints, Words

SPLIT_CHANCE = 0.5
SPLIT_STOP = 0.99
MOST_STRINGS = 30
WHOLE_CHANCE = 0.05
"""How often whole routes may go, without which small plans stay in the way of their own routes."""


@compiled
def remove_string(
    visits: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    random: Words,
    removed: Ints,
    taken: int,
    r: int,
    at: int,
    size: int,
) -> int:
    """Take out `size` stops around position `at`, every other time leaving a gap in the middle; pinned ones stay.

    Returns how many visits are in `removed`; the route has to be updated after.
    """
    count, pick_up = int(routes[r, STOPS]), len(visits) - 1
    gap = 0
    if 1 < size < count and chance(random) < SPLIT_CHANCE:
        gap = 1
        while size + gap < count and chance(random) > SPLIT_STOP:
            gap += 1
    span = size + gap
    first = max(0, min(at - below(random, span), count - span))
    skip = first + 1 + below(random, size - 1) if gap > 0 else 0
    kept = first
    for p in range(first, count):
        v = order[r, p]
        is_kept = p >= first + span or v == pick_up or visits[v, PINNED] == 1.0 or (gap > 0 and skip <= p < skip + gap)
        if is_kept:
            order[r, kept] = v
            kept += 1
        else:
            removed[taken] = v
            taken += 1
            where[v, ROUTE] = NOWHERE
    routes[r, STOPS] = kept
    return taken


@compiled
def ruin(
    visits: Floats,
    near: Ints,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    random: Words,
    is_active: Ints,
    log: Ints,
    log_routes: Floats,
    log_rows: Floats,
    removed: Ints,
    seed: int,
    average: float,
    longest: float,
) -> tuple[int, int]:
    """Remove strings near the seed visit; returns how many visits are in `removed` and routes in the undo log.

    `longest` is the longest string, not more than the routes' mean length.
    """
    strings = min(int(chance(random) * (4.0 * average / (1.0 + longest))) + 1, MOST_STRINGS)
    limit = 1e9 if chance(random) < WHOLE_CHANCE else longest
    taken, touched = 0, 0
    for i in range(-1, near.shape[1]):
        v = seed if i < 0 else near[seed, i]
        if v < 0:
            break
        r = where[v, ROUTE]
        if r == NOWHERE or is_active[r] == 0:
            continue
        before = touched
        touched = save(order, routes, where, rows, log, log_routes, log_rows, touched, r)
        if touched == before:
            continue
        size = int(chance(random) * min(routes[r, STOPS], limit)) + 1
        taken = remove_string(visits, order, routes, where, random, removed, taken, r, where[v, POSITION], size)
        if touched >= strings:
            break
    return taken, touched
