"""New routes close to remembered ones that cost less than what their stops are worth in the relaxation, compiled.

Tried are the same stops for every other technician, with one visit less, one more, and one exchanged. Only for total
duration, whose routes are quick to work out.
"""

from __future__ import annotations

from math import inf

import numpy as np

from dispatch.engine.compiled import compiled, entry
from dispatch.engine.durations import best_place_by_duration, place_pick_up
from dispatch.engine.edit import put
from dispatch.engine.model import COST, NOWHERE, PICK_UP, STOPS, Array, Floats, Ints, Words
from dispatch.engine.remember import remember


@compiled
def lay(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    sequence: Ints,
    count: int,
    without: int,
    r: int,
) -> float:
    """Make this the shift's route, without one of the stops; returns its cost, infinite when it cannot be."""
    kept = 0
    if fixed[PICK_UP] == 1.0:
        # It is taken out again where nobody needs it.
        order[r, 0] = len(visits) - 1
        kept = 1
    for p in range(count):
        if p != without:
            order[r, kept] = sequence[p]
            kept += 1
    routes[r, STOPS] = kept
    place_pick_up(seconds, visits, windows, shifts, order, routes, where, rows, r)
    return routes[r, COST]


@compiled
def is_in(order: Ints, routes: Floats, r: int, v: int) -> bool:
    """Whether the route stops there."""
    for p in range(int(routes[r, STOPS])):  # noqa: SIM110 - compiled code knows no generators
        if order[r, p] == v:
            return True
    return False


@compiled
def add_each(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    assign: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    codes: Words,
    pool_keys: Words,
    pool_costs: Floats,
    pool_stops: Array,
    pool_counts: Ints,
    log: Ints,
    sequence: Ints,
    count: int,
    without: int,
    r: int,
    worth: Floats,
    beyond: float,
    limit: float,
) -> None:
    """Remember this route with one visit more, for each visit that is worth its detour."""
    pick_up = len(visits) - 1
    if routes[r, STOPS] + 3 >= order.shape[1]:
        return
    for v in range(pick_up):
        most = limit - beyond + worth[v]
        if most <= 0.0 or assign[v, r] == inf or is_in(order, routes, r, v):
            continue
        _, position, pick_up_at = best_place_by_duration(
            seconds, visits, windows, shifts, order, routes, rows, r, v, most, fixed[PICK_UP] == 1.0, NOWHERE
        )
        if position == NOWHERE:
            continue
        put(order, routes, where, pick_up, r, position, v, 0, pick_up_at)
        place_pick_up(seconds, visits, windows, shifts, order, routes, where, rows, r)
        if routes[r, COST] < inf:
            remember(order, routes, where, log, 1, pick_up, codes, pool_keys, pool_costs, pool_stops, pool_counts)
        lay(fixed, seconds, visits, windows, shifts, order, routes, where, rows, sequence, count, without, r)


@compiled
def unable_of(assign: Floats, sequence: Ints, count: int, r: int) -> tuple[int, int]:
    """How many of these visits the shift may not serve, and where the last of them is."""
    unable, at = 0, NOWHERE
    for p in range(count):
        if assign[sequence[p], r] == inf:
            unable, at = unable + 1, p
    return unable, at


@compiled
def try_route(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    assign: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    codes: Words,
    pool_keys: Words,
    pool_costs: Floats,
    pool_stops: Array,
    pool_counts: Ints,
    log: Ints,
    sequence: Ints,
    count: int,
    without: int,
    r: int,
    worth: Floats,
    total: float,
    limit: float,
) -> None:
    """Remember the shift's route through these stops without one of them, and with one more, where it pays."""
    pick_up = len(visits) - 1
    cost = lay(fixed, seconds, visits, windows, shifts, order, routes, where, rows, sequence, count, without, r)
    if cost == inf:
        return
    log[0, 0] = r
    beyond = cost - total - worth[pick_up + 1 + r]
    if without != NOWHERE:
        beyond += worth[sequence[without]]
    if beyond < limit:
        remember(order, routes, where, log, 1, pick_up, codes, pool_keys, pool_costs, pool_stops, pool_counts)
    add_each(
        fixed, seconds, visits, windows, shifts, assign, order, routes, where, rows, codes, pool_keys, pool_costs,
        pool_stops, pool_counts, log, sequence, count, without, r, worth, beyond, limit,
    )  # fmt: skip


@entry
def price(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    assign: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    codes: Words,
    pool_keys: Words,
    pool_costs: Floats,
    pool_stops: Array,
    pool_counts: Ints,
    base_shifts: Ints,
    base_counts: Ints,
    base_stops: Array,
    worth: Floats,
    limit: float,
) -> None:
    """Fill the pool with routes near these whose cost less `worth` (visits, the pick-up, shifts) is below the limit.

    The state is only scratch paper.
    """
    pick_up = len(visits) - 1
    sequence, log = np.zeros(order.shape[1], np.int64), np.zeros((1, 1), np.int64)
    for c in range(len(base_shifts)):
        count, total, own = 0, 0.0, base_shifts[c]
        for p in range(base_counts[c]):
            if base_stops[c, p] != pick_up:
                sequence[count] = base_stops[c, p]
                total += worth[sequence[count]]
                count += 1
        for r in range(len(shifts)):
            unable, at = unable_of(assign, sequence, count, r)
            if unable > 1:
                continue
            # The whole route; without each stop for its own technician; without the one another may not serve.
            for without in range(NOWHERE, count):
                is_left_out = without != at if unable == 1 else without != NOWHERE and r != own
                if is_left_out or (count == 1 and without == 0):
                    continue
                try_route(
                    fixed, seconds, visits, windows, shifts, assign, order, routes, where, rows, codes, pool_keys,
                    pool_costs, pool_stops, pool_counts, log, sequence, count, without, r, worth, total, limit,
                )  # fmt: skip
