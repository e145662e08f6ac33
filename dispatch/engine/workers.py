"""One thread of the search: its routes, its best ones, its random numbers and its pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch.engine.anneal import anneal, construct
from dispatch.engine.areas import Area
from dispatch.engine.model import COST, DROP, NOWHERE, ROUTE, STOPS, TIER, Ints, Model, State, Words
from dispatch.engine.pool import Pool

REMOVED_ON_AVERAGE = 10.0
LONGEST_STRING = 10.0


@dataclass(slots=True)
class Worker:
    """One thread's state, random numbers, best routes and pool."""

    state: State
    random: Words
    best: Ints
    best_cost: float
    pool: Pool
    cost: float = 0.0


def value_of(model: Model, state: State) -> float:
    """What the current routes cost, absent visits included."""
    absent = state.where[:-1, ROUTE] == NOWHERE
    return float(state.routes[:, COST].sum() + model.visits[:-1, DROP][absent].sum())


def scale_of(state: State) -> float:
    """The cost of one visit, roughly: what temperatures are measured in."""
    used = state.routes[(state.routes[:, STOPS] > 0) & np.isfinite(state.routes[:, COST])]
    if len(used) == 0:
        return 1.0
    # The median, because one route with a broken promise costs more than all others together.
    return float(max(1e-6, np.median(used[:, COST] / used[:, STOPS])))


def copy_of(worker: Worker, random: Words, pool: Pool) -> Worker:
    """A worker at the same routes with random numbers and a pool of its own."""
    held = worker.state
    state = State(held.order.copy(), held.routes.copy(), held.where.copy(), held.rows.copy())
    return Worker(state, random, worker.best.copy(), worker.best_cost, pool, worker.cost)


def anneal_area(
    model: Model, worker: Worker, area: Area, random: Words, iterations: int, hot: float, cold: float, within: float
) -> tuple[float, float]:
    """Improve an area of the worker's routes; returns the cost of its current and of its best routes."""
    codes, keys, costs, stops, counts = worker.pool.tables()
    return anneal(
        *model, *worker.state, random, area.routes, area.members, worker.best, codes, keys, costs, stops, counts,
        iterations, hot, cold, REMOVED_ON_AVERAGE, LONGEST_STRING, within,
    )  # fmt: skip


def restore(model: Model, worker: Worker, best: Ints) -> None:
    """Put the worker's state at these routes."""
    middle = best.shape[1] // 2
    state = worker.state
    state.where[:, ROUTE] = NOWHERE
    state.routes[:, STOPS] = best[:, 0]
    for row in range(len(best)):
        count = int(best[row, 0])
        state.order[row, :count] = best[row, 1 : 1 + count]
        state.where[best[row, 1 : 1 + count], TIER] = best[row, middle : middle + count]
    construct(*model, *state, worker.random, np.arange(len(best)), np.zeros(0, np.int64))
    worker.cost = value_of(model, state)


def rows_of(worker: Worker) -> Ints:
    """The current routes of a worker in the form of its best ones."""
    rows = np.zeros_like(worker.best)
    middle = rows.shape[1] // 2
    for row in range(len(rows)):
        count = int(worker.state.routes[row, STOPS])
        stops = worker.state.order[row, :count]
        rows[row, 0] = count
        rows[row, 1 : 1 + count] = stops
        rows[row, middle : middle + count] = worker.state.where[stops, TIER]
    return rows
