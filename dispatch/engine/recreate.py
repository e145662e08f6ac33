"""Putting visits back, each at its cheapest place, in varied orders and with blinks, compiled."""

from __future__ import annotations

from math import inf

from dispatch.engine.chance import chance
from dispatch.engine.compiled import compiled
from dispatch.engine.edit import put, save, update
from dispatch.engine.model import (
    COST,
    DROP,
    FIRST_WINDOW,
    KIND,
    NOWHERE,
    PLACE,
    ROUTE,
    SERVICE,
    START,
    STOPS,
    TIERS,
    Floats,
    Ints,
    Words,
)
from dispatch.engine.places import best_place_by_time, fits_load

MANY_ROUTES = 100
NEIGHBOURS_ASKED = 40


@compiled
def sort_waiting(
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    homes: Ints,
    random: Words,
    waiting: Ints,
    keys: Floats,
    count: int,
) -> None:
    """Order the visits to insert: at random, or by what makes them hard to place."""
    draw = chance(random) * 12.0
    for i in range(count):
        v = waiting[i]
        noise = chance(random)
        key = noise
        if 4.0 <= draw < 6.0:
            key += windows[v, 0, FIRST_WINDOW + 1] - windows[v, 0, FIRST_WINDOW]
        elif 6.0 <= draw < 8.0:
            key -= visits[v, DROP]
        elif 8.0 <= draw < 9.0:
            key -= visits[v, SERVICE]
        elif 9.0 <= draw < 10.0:
            key += windows[v, 0, FIRST_WINDOW + 1]
        elif 10.0 <= draw < 11.0:
            key -= windows[v, 0, FIRST_WINDOW]
        elif draw >= 11.0 and homes[v, 0] >= 0:
            key -= seconds[int(visits[v, PLACE]), int(shifts[homes[v, 0], START])]
        keys[i] = key
    for i in range(1, count):
        v, key, j = waiting[i], keys[i], i - 1
        while j >= 0 and keys[j] > key:
            waiting[j + 1], keys[j + 1] = waiting[j], keys[j]
            j -= 1
        waiting[j + 1], keys[j + 1] = v, key


@compiled
def find_near(
    assign: Floats, near: Ints, homes: Ints, where: Ints, is_active: Ints, stamp: Ints, found: Ints, v: int
) -> int:
    """Routes of the visit's neighbours, and the nearest ones that may take it; returns how many."""
    stamp[-1] += 1
    now = stamp[-1]
    count = 0
    for i in range(min(NEIGHBOURS_ASKED, near.shape[1])):
        if near[v, i] < 0:
            break
        r = where[near[v, i], ROUTE]
        if r != NOWHERE and is_active[r] == 1 and stamp[r] != now and assign[v, r] < inf:
            stamp[r] = now
            found[count] = r
            count += 1
    for i in range(homes.shape[1]):
        r = homes[v, i]
        if r >= 0 and is_active[r] == 1 and stamp[r] != now:
            stamp[r] = now
            found[count] = r
            count += 1
    return count


@compiled
def add_others(assign: Floats, active: Ints, is_active: Ints, stamp: Ints, found: Ints, count: int, v: int) -> int:
    """All other routes that may take the visit, after the near ones; returns how many there are now."""
    for i in range(len(active)):
        r = active[i]
        if is_active[r] == 1 and stamp[r] != stamp[-1] and assign[v, r] < inf:
            found[count] = r
            count += 1
    return count


@compiled
def find_changed(
    assign: Floats,
    active: Ints,
    is_active: Ints,
    changed: Ints,
    since: int,
    log: Ints,
    touched: int,
    stamp: Ints,
    found: Ints,
    v: int,
) -> int:
    """Routes not tried for this absent visit as they are: changed since then, or just now; returns how many."""
    stamp[-1] += 1
    for i in range(touched):
        stamp[log[i, 0]] = stamp[-1]
    count = 0
    for i in range(len(active)):
        r = active[i]
        if is_active[r] == 1 and (changed[r] >= since or stamp[r] == stamp[-1]) and assign[v, r] < inf:
            found[count] = r
            count += 1
    return count


@compiled
def best_of(
    fixed: Floats,
    seconds: Floats,
    metres: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rests: Floats,
    assign: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    labels: Floats,
    parents: Ints,
    trial: Ints,
    random: Words,
    chosen: Ints,
    count: int,
    v: int,
    tier: int,
    best: float,
) -> tuple[float, int, int]:
    """The cheapest place over some routes, if below `best`: what it adds, route and position."""
    route, position = NOWHERE, NOWHERE
    empty_kind = -1.0
    for i in range(count):
        r = chosen[i]
        if assign[v, r] == inf or routes[r, STOPS] + 3 >= order.shape[1] or routes[r, COST] == inf:
            continue
        if routes[r, STOPS] == 0:
            if shifts[r, KIND] == empty_kind:
                continue
            empty_kind = shifts[r, KIND]
        if fits_load(visits, shifts, routes, r, v):
            extra, p = best_place_by_time(
                fixed, seconds, metres, visits, windows, shifts, rests, assign, order, routes, where, rows, labels,
                parents, trial, random, r, v, tier, best,
            )  # fmt: skip
            if p != NOWHERE and extra < best:
                best, route, position = extra, r, p
    return best, route, position


@compiled
def insert_one(
    fixed: Floats,
    seconds: Floats,
    metres: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rests: Floats,
    assign: Floats,
    near: Ints,
    homes: Ints,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    labels: Floats,
    parents: Ints,
    trial: Ints,
    random: Words,
    active: Ints,
    is_active: Ints,
    stamp: Ints,
    found: Ints,
    log: Ints,
    log_routes: Floats,
    log_rows: Floats,
    touched: int,
    changed: Ints,
    since: int,
    v: int,
) -> int:
    """Insert one visit where it is cheapest; returns the undo log's length, or minus one when it stays out.

    With `touched` below zero nothing is logged. With `since` from zero on, only routes changed then or later are tried.
    """
    for tier in range(int(visits[v, TIERS])):
        if since >= 0:
            count = find_changed(assign, active, is_active, changed, since, log, touched, stamp, found, v)
        else:
            count = find_near(assign, near, homes, where, is_active, stamp, found, v)
            if len(active) <= MANY_ROUTES:
                count = add_others(assign, active, is_active, stamp, found, count, v)
        _, route, position = best_of(
            fixed, seconds, metres, visits, windows, shifts, rests, assign, order, routes, where, rows, labels,
            parents, trial, random, found, count, v, tier, visits[v, DROP],
        )  # fmt: skip
        if route == NOWHERE and since < 0 and len(active) > MANY_ROUTES:
            _, route, position = best_of(
                fixed, seconds, metres, visits, windows, shifts, rests, assign, order, routes, where, rows, labels,
                parents, trial, random, active, len(active), v, tier, visits[v, DROP],
            )  # fmt: skip
        if route != NOWHERE:
            if touched >= 0:
                touched = save(order, routes, where, rows, log, log_routes, log_rows, touched, route)
            put(order, routes, where, len(visits) - 1, route, position, v, tier, NOWHERE)
            update(
                fixed, seconds, metres, visits, windows, shifts, rests, assign, order, routes, where, rows, labels,
                parents, route,
            )  # fmt: skip
            return max(touched, 0)
    return -1
