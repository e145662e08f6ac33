"""Putting visits back where total duration counts, knowing what they would add to unchanged routes, compiled."""

from __future__ import annotations

from math import inf

import numpy as np

from dispatch.engine.chance import chance
from dispatch.engine.compiled import compiled, entry
from dispatch.engine.durations import best_place_by_duration, place_pick_up
from dispatch.engine.edit import count_change, put, save
from dispatch.engine.model import (
    AS_OF,
    AT,
    COST,
    DROP,
    DURATION,
    EXTRA,
    KIND,
    MODE,
    NOWHERE,
    PICK_UP,
    PICK_UP_AT,
    STOPS,
    VERSION,
    Floats,
    Ints,
    Words,
)
from dispatch.engine.places import BLINK


@entry
def new_known(fixed: Floats, visits: Floats, shifts: Floats) -> Floats:
    """Nothing known yet; only total duration asks."""
    if fixed[MODE] != DURATION:
        return np.zeros((1, 1, 4))
    known = np.zeros((len(visits), len(shifts), 4))
    known[:, :, AS_OF] = -1.0
    return known


@entry
def new_able(fixed: Floats, assign: Floats, chosen: Ints) -> Ints:
    """Per visit how many of these routes may take it, and then which; only total duration asks."""
    if fixed[MODE] != DURATION:
        return np.zeros((1, 1), np.int64)
    able = np.zeros((len(assign), len(chosen) + 1), np.int64)
    for v in range(len(assign)):
        for i in range(len(chosen)):
            if assign[v, chosen[i]] < inf:
                able[v, 0] += 1
                able[v, able[v, 0]] = chosen[i]
    return able


@compiled
def recall_best(
    order: Ints, routes: Floats, random: Words, able: Ints, is_active: Ints, found: Ints, known: Floats, v: int
) -> tuple[float, int, int]:
    """The cheapest place already known: what it adds, its route, and how many routes in `found` have to be asked."""
    best, route, asked = inf, NOWHERE, 0
    for i in range(1, able[v, 0] + 1):
        r = able[v, i]
        if is_active[r] == 0 or routes[r, COST] == inf or routes[r, STOPS] + 3 >= order.shape[1]:
            continue
        if known[v, r, AS_OF] == routes[r, VERSION]:
            if known[v, r, EXTRA] >= best:
                continue
            if known[v, r, AT] >= 0.0 and chance(random) >= BLINK:
                best, route = known[v, r, EXTRA], r
                continue
        found[asked] = r
        asked += 1
    return best, route, asked


@compiled
def ask_route(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    rows: Floats,
    random: Words,
    known: Floats,
    r: int,
    v: int,
    best: float,
) -> tuple[float, int, int]:
    """The cheapest place below `best` in one route, now and then the second cheapest; what comes out is kept."""
    has_pick_up, passed_over = fixed[PICK_UP] == 1.0, NOWHERE
    if known[v, r, AS_OF] == routes[r, VERSION] and known[v, r, AT] >= 0.0:
        passed_over = int(known[v, r, AT])
    extra, p, q = best_place_by_duration(
        seconds, visits, windows, shifts, order, routes, rows, r, v, best, has_pick_up, passed_over
    )
    if passed_over == NOWHERE:
        known[v, r, AS_OF], known[v, r, EXTRA] = routes[r, VERSION], extra
        known[v, r, AT], known[v, r, PICK_UP_AT] = p, q
        if p != NOWHERE and chance(random) < BLINK:
            extra, p, q = best_place_by_duration(
                seconds, visits, windows, shifts, order, routes, rows, r, v, best, has_pick_up, p
            )
    return extra, p, q


@compiled
def insert_by_duration(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    random: Words,
    able: Ints,
    is_active: Ints,
    found: Ints,
    known: Floats,
    log: Ints,
    log_routes: Floats,
    log_rows: Floats,
    touched: int,
    v: int,
) -> int:
    """Insert one visit where it is cheapest; returns the undo log's length, or minus one when it stays out.

    With `touched` below zero nothing is logged. Now and then the cheapest place of a route is passed over.
    """
    best, route, asked = recall_best(order, routes, random, able, is_active, found, known, v)
    position, pick_up_at = NOWHERE, NOWHERE
    if route != NOWHERE:
        position, pick_up_at = int(known[v, route, AT]), int(known[v, route, PICK_UP_AT])
    if best > visits[v, DROP]:
        best, route = visits[v, DROP], NOWHERE
    empty_kind = -1.0
    for i in range(asked):
        r = found[i]
        if known[v, r, AS_OF] == routes[r, VERSION] and known[v, r, EXTRA] >= best:
            continue
        if routes[r, STOPS] == 0:
            if shifts[r, KIND] == empty_kind:
                continue
            empty_kind = shifts[r, KIND]
        extra, p, q = ask_route(
            fixed, seconds, visits, windows, shifts, order, routes, rows, random, known, r, v, best
        )  # fmt: skip
        if p != NOWHERE:
            best, route, position, pick_up_at = extra, r, p, q
    if route == NOWHERE:
        return -1
    if touched >= 0:
        touched = save(order, routes, where, rows, log, log_routes, log_rows, touched, route)
    put(order, routes, where, len(visits) - 1, route, position, v, 0, pick_up_at)
    count_change(routes, route)
    place_pick_up(seconds, visits, windows, shifts, order, routes, where, rows, route)
    return max(touched, 0)
