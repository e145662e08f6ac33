"""Changing routes, and changing them back, compiled."""

from __future__ import annotations

from dispatch.engine.compiled import compiled
from dispatch.engine.durations import place_pick_up
from dispatch.engine.model import CHANGES, DURATION, MODE, NOWHERE, POSITION, ROUTE, STOPS, TIER, VERSION, Floats, Ints
from dispatch.engine.times import update_times


@compiled
def count_change(routes: Floats, r: int) -> None:
    """Give a changed route's content a name of its own."""
    routes[r, CHANGES] += 1.0
    routes[r, VERSION] = routes[r, CHANGES]


@compiled
def update(
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
    r: int,
) -> None:
    """Work a changed route out again."""
    count_change(routes, r)
    if fixed[MODE] == DURATION:
        place_pick_up(seconds, visits, windows, shifts, order, routes, where, rows, r)
    else:
        update_times(
            fixed,
            seconds,
            metres,
            visits,
            windows,
            shifts,
            rests,
            assign,
            order,
            routes,
            where,
            rows,
            labels,
            parents,
            r,
        )


@compiled
def put(
    order: Ints, routes: Floats, where: Ints, pick_up: int, r: int, p: int, v: int, tier: int, pick_up_at: int
) -> None:
    """Write v before stop p, and the pick-up where asked for; the route has to be updated after.

    A pick-up the route already has lies behind that place and moves there.
    """
    count = int(routes[r, STOPS])
    if pick_up_at != NOWHERE:
        kept = 0
        for i in range(count):
            if order[r, i] != pick_up:
                order[r, kept] = order[r, i]
                kept += 1
        count = kept
    for i in range(count, p, -1):
        order[r, i] = order[r, i - 1]
    order[r, p] = v
    where[v, TIER] = tier
    count += 1
    if pick_up_at != NOWHERE:
        for i in range(count, pick_up_at, -1):
            order[r, i] = order[r, i - 1]
        order[r, pick_up_at] = pick_up
        count += 1
    routes[r, STOPS] = count


@compiled
def save(
    order: Ints, routes: Floats, where: Ints, rows: Floats, log: Ints, log_routes: Floats, log_rows: Floats,
    touched: int, r: int,
) -> int:  # fmt: skip
    """Write a route into the undo log unless it is there; returns how many are in it.

    A row of the log: the route, its number of stops, the stops, and from the middle on their tiers.
    """
    for i in range(touched):
        if log[i, 0] == r:
            return touched
    count, middle = int(routes[r, STOPS]), log.shape[1] // 2
    log[touched, 0], log[touched, 1] = r, count
    for q in range(routes.shape[1]):
        log_routes[touched, q] = routes[r, q]
    for p in range(count):
        v = order[r, p]
        log[touched, 2 + p] = v
        log[touched, middle + p] = where[v, TIER]
    for p in range(count + 1):
        for q in range(rows.shape[2]):
            log_rows[touched, p, q] = rows[r, p, q]
    return touched + 1


@compiled
def undo(
    order: Ints, routes: Floats, where: Ints, rows: Floats, log: Ints, log_routes: Floats, log_rows: Floats,
    touched: int, pick_up: int,
) -> None:  # fmt: skip
    """Put the routes of the undo log back as they were; visits put in meanwhile become absent."""
    middle = log.shape[1] // 2
    for i in range(touched):
        r = log[i, 0]
        for p in range(int(routes[r, STOPS])):
            where[order[r, p], ROUTE] = NOWHERE
    for i in range(touched):
        r = log[i, 0]
        changes = routes[r, CHANGES]
        for q in range(routes.shape[1]):
            routes[r, q] = log_routes[i, q]
        routes[r, CHANGES] = changes
        for p in range(log[i, 1]):
            v = log[i, 2 + p]
            order[r, p] = v
            if v != pick_up:
                where[v, ROUTE], where[v, POSITION], where[v, TIER] = r, p, log[i, middle + p]
        for p in range(log[i, 1] + 1):
            for q in range(rows.shape[2]):
                rows[r, p, q] = log_rows[i, p, q]
