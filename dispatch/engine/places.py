"""The cheapest place for one visit in one route whose times count, compiled."""

from __future__ import annotations

from math import inf

from dispatch.engine.chance import chance
from dispatch.engine.compiled import compiled, inlined
from dispatch.engine.model import (
    CAPACITY,
    CITY,
    COST,
    COUNT,
    DEMAND,
    DISTANCE,
    DRIVEN,
    END,
    EPSILON,
    FIRST_WINDOW,
    GRADED,
    IDLE,
    LIMIT,
    MAX_TRAVEL,
    MAX_VISITS,
    MODE,
    NOWHERE,
    OVERTIME,
    PLACE,
    PRODUCT,
    RESTS,
    SLOWNESS,
    START,
    STOPS,
    SYMMETRIC,
    TIER,
    TIER_COST,
    TRAVEL,
    UNTIL,
    USE,
    USED,
    WAITING,
    Floats,
    Ints,
    Words,
)
from dispatch.engine.times import base_seconds, best_return, drive, earliest, end_after, simulate

BLINK = 0.01


@compiled
def fits_load(visits: Floats, shifts: Floats, routes: Floats, r: int, v: int) -> bool:
    """Number of visits and resources, for routes without a pick-up point."""
    if routes[r, STOPS] >= shifts[r, MAX_VISITS]:
        return False
    for q in range(routes.shape[1] - USED):
        needed = visits[v, DEMAND + q]
        if needed > 0.0 and routes[r, USED + q] + needed > shifts[r, CAPACITY + q] + EPSILON:
            return False
    return True


@compiled
def fits_at(
    fixed: Floats,
    windows: Floats,
    rests: Floats,
    rows: Floats,
    resting: int,
    r: int,
    p: int,
    v: int,
    tier: int,
    to_visit: float,
    onward: float,
    work: float,
) -> int:
    """0: does not fit before stop p; 1: fits; 2: fits without overtime."""
    fit, wide = 0, rests.shape[1]
    for between in range(resting + 1):
        ready = inf
        for taken in range(between + 1):
            if rows[r, p, taken] < inf:
                ready = min(ready, drive(fixed, rests, r, rows[r, p, taken], to_visit, taken, between))
        if ready == inf:
            continue
        end = earliest(windows, v, tier, ready) + work
        for after in range(between, resting + 1):
            if rows[r, p, wide + after] < end:
                continue
            there = drive(fixed, rests, r, end, onward, between, after)
            if there <= rows[r, p, 2 * wide + after] + EPSILON:
                return 2
            if there <= rows[r, p, wide + after] + EPSILON:
                fit = 1
    return fit


@compiled
def cost_with(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rests: Floats,
    assign: Floats,
    order: Ints,
    where: Ints,
    labels: Floats,
    parents: Ints,
    trial: Ints,
    count: int,
    r: int,
    p: int,
    v: int,
    tier: int,
) -> float:
    """The route's cost with v before stop p, worked out in full."""
    for i in range(p):
        trial[i] = order[r, i]
    trial[p] = v
    for i in range(p, count):
        trial[i + 1] = order[r, i]
    held = where[v, TIER]
    where[v, TIER] = tier
    cost, _ = simulate(
        fixed, seconds, visits, windows, shifts, rests, assign, where, labels, parents, r, trial, count + 1
    )
    where[v, TIER] = held
    return cost


@compiled
def return_with(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rests: Floats,
    order: Ints,
    where: Ints,
    rows: Floats,
    labels: Floats,
    count: int,
    r: int,
    p: int,
    v: int,
    tier: int,
    to_visit: float,
    onward: float,
) -> float:
    """When the route is back with v before stop p, worked out from there on."""
    resting, slowness, graded = int(shifts[r, RESTS]), shifts[r, SLOWNESS], int(shifts[r, GRADED])
    for k in range(resting + 1):
        start, _ = end_after(fixed, windows, rests, r, rows[r, p], v, tier, to_visit, k)
        labels[0, k] = start + visits[v, graded]
    base, now = onward, 0
    for i in range(p, count):
        u = order[r, i]
        for k in range(resting + 1):
            start, _ = end_after(fixed, windows, rests, r, labels[now], u, where[u, TIER], base, k)
            labels[1 - now, k] = start + visits[u, graded]
        now = 1 - now
        there = int(shifts[r, END]) if i + 1 == count else int(visits[order[r, i + 1], PLACE])
        base = base_seconds(seconds, slowness, int(visits[u, PLACE]), there)
    back, _, _ = best_return(fixed, rests, r, labels[now], resting, base, shifts[r, LIMIT])
    return back


@inlined
def between(table: Floats, is_symmetric: bool, here: int, place: int) -> float:
    """`table[here, place]`, read from the row of `place` where that is the same, as that row is at hand."""
    return table[place, here] if is_symmetric else table[here, place]


@inlined
def added_cost(
    fixed: Floats, seconds: Floats, metres: Floats, slowness: float, here: int, place: int, there: int, saved: float
) -> float:
    """What the detour over a place costs in driving alone; `saved` is the drive it replaces."""
    is_symmetric = fixed[SYMMETRIC] == 1.0
    if fixed[MODE] == DISTANCE:
        added = between(metres, is_symmetric, here, place)
        if there != NOWHERE:
            added += metres[place, there] - saved
        return added
    added = between(seconds, is_symmetric, here, place)
    if there != NOWHERE:
        added += seconds[place, there] - saved
    return added * slowness * fixed[TRAVEL]


@compiled
def best_place_by_time(  # noqa: C901 - the innermost loop, cheapest test first
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
    r: int,
    v: int,
    tier: int,
    best: float,
) -> tuple[float, int]:
    """The cheapest place below `best` for v in this route: what it adds, and its position."""
    count, position, place = int(routes[r, STOPS]), NOWHERE, int(visits[v, PLACE])
    slowness, resting, mode = shifts[r, SLOWNESS], int(shifts[r, RESTS]), fixed[MODE]
    work = visits[v, int(shifts[r, GRADED])]
    least = 0.0
    if mode == PRODUCT:
        least = assign[v, r] + windows[v, tier, TIER_COST] - routes[r, IDLE] * fixed[WAITING]
        least += fixed[USE] if count == 0 else 0.0
    late_now = routes[r, COST] - routes[r, DRIVEN] * fixed[TRAVEL] if mode == CITY else 0.0
    leg, wide = rows.shape[2] - 1, rests.shape[1]
    opens, closes = (
        windows[v, tier, FIRST_WINDOW],
        windows[v, tier, FIRST_WINDOW - 1 + 2 * int(windows[v, tier, COUNT])],
    )
    there = int(shifts[r, START])
    for p in range(count + 1):
        here = there
        there = int(shifts[r, END]) if p == count else int(visits[order[r, p], PLACE])
        soonest, last = rows[r, p, 0], rows[r, p, wide]
        for k in range(1, resting + 1):
            soonest, last = min(soonest, rows[r, p, k]), max(last, rows[r, p, wide + k])
        if soonest > closes + EPSILON:
            break
        if last < opens + work - EPSILON:
            continue
        added = added_cost(fixed, seconds, metres, slowness, here, place, there, rows[r, p, leg] if count > 0 else 0.0)
        if added + least >= best or chance(random) < BLINK:
            continue
        to_visit = between(seconds, fixed[SYMMETRIC] == 1.0, here, place) * slowness
        onward = base_seconds(seconds, slowness, place, there)
        fit = fits_at(fixed, windows, rests, rows, resting, r, p, v, tier, to_visit, onward, work)
        if fit == 0 or routes[r, DRIVEN] + to_visit + onward > shifts[r, MAX_TRAVEL] + seconds[here, there] * slowness:
            continue
        extra = added
        if mode == CITY:
            extra -= late_now
            if fit == 1:
                back = return_with(
                    fixed, seconds, visits, windows, shifts, rests, order, where, rows, labels, count, r, p, v, tier,
                    to_visit, onward,
                )  # fmt: skip
                extra += (back - shifts[r, UNTIL]) * fixed[OVERTIME]
        elif mode != DISTANCE:
            extra = cost_with(
                fixed, seconds, visits, windows, shifts, rests, assign, order, where, labels, parents, trial, count, r,
                p, v, tier,
            ) - routes[r, COST]  # fmt: skip
        if extra < best:
            best, position = extra, p
    return best, position
