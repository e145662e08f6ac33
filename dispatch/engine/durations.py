"""Routes whose cost is their duration, with one optional stop at a pick-up point, compiled.

A piece of a route is (duration, earliest start, latest start): its shortest duration, had when it is started between
the two (Vidal's concatenation). Columns 0–2 of a stop's row are the piece from home up to that stop (excluded), 3–5
the piece from that stop home. The pick-up point is the last visit: from there on every tool is held and parts are
unlimited. IDLE holds the seconds of driving and work, the least a duration can be.
"""

from __future__ import annotations

from math import inf

from dispatch.engine.compiled import compiled
from dispatch.engine.model import (
    CAPACITY,
    COST,
    DEMAND,
    DRIVEN,
    END,
    EPSILON,
    FIRST_WINDOW,
    HELD,
    IDLE,
    NOWHERE,
    PLACE,
    POSITION,
    READY,
    ROUTE,
    SERVICE,
    SLOWNESS,
    START,
    STOPS,
    TOOLS,
    UNTIL,
    USED,
    Floats,
    Ints,
)

UNTIL_COLUMN = FIRST_WINDOW + 1


@compiled
def join(
    d1: float, e1: float, l1: float, leg: float, d2: float, e2: float, l2: float
) -> tuple[float, float, float, bool]:
    """Two pieces with a leg between them; false when the second cannot be reached in time."""
    both = d1 + leg
    if e1 + both > l2 + EPSILON:
        return 0.0, 0.0, 0.0, False
    wait = max(0.0, e2 - both - l1)
    return both + d2 + wait, max(e2 - both, e1) - wait, min(l2 - both, l1), True


@compiled
def reset_used(routes: Floats, r: int) -> None:
    """Nothing used yet."""
    for q in range(USED, routes.shape[1]):
        routes[r, q] = 0.0


@compiled
def needs_pick_up(visits: Floats, shifts: Floats, routes: Floats, r: int, v: int) -> bool:
    """Whether this visit cannot be served from what is on the van before the pick-up."""
    if int(visits[v, TOOLS]) & ~int(shifts[r, HELD]) != 0:
        return True
    for q in range(routes.shape[1] - USED):
        if routes[r, USED + q] + visits[v, DEMAND + q] > shifts[r, CAPACITY + q] + EPSILON:
            return True
    return False


@compiled
def update_fronts(
    seconds: Floats, visits: Floats, windows: Floats, shifts: Floats, order: Ints, routes: Floats, rows: Floats, r: int
) -> bool:
    """The pieces from home up to each stop, and driving and work in all; false where a stop is reached too late."""
    count, slowness = int(routes[r, STOPS]), shifts[r, SLOWNESS]
    d, e, late = 0.0, shifts[r, READY], shifts[r, UNTIL]
    here = int(shifts[r, START])
    driven, working = 0.0, 0.0
    for p in range(count):
        rows[r, p, 0], rows[r, p, 1], rows[r, p, 2] = d, e, late
        v = order[r, p]
        place = int(visits[v, PLACE])
        leg = seconds[here, place] * slowness
        driven += leg
        working += visits[v, SERVICE]
        d, e, late, ok = join(
            d, e, late, leg, visits[v, SERVICE], windows[v, 0, FIRST_WINDOW], windows[v, 0, UNTIL_COLUMN]
        )
        if not ok:
            return False
        here = place
    rows[r, count, 0], rows[r, count, 1], rows[r, count, 2] = d, e, late
    if count > 0:
        driven += seconds[here, int(shifts[r, END])] * slowness
    routes[r, DRIVEN], routes[r, IDLE] = driven, driven + working
    return True


@compiled
def update_backs(
    seconds: Floats, visits: Floats, windows: Floats, shifts: Floats, order: Ints, routes: Floats, rows: Floats, r: int
) -> bool:
    """The pieces from each stop home; false where home is reached too late."""
    count, slowness = int(routes[r, STOPS]), shifts[r, SLOWNESS]
    d, e, late = 0.0, shifts[r, READY], shifts[r, UNTIL]
    there = int(shifts[r, END])
    rows[r, count, 3], rows[r, count, 4], rows[r, count, 5] = d, e, late
    for p in range(count - 1, -1, -1):
        v = order[r, p]
        place = int(visits[v, PLACE])
        leg = seconds[place, there] * slowness
        d, e, late, ok = join(
            visits[v, SERVICE], windows[v, 0, FIRST_WINDOW], windows[v, 0, UNTIL_COLUMN], leg, d, e, late
        )
        if not ok:
            return False
        rows[r, p, 3], rows[r, p, 4], rows[r, p, 5] = d, e, late
        there = place
    return True


@compiled
def is_stocked(visits: Floats, shifts: Floats, order: Ints, routes: Floats, where: Ints, r: int) -> bool:
    """Note down where the visits are and what they use before the pick-up; false where something is missing."""
    pick_up = len(visits) - 1
    reset_used(routes, r)
    has_all, ok = False, True
    for p in range(int(routes[r, STOPS])):
        v = order[r, p]
        if v == pick_up:
            has_all = True
            continue
        where[v, ROUTE], where[v, POSITION] = r, p
        if not has_all:
            ok = ok and not needs_pick_up(visits, shifts, routes, r, v)
            for q in range(routes.shape[1] - USED):
                routes[r, USED + q] += visits[v, DEMAND + q]
    return ok


@compiled
def update_duration(
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    r: int,
) -> None:
    """Work out the pieces and the cost of a route again; an impossible one costs infinitely much."""
    count = int(routes[r, STOPS])
    if count == 0:
        reset_used(routes, r)
        update_fronts(seconds, visits, windows, shifts, order, routes, rows, r)
        update_backs(seconds, visits, windows, shifts, order, routes, rows, r)
        routes[r, COST] = 0.0
        return
    ok = is_stocked(visits, shifts, order, routes, where, r)
    ok = update_fronts(seconds, visits, windows, shifts, order, routes, rows, r) and ok
    ok = ok and update_backs(seconds, visits, windows, shifts, order, routes, rows, r)
    if not ok:
        routes[r, COST] = inf
        return
    leg = seconds[int(shifts[r, START]), int(visits[order[r, 0], PLACE])] * shifts[r, SLOWNESS]
    d, _, _, ok = join(0.0, shifts[r, READY], shifts[r, UNTIL], leg, rows[r, 0, 3], rows[r, 0, 4], rows[r, 0, 5])
    routes[r, COST] = d if ok else inf


@compiled
def with_one(
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rows: Floats,
    r: int,
    p: int,
    v: int,
    here: int,
    there: int,
) -> float:
    """The route's duration with v between two neighbouring places, before stop p."""
    place, slowness = int(visits[v, PLACE]), shifts[r, SLOWNESS]
    d, e, late, ok = join(
        rows[r, p, 0],
        rows[r, p, 1],
        rows[r, p, 2],
        seconds[here, place] * slowness,
        visits[v, SERVICE],
        windows[v, 0, FIRST_WINDOW],
        windows[v, 0, UNTIL_COLUMN],
    )
    if not ok:
        return inf
    leg = seconds[place, there] * slowness
    d, e, late, ok = join(d, e, late, leg, rows[r, p, 3], rows[r, p, 4], rows[r, p, 5])
    return d if ok else inf


@compiled
def pick_up_position(visits: Floats, order: Ints, routes: Floats, r: int) -> int:
    """Where the route stops at the pick-up point, or nowhere."""
    for p in range(int(routes[r, STOPS])):
        if order[r, p] == len(visits) - 1:
            return p
    return NOWHERE


@compiled
def best_place_by_duration(
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    rows: Floats,
    r: int,
    v: int,
    best: float,
    has_pick_up: bool,
    passed_over: int,
) -> tuple[float, int, int]:
    """The cheapest place below `best` for v: what it adds, its position, and that of a new pick-up (or nowhere).

    Without one the first value is what every place adds at least. The position `passed_over` does not count.
    """
    count, slowness, place = int(routes[r, STOPS]), shifts[r, SLOWNESS], int(visits[v, PLACE])
    first, position, pick_up_at = 0, NOWHERE, NOWHERE
    if needs_pick_up(visits, shifts, routes, r, v):
        at = pick_up_position(visits, order, routes, r)
        if at == NOWHERE:
            if not has_pick_up:
                return best, NOWHERE, NOWHERE
            return best_place_with_pick_up(seconds, visits, windows, shifts, order, routes, rows, r, v, best)
        first = at + 1
        best, position, pick_up_at = best_place_with_moved_pick_up(
            seconds, visits, windows, shifts, order, routes, rows, r, v, at, best
        )
    least, lowest = routes[r, IDLE] + visits[v, SERVICE] - routes[r, COST], best if first > 0 else inf
    here = int(shifts[r, START]) if first == 0 else int(visits[order[r, first - 1], PLACE])
    for p in range(first, count + 1):
        there = int(shifts[r, END]) if p == count else int(visits[order[r, p], PLACE])
        added = seconds[here, place] + seconds[place, there]
        if count > 0:
            added -= seconds[here, there]
        extra = least + added * slowness
        if extra < best and p != passed_over:
            extra = with_one(seconds, visits, windows, shifts, rows, r, p, v, here, there) - routes[r, COST]
            if extra < best:
                best, position, pick_up_at = extra, p, NOWHERE
        lowest = min(lowest, extra)
        here = there
    return best if position != NOWHERE else lowest, position, pick_up_at


@compiled
def best_place_with_moved_pick_up(
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    rows: Floats,
    r: int,
    v: int,
    at: int,
    best: float,
) -> tuple[float, int, int]:
    """The cheapest place before the pick-up at stop `at`, which then moves to just before v."""
    count, slowness, pick_up = int(routes[r, STOPS]), shifts[r, SLOWNESS], len(visits) - 1
    depot, place = int(visits[pick_up, PLACE]), int(visits[v, PLACE])
    position = NOWHERE
    there = int(shifts[r, END]) if at + 1 >= count else int(visits[order[r, at + 1], PLACE])
    bd, be, bl, ok = rows[r, at + 1, 3], rows[r, at + 1, 4], rows[r, at + 1, 5], True
    for p in range(at - 1, -1, -1):
        u = order[r, p]
        leg = seconds[int(visits[u, PLACE]), there] * slowness
        bd, be, bl, ok = join(
            visits[u, SERVICE], windows[u, 0, FIRST_WINDOW], windows[u, 0, UNTIL_COLUMN], leg, bd, be, bl
        )
        if not ok:
            break
        there = int(visits[u, PLACE])
        here = int(shifts[r, START]) if p == 0 else int(visits[order[r, p - 1], PLACE])
        d, e, late, fits = join(
            rows[r, p, 0],
            rows[r, p, 1],
            rows[r, p, 2],
            seconds[here, depot] * slowness,
            visits[pick_up, SERVICE],
            windows[pick_up, 0, FIRST_WINDOW],
            windows[pick_up, 0, UNTIL_COLUMN],
        )
        if not fits:
            continue
        leg = seconds[depot, place] * slowness
        d, e, late, fits = join(
            d, e, late, leg, visits[v, SERVICE], windows[v, 0, FIRST_WINDOW], windows[v, 0, UNTIL_COLUMN]
        )
        if not fits:
            continue
        d, e, late, fits = join(d, e, late, seconds[place, there] * slowness, bd, be, bl)
        if fits and d - routes[r, COST] < best:
            best, position = d - routes[r, COST], p
    return best, position, position


@compiled
def best_place_with_pick_up(
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    rows: Floats,
    r: int,
    v: int,
    best: float,
) -> tuple[float, int, int]:
    """The cheapest pair of places for a pick-up and, behind it, the visit that needs it."""
    count, slowness = int(routes[r, STOPS]), shifts[r, SLOWNESS]
    pick_up = len(visits) - 1
    position, pick_up_at = NOWHERE, NOWHERE
    depot, place = int(visits[pick_up, PLACE]), int(visits[v, PLACE])
    least = routes[r, IDLE] - routes[r, COST] + visits[pick_up, SERVICE]
    before = int(shifts[r, START])
    for i in range(count + 1):
        here = before
        there = int(shifts[r, END]) if i == count else int(visits[order[r, i], PLACE])
        before = there
        detour = seconds[here, depot] + seconds[depot, there] - (seconds[here, there] if count > 0 else 0.0)
        if least + detour * slowness + visits[v, SERVICE] >= best:
            continue
        d, e, late, ok = join(
            rows[r, i, 0],
            rows[r, i, 1],
            rows[r, i, 2],
            seconds[here, depot] * slowness,
            visits[pick_up, SERVICE],
            windows[pick_up, 0, FIRST_WINDOW],
            windows[pick_up, 0, UNTIL_COLUMN],
        )
        here = depot
        for j in range(i, count + 1):
            if not ok:
                break
            there = int(shifts[r, END]) if j == count else int(visits[order[r, j], PLACE])
            vd, ve, vl, ok = join(
                d,
                e,
                late,
                seconds[here, place] * slowness,
                visits[v, SERVICE],
                windows[v, 0, FIRST_WINDOW],
                windows[v, 0, UNTIL_COLUMN],
            )
            if not ok:
                break
            leg = seconds[place, there] * slowness
            vd, ve, vl, fits = join(vd, ve, vl, leg, rows[r, j, 3], rows[r, j, 4], rows[r, j, 5])
            if fits and vd - routes[r, COST] < best:
                best, position, pick_up_at = vd - routes[r, COST], j, i
            if j < count:
                u = order[r, j]
                d, e, late, ok = join(
                    d,
                    e,
                    late,
                    seconds[here, there] * slowness,
                    visits[u, SERVICE],
                    windows[u, 0, FIRST_WINDOW],
                    windows[u, 0, UNTIL_COLUMN],
                )
                here = there
    return best, position, pick_up_at


@compiled
def first_in_need(visits: Floats, shifts: Floats, order: Ints, routes: Floats, r: int) -> int:
    """The first stop that cannot be served from the van alone, or nowhere."""
    reset_used(routes, r)
    for p in range(int(routes[r, STOPS])):
        v = order[r, p]
        if needs_pick_up(visits, shifts, routes, r, v):
            return p
        for q in range(routes.shape[1] - USED):
            routes[r, USED + q] += visits[v, DEMAND + q]
    return NOWHERE


@compiled
def place_pick_up(
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    r: int,
) -> None:
    """Take the route's pick-up out and, where it is still needed, put it back at its best place."""
    at = pick_up_position(visits, order, routes, r)
    if at != NOWHERE:
        for p in range(at, int(routes[r, STOPS]) - 1):
            order[r, p] = order[r, p + 1]
        routes[r, STOPS] -= 1.0
        first = first_in_need(visits, shifts, order, routes, r)
        if first != NOWHERE:
            fits = update_fronts(seconds, visits, windows, shifts, order, routes, rows, r)
            fits = fits and update_backs(seconds, visits, windows, shifts, order, routes, rows, r)
            best, position = inf, min(at, first)
            here = int(shifts[r, START])
            for p in range(first + 1):
                there = int(visits[order[r, p], PLACE])
                if fits:
                    duration = with_one(seconds, visits, windows, shifts, rows, r, p, len(visits) - 1, here, there)
                    if duration < best:
                        best, position = duration, p
                here = there
            for p in range(int(routes[r, STOPS]), position, -1):
                order[r, p] = order[r, p - 1]
            order[r, position] = len(visits) - 1
            routes[r, STOPS] += 1.0
    update_duration(seconds, visits, windows, shifts, order, routes, where, rows, r)
