"""Driving, resting and waiting along a route, compiled: earliest ends, latest starts, and what the route costs.

With K numbers of rests taken, a stop's row holds K earliest ends of service (row 0: of leaving the start), then K
latest starts with that many rests taken before (last row: of the return), then the same for a return without
overtime. Its last column holds the bare drive to that stop, in what the objective counts. One more visit fits between
two stops when what it makes ready is not late.
"""

from __future__ import annotations

from math import inf

from dispatch.engine.compiled import compiled, inlined
from dispatch.engine.model import (
    AFTER_BY,
    CHANGE,
    COST,
    COUNT,
    DEADLINE,
    DEMAND,
    DISTANCE,
    DONE,
    DRIVEN,
    END,
    EPSILON,
    FIRST_WINDOW,
    FLAT,
    FROM,
    GRADED,
    IDLE,
    LATE_COST,
    LENGTH,
    LIMIT,
    MAX_TRAVEL,
    MODE,
    NOWHERE,
    OFFSET,
    OVERTIME,
    PLACE,
    POSITION,
    PRODUCT,
    RATES,
    READY,
    RESTS,
    ROUTE,
    SLOWNESS,
    START,
    STOPS,
    TARGET,
    TIER,
    TIER_COST,
    TO,
    TOLD_SHIFT,
    TOLD_START,
    TRAVEL,
    UNFAIR,
    UNTIL,
    USE,
    USED,
    WAITING,
    Floats,
    Ints,
)

TOLD_AGAIN_SECONDS = 900.0
HOUR_SECONDS = 3600.0


@compiled
def progress(fixed: Floats, at: float) -> float:
    """Driving possible by the clock time `at`."""
    if fixed[FLAT] == 1.0:
        return at
    moved = at + fixed[OFFSET]
    hours = int(moved // HOUR_SECONDS)
    inside = (moved - hours * HOUR_SECONDS) * fixed[RATES + hours % 24]
    return (hours // 24) * fixed[DONE + 24] + fixed[DONE + hours % 24] + inside


@compiled
def clock(fixed: Floats, reached: float) -> float:
    """The clock time at which this much driving is possible."""
    if fixed[FLAT] == 1.0:
        return reached
    days = int(reached // fixed[DONE + 24])
    rest = reached - days * fixed[DONE + 24]
    hour = 0
    while hour < 23 and fixed[DONE + hour + 1] <= rest:
        hour += 1
    return (days * 24 + hour) * HOUR_SECONDS + (rest - fixed[DONE + hour]) / fixed[RATES + hour] - fixed[OFFSET]


@inlined
def drive_flat(rests: Floats, r: int, at: float, base: float, taken: int, after: int) -> float:
    """`drive` where the hour does not matter."""
    there = at + base
    for k in range(taken, after):
        start = max(at, rests[r, k, FROM])
        if start > rests[r, k, TO] + EPSILON:
            return inf
        at = start + rests[r, k, LENGTH]
        there = max(there + rests[r, k, LENGTH], at)
    return there


@compiled
def drive(fixed: Floats, rests: Floats, r: int, at: float, base: float, taken: int, after: int) -> float:
    """When one is there and free to work, with the rests from `taken` up to `after` on the way."""
    if fixed[FLAT] == 1.0:
        return drive_flat(rests, r, at, base, taken, after)
    for k in range(taken, after):
        start = max(at, rests[r, k, FROM])
        if start > rests[r, k, TO] + EPSILON:
            return inf
        if start > at:
            base = max(0.0, base - (progress(fixed, start) - progress(fixed, at)))
        at = start + rests[r, k, LENGTH]
    if base == inf:
        return inf
    return clock(fixed, progress(fixed, at) + base)


@inlined
def leave_by_flat(rests: Floats, r: int, at: float, base: float, taken: int, after: int) -> float:
    """`leave_by` where the hour does not matter."""
    for k in range(after - 1, taken - 1, -1):
        start = min(at - rests[r, k, LENGTH], rests[r, k, TO])
        if start < rests[r, k, FROM] - EPSILON:
            return -inf
        base = max(0.0, base - (at - start - rests[r, k, LENGTH]))
        at = start
    return at - base


@compiled
def leave_by(fixed: Floats, rests: Floats, r: int, at: float, base: float, taken: int, after: int) -> float:
    """How late one may leave to be there, rested, at `at`."""
    if base == inf:
        return -inf
    if fixed[FLAT] == 1.0:
        return leave_by_flat(rests, r, at, base, taken, after)
    for k in range(after - 1, taken - 1, -1):
        start = min(at - rests[r, k, LENGTH], rests[r, k, TO])
        if start < rests[r, k, FROM] - EPSILON:
            return -inf
        base = max(0.0, base - (progress(fixed, at) - progress(fixed, start + rests[r, k, LENGTH])))
        at = start
    return clock(fixed, progress(fixed, at) - base)


@inlined
def earliest(windows: Floats, v: int, tier: int, at: float) -> float:
    """The first start allowed, not before `at`."""
    for w in range(int(windows[v, tier, COUNT])):
        column = FIRST_WINDOW + 2 * w
        if at <= windows[v, tier, column + 1] + EPSILON:
            return max(at, windows[v, tier, column])
    return inf


@inlined
def latest(windows: Floats, v: int, tier: int, at: float) -> float:
    """The last start allowed, not after `at`."""
    for w in range(int(windows[v, tier, COUNT]) - 1, -1, -1):
        column = FIRST_WINDOW + 2 * w
        if at >= windows[v, tier, column] - EPSILON:
            return min(at, windows[v, tier, column + 1])
    return -inf


@inlined
def base_seconds(seconds: Floats, slowness: float, here: int, there: int) -> float:
    """Driving time of a technician before hour factors; nothing where the route just ends."""
    if there == NOWHERE:
        return 0.0
    return seconds[here, there] * slowness


@inlined
def end_after(
    fixed: Floats, windows: Floats, rests: Floats, r: int, before: Floats, v: int, tier: int, base: float, after: int
) -> tuple[float, int]:
    """The earliest start of one more stop with `after` rests taken by then, and how many were taken one stop before."""
    best, parent = inf, 0
    for taken in range(after + 1):
        if before[taken] < inf:
            there = drive(fixed, rests, r, before[taken], base, taken, after)
            if there < best:
                best, parent = there, taken
    if best < inf:
        best = earliest(windows, v, tier, best)
    return best, parent


@compiled
def best_return(
    fixed: Floats, rests: Floats, r: int, row: Floats, count: int, base: float, limit: float
) -> tuple[float, int, int]:
    """The earliest return, and how many rests were taken by the last stop and by the return."""
    best, from_taken, to_taken = inf, 0, 0
    for taken in range(count + 1):
        if row[taken] < inf:
            for after in range(taken, count + 1):
                back = drive(fixed, rests, r, row[taken], base, taken, after)
                if back < best and back <= limit + EPSILON and back <= rests[r, after, AFTER_BY] + EPSILON:
                    best, from_taken, to_taken = back, taken, after
    return best, from_taken, to_taken


@compiled
def simulate(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rests: Floats,
    assign: Floats,
    where: Ints,
    labels: Floats,
    parents: Ints,
    r: int,
    order: Ints,
    count: int,
) -> tuple[float, float]:
    """The product's cost and idle seconds of a route in this order, rests placed for the earliest return.

    The cost is infinite where the route cannot be driven.
    """
    if count == 0:
        return 0.0, 0.0
    resting = int(shifts[r, RESTS])
    slowness, graded = shifts[r, SLOWNESS], int(shifts[r, GRADED])
    for k in range(resting + 1):
        labels[0, k] = inf
    labels[0, 0] = shifts[r, READY]
    here = int(shifts[r, START])
    driven = 0.0
    for p in range(count):
        v = order[p]
        place = int(visits[v, PLACE])
        base = base_seconds(seconds, slowness, here, place)
        driven += base
        for k in range(resting + 1):
            start, parents[p + 1, k] = end_after(fixed, windows, rests, r, labels[p], v, where[v, TIER], base, k)
            labels[p + 1, k] = start + visits[v, graded]
        here = place
    home = base_seconds(seconds, slowness, here, int(shifts[r, END]))
    driven += home
    back, taken, after = best_return(fixed, rests, r, labels[count], resting, home, shifts[r, LIMIT])
    if back == inf or driven > shifts[r, MAX_TRAVEL] + EPSILON:
        return inf, 0.0
    return walk(
        fixed,
        seconds,
        visits,
        windows,
        shifts,
        rests,
        assign,
        where,
        parents,
        r,
        order,
        count,
        taken,
        after,
        back,
        home,
    )


@compiled
def walk(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rests: Floats,
    assign: Floats,
    where: Ints,
    parents: Ints,
    r: int,
    order: Ints,
    count: int,
    taken: int,
    after: int,
    back: float,
    home: float,
) -> tuple[float, float]:
    """The product's cost of a timetable whose rests are chosen, and its idle seconds."""
    column = parents.shape[1] - 1
    k = taken
    for p in range(count, 0, -1):
        # The number of rests taken by each stop is kept in a last column of its own.
        k_before = parents[p, k]
        parents[p, column] = k
        k = k_before
    here, at, before = int(shifts[r, START]), shifts[r, READY], 0
    leave, wheel, working, resting, extra = at, 0.0, 0.0, 0.0, fixed[USE]
    is_flat, graded = fixed[FLAT] == 1.0, int(shifts[r, GRADED])
    for p in range(count):
        v = order[p]
        now = parents[p + 1, column]
        base = base_seconds(seconds, shifts[r, SLOWNESS], here, int(visits[v, PLACE]))
        start = earliest(windows, v, where[v, TIER], drive(fixed, rests, r, at, base, before, now))
        if p == 0:
            leave, rested = leave_late(fixed, rests, r, shifts[r, READY], base, start, now)
            resting += rested
            at = leave
        else:
            for k in range(before, now):
                resting += rests[r, k, LENGTH]
        wheel += base if is_flat else clock(fixed, progress(fixed, at) + base) - at
        before = now
        working += visits[v, graded]
        extra += assign[v, r] + windows[v, where[v, TIER], TIER_COST]
        extra += max(0.0, start - visits[v, DEADLINE]) * visits[v, LATE_COST]
        told = int(visits[v, TOLD_SHIFT])
        if told >= 0 and (told != r or abs(visits[v, TOLD_START] - start) > TOLD_AGAIN_SECONDS):
            extra += fixed[CHANGE]
        at = start + visits[v, graded]
        here = int(visits[v, PLACE])
    for k in range(before, after):
        resting += rests[r, k, LENGTH]
    wheel += home if is_flat else clock(fixed, progress(fixed, at) + home) - at
    idle = max(0.0, back - leave - working - wheel - resting)
    overtime = max(0.0, back - shifts[r, UNTIL])
    extra += max(0.0, working - shifts[r, TARGET]) * shifts[r, UNFAIR]
    return wheel * fixed[TRAVEL] + idle * fixed[WAITING] + overtime * fixed[OVERTIME] + extra, idle


@compiled
def leave_late(
    fixed: Floats, rests: Floats, r: int, ready: float, base: float, start: float, count: int
) -> tuple[float, float]:
    """The last moment to leave for a first stop starting at `start`, and the seconds of rest after leaving."""
    leave = clock(fixed, progress(fixed, start) - base)
    at = ready
    for k in range(count):
        at = max(at, rests[r, k, FROM]) + rests[r, k, LENGTH]
    if count == 0 or leave >= at - EPSILON:
        return leave, 0.0
    left, ready_by, resting = base, start, 0.0
    for k in range(count - 1, -1, -1):
        begin = ready
        for j in range(k):
            begin = max(begin, rests[r, j, FROM]) + rests[r, j, LENGTH]
        begin = max(begin, rests[r, k, FROM])
        possible = progress(fixed, ready_by) - progress(fixed, begin + rests[r, k, LENGTH])
        if possible >= left - EPSILON:
            break
        left, ready_by = left - max(0.0, possible), begin
        resting += rests[r, k, LENGTH]
    return max(ready, clock(fixed, progress(fixed, ready_by) - left)), resting


@compiled
def update_times(
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
    """Work a route's rows and cost out again after it has changed; an impossible one costs infinitely much."""
    count, resting = int(routes[r, STOPS]), int(shifts[r, RESTS])
    slowness, graded = shifts[r, SLOWNESS], int(shifts[r, GRADED])
    here, driven, away, leg = int(shifts[r, START]), 0.0, 0.0, rows.shape[2] - 1
    for k in range(resting + 1):
        rows[r, 0, k] = inf
    rows[r, 0, 0] = shifts[r, READY]
    for q in range(USED, routes.shape[1]):
        routes[r, q] = 0.0
    for p in range(count):
        v = order[r, p]
        where[v, ROUTE], where[v, POSITION] = r, p
        for q in range(routes.shape[1] - USED):
            routes[r, USED + q] += visits[v, DEMAND + q]
        place = int(visits[v, PLACE])
        base = base_seconds(seconds, slowness, here, place)
        rows[r, p, leg] = metres[here, place] if fixed[MODE] == DISTANCE else seconds[here, place]
        driven += base
        away += metres[here, place]
        for k in range(resting + 1):
            start, _ = end_after(fixed, windows, rests, r, rows[r, p], v, where[v, TIER], base, k)
            rows[r, p + 1, k] = start + visits[v, graded]
        here = place
    there = int(shifts[r, END])
    home = base_seconds(seconds, slowness, here, there) if count > 0 else 0.0
    rows[r, count, leg] = 0.0
    if there != NOWHERE:
        rows[r, count, leg] = metres[here, there] if fixed[MODE] == DISTANCE else seconds[here, there]
        away += metres[here, there] if count > 0 else 0.0
    driven += home
    routes[r, DRIVEN] = driven
    update_lateness(fixed, seconds, visits, windows, shifts, rests, order, routes, where, rows, r)
    if fixed[MODE] == PRODUCT:
        routes[r, COST], routes[r, IDLE] = simulate(
            fixed, seconds, visits, windows, shifts, rests, assign, where, labels, parents, r, order[r], count
        )
    else:
        back, _, _ = best_return(fixed, rests, r, rows[r, count], resting, home, shifts[r, LIMIT])
        routes[r, COST] = plain_cost(fixed, shifts, r, count, driven, away, back)


@compiled
def plain_cost(fixed: Floats, shifts: Floats, r: int, count: int, driven: float, away: float, back: float) -> float:
    """The cost of a route where only driving and overtime count."""
    if count == 0:
        return 0.0
    if back == inf or driven > shifts[r, MAX_TRAVEL] + EPSILON:
        return inf
    if fixed[MODE] == DISTANCE:
        return away
    return driven * fixed[TRAVEL] + max(0.0, back - shifts[r, UNTIL]) * fixed[OVERTIME]


@compiled
def update_lateness(
    fixed: Floats,
    seconds: Floats,
    visits: Floats,
    windows: Floats,
    shifts: Floats,
    rests: Floats,
    order: Ints,
    routes: Floats,
    where: Ints,
    rows: Floats,
    r: int,
) -> None:
    """The latest starts, from the return backwards, with overtime and without; where that costs nothing only with."""
    has_overtime = fixed[MODE] != DISTANCE
    count, resting, wide = int(routes[r, STOPS]), int(shifts[r, RESTS]), rests.shape[1]
    for k in range(resting + 1):
        rows[r, count, wide + k] = min(shifts[r, LIMIT], rests[r, k, AFTER_BY])
        rows[r, count, 2 * wide + k] = min(shifts[r, UNTIL], rests[r, k, AFTER_BY]) if has_overtime else -inf
    there, graded = int(shifts[r, END]), int(shifts[r, GRADED])
    for p in range(count - 1, -1, -1):
        v = order[r, p]
        place = int(visits[v, PLACE])
        base = base_seconds(seconds, shifts[r, SLOWNESS], place, there)
        work, tier = visits[v, graded], where[v, TIER]
        for band in range(wide, 3 * wide, wide):
            for k in range(resting + 1):
                leave = -inf
                for after in range(k, resting + 1):
                    if rows[r, p + 1, band + after] > -inf:
                        leave = max(leave, leave_by(fixed, rests, r, rows[r, p + 1, band + after], base, k, after))
                rows[r, p, band + k] = latest(windows, v, tier, leave - work) if leave > -inf else -inf
        there = place
