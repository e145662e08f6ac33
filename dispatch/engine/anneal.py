"""The search loop: ruin, recreate, accept by simulated annealing, compiled; one call works on its own set of routes."""

from __future__ import annotations

from math import exp, log as ln

import numpy as np

from dispatch.engine.chance import below, chance
from dispatch.engine.compiled import compiled, entry
from dispatch.engine.edit import undo, update
from dispatch.engine.model import (
    COST,
    DROP,
    DURATION,
    MODE,
    NOWHERE,
    ROUTE,
    STOPS,
    TIER,
    Array,
    Floats,
    Ints,
    Words,
)
from dispatch.engine.recreate import insert_one, sort_waiting
from dispatch.engine.recreate_durations import insert_by_duration, new_able, new_known
from dispatch.engine.remember import remember
from dispatch.engine.ruin import ruin

MOST_TOUCHED = 100
ABSENT_TRIED = 4.0
BARRED_CHANCE = 0.05
"""How often one of the ruined routes takes nothing back, so that its visits have to try elsewhere together."""


@compiled
def copy_routes(order: Ints, routes: Floats, where: Ints, best: Ints, chosen: Ints, is_changed: Ints) -> None:
    """Copy the changed ones of these routes: number of stops, stops, in the second half of the row their tiers."""
    middle = best.shape[1] // 2
    for i in range(len(chosen)):
        r = chosen[i]
        if is_changed[r] == 1:
            is_changed[r] = 0
            best[r, 0] = int(routes[r, STOPS])
            for p in range(best[r, 0]):
                best[r, 1 + p] = order[r, p]
                best[r, middle + p] = where[order[r, p], TIER]


@entry
def construct(
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
    random: Words,
    chosen: Ints,
    waiting: Ints,
) -> None:
    """Work these routes out, then insert these visits one after the other where they are cheapest."""
    longest = order.shape[1]
    labels, parents = np.zeros((longest + 1, rests.shape[1])), np.zeros((longest + 1, rests.shape[1] + 1), np.int64)
    trial, found = np.zeros(longest, np.int64), np.zeros(len(shifts) + 1, np.int64)
    is_active, stamp = np.zeros(len(shifts), np.int64), np.zeros(len(shifts) + 1, np.int64)
    log, log_routes, log_rows = np.zeros((1, 1), np.int64), np.zeros((1, 1)), np.zeros((1, 1, 1))
    able, known = new_able(fixed, assign, chosen), new_known(fixed, visits, shifts)
    for i in range(len(chosen)):
        is_active[chosen[i]] = 1
        update(
            fixed, seconds, metres, visits, windows, shifts, rests, assign, order, routes, where, rows, labels, parents,
            chosen[i],
        )  # fmt: skip
    for i in range(len(waiting)):
        if fixed[MODE] == DURATION:
            insert_by_duration(
                fixed, seconds, visits, windows, shifts, order, routes, where, rows, random, able, is_active, found,
                known, log, log_routes, log_rows, -1, waiting[i],
            )  # fmt: skip
        else:
            insert_one(
                fixed, seconds, metres, visits, windows, shifts, rests, assign, near, homes, order, routes, where,
                rows, labels, parents, trial, random, chosen, is_active, stamp, found, log, log_routes, log_rows, -1,
                is_active, -1, waiting[i],
            )  # fmt: skip


@entry
def anneal(  # noqa: C901, PLR0912, PLR0915 - the one hot loop; a call more costs a tenth of its speed
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
    random: Words,
    chosen: Ints,
    members: Ints,
    best: Ints,
    codes: Words,
    pool_keys: Words,
    pool_costs: Floats,
    pool_stops: Array,
    pool_counts: Ints,
    iterations: int,
    hot: float,
    cold: float,
    average: float,
    longest: float,
    pool_within: float,
) -> tuple[float, float]:
    """Improve these routes with these visits (placed there or absent); temperatures are in the objective's unit.

    The state ends at the current routes, `best` holds the best ones. Returns the cost of both, absent visits included.
    """
    width = order.shape[1]
    labels, parents = np.zeros((width + 1, rests.shape[1])), np.zeros((width + 1, rests.shape[1] + 1), np.int64)
    trial, found = np.zeros(width, np.int64), np.zeros(len(shifts) + 1, np.int64)
    is_active, stamp = np.zeros(len(shifts), np.int64), np.zeros(len(shifts) + 1, np.int64)
    is_changed = np.zeros(len(shifts), np.int64)
    kept = MOST_TOUCHED + 2
    log, log_routes = np.zeros((kept, 2 * width + 4), np.int64), np.zeros((kept, routes.shape[1]))
    log_rows, is_by_duration = np.zeros((kept, width + 1, rows.shape[2])), fixed[MODE] == DURATION
    able, known = new_able(fixed, assign, chosen), new_known(fixed, visits, shifts)
    removed, waiting, keys = np.zeros(len(visits), np.int64), np.zeros(len(visits), np.int64), np.zeros(len(visits))
    absent, held = np.zeros(len(visits), np.int64), np.zeros(len(visits), np.int64)
    changed, tried = np.zeros(len(shifts), np.int64), np.zeros(len(visits), np.int64)
    cost, missing, used, stops = 0.0, 0, 0, 0.0
    for i in range(len(chosen)):
        is_active[chosen[i]], is_changed[chosen[i]] = 1, 1
        cost += routes[chosen[i], COST]
        stops += routes[chosen[i], STOPS]
        used += 1 if routes[chosen[i], STOPS] > 0 else 0
    for i in range(len(members)):
        if where[members[i], ROUTE] == NOWHERE:
            absent[missing] = members[i]
            missing += 1
            cost += visits[members[i], DROP]
    best_cost = cost
    copy_routes(order, routes, where, best, chosen, is_changed)
    string = max(1.0, min(longest, stops / max(1, used)))
    temperature, cooling = hot, exp(ln(cold / hot) / max(1, iterations))
    for turn in range(1, 1 + (iterations if len(members) > 0 else 0)):
        temperature *= cooling
        taken, touched = ruin(
            visits, near, order, routes, where, rows, random, is_active, log, log_routes, log_rows, removed,
            members[below(random, len(members))], average, string,
        )  # fmt: skip
        for i in range(touched):
            update(
                fixed, seconds, metres, visits, windows, shifts, rests, assign, order, routes, where, rows, labels,
                parents, log[i, 0],
            )  # fmt: skip
        before, after = 0.0, 0.0
        was_missing, missing, count, untried = missing, 0, 0, 0
        for i in range(was_missing):
            held[i] = absent[i]
            before += visits[absent[i], DROP]
        for i in range(taken):
            tried[removed[i]] = -1
            waiting[count] = removed[i]
            count += 1
        for i in range(was_missing):
            if was_missing <= ABSENT_TRIED or chance(random) * was_missing < ABSENT_TRIED:
                waiting[count] = held[i]
                count += 1
            else:
                absent[missing] = held[i]
                missing += 1
        untried = missing
        barred = log[below(random, touched), 0] if touched > 0 and chance(random) < BARRED_CHANCE else NOWHERE
        if barred != NOWHERE:
            is_active[barred] = 0
        sort_waiting(seconds, visits, windows, shifts, homes, random, waiting, keys, count)
        for i in range(count):
            now = -1
            if touched < MOST_TOUCHED and is_by_duration:
                now = insert_by_duration(
                    fixed, seconds, visits, windows, shifts, order, routes, where, rows, random, able, is_active,
                    found, known, log, log_routes, log_rows, touched, waiting[i],
                )  # fmt: skip
            elif touched < MOST_TOUCHED:
                now = insert_one(
                    fixed, seconds, metres, visits, windows, shifts, rests, assign, near, homes, order, routes, where,
                    rows, labels, parents, trial, random, chosen, is_active, stamp, found, log, log_routes, log_rows,
                    touched, changed, tried[waiting[i]], waiting[i],
                )  # fmt: skip
            if now < 0:
                absent[missing] = waiting[i]
                missing += 1
            else:
                touched = now
        if barred != NOWHERE:
            is_active[barred] = 1
        for i in range(missing):
            after += visits[absent[i], DROP]
        for i in range(touched):
            before += log_routes[i, COST]
            after += routes[log[i, 0], COST]
        if after < before - temperature * ln(1.0 - chance(random)):
            cost += after - before
            for i in range(touched):
                is_changed[log[i, 0]], changed[log[i, 0]] = 1, turn
            for i in range(untried, missing):
                tried[absent[i]] = turn
            if cost < best_cost - 1e-7:
                best_cost = cost
                copy_routes(order, routes, where, best, chosen, is_changed)
            if pool_within > 0.0 and cost < best_cost + pool_within:
                remember(
                    order,
                    routes,
                    where,
                    log,
                    touched,
                    len(visits) - 1,
                    codes,
                    pool_keys,
                    pool_costs,
                    pool_stops,
                    pool_counts,
                )
        else:
            undo(order, routes, where, rows, log, log_routes, log_rows, touched, len(visits) - 1)
            missing = was_missing
            for i in range(missing):
                absent[i] = held[i]
    return cost, best_cost
