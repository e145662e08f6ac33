"""Each thread searches the whole problem; remembered routes of all are recombined now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import numpy as np

from dispatch.engine.areas import Area
from dispatch.engine.clock import ROUNDS, Clock
from dispatch.engine.model import CITY, COST, DROP, DURATION, MODE, Floats, Ints, Model, Words, new_state
from dispatch.engine.partition import Recombined, recombine
from dispatch.engine.pool import Column, Pool
from dispatch.engine.workers import Worker, anneal_area, copy_of, restore, rows_of, scale_of

POOL_SLOTS = 2**17
RECOMBINE_AT = (0.4, 0.6, 0.76, 0.88)
MOST_DRAINED = 24000


def search_together(  # noqa: C901 - one round after the other, in order
    model: Model,
    first: Worker,
    clock: Clock,
    seeds: Words,
    executor: ThreadPoolExecutor,
    threads: int,
    on_progress: Callable[[float, float], None],
) -> tuple[Ints, dict[str, float | int | str]]:
    """Each thread searches the whole problem; remembered routes of all are recombined now and then."""
    everything = Area(np.arange(len(model.shifts)), np.arange(len(model.visits) - 1))
    slots = POOL_SLOTS if model.fixed[MODE] in (CITY, DURATION) else 2**14
    longest = first.state.order.shape[1]
    pools = [Pool(slots, longest, len(model.visits) - 1, len(model.shifts)) for _ in range(threads)]
    workers = [copy_of(first, seeds[i + 1 : i + 2].copy(), pools[i]) for i in range(threads)]
    scale = scale_of(first.state)
    best, best_cost = rows_of(first), first.cost
    elite: list[Column] = []
    pending: Future[Recombined | None] | None = None
    bound, recombined, share = -np.inf, 0, 0.0
    points = list(RECOMBINE_AT)
    turn = 0
    while not clock.is_over():
        iterations = clock.share(ROUNDS - turn)
        is_first = turn == 0 and clock.per_second == 0.0 and clock.seconds is not None
        after = share if is_first else (turn + 1) / ROUNDS
        hot, cold = scale * clock.temperature(share), scale * clock.temperature(after)
        within = scale * 1.5 if share >= 0.15 else 0.0
        began = monotonic()
        jobs = [
            executor.submit(anneal_area, model, worker, everything, worker.random, iterations, hot, cold, within)
            for worker in workers
        ]
        for worker, job in zip(workers, jobs, strict=True):
            worker.cost, found = job.result()
            if found < best_cost - 1e-7:
                best, best_cost = worker.best.copy(), found
        clock.note(iterations, monotonic() - began)
        share = after
        turn += 0 if is_first else 1
        if pending is not None and (clock.seconds is None or pending.done() or share >= 1.0):
            answer = pending.result()
            pending = None
            if answer is not None:
                elite, bound, recombined = list(answer.elite), answer.bound, recombined + 1
                if answer.cost < best_cost - 1e-7:
                    best, best_cost = _rows_from(model, answer.columns, best.shape[1]), answer.cost
                for worker in workers if share > 0.55 else workers[:1]:
                    restore(model, worker, best)
        if pending is None and points and share >= points[0] - 1e-9:
            points.pop(0)
            incumbent = _columns_of(model, best)
            worth = _worth(incumbent, len(model.visits))
            columns = [*elite, *(column for pool in pools for column in pool.drain(worth, MOST_DRAINED // threads))]
            pending = executor.submit(
                recombine,
                columns,
                incumbent,
                model.visits[:-1, DROP].copy(),
                shifts=len(model.shifts),
                seconds=None if clock.seconds is None else max(0.3, min(clock.left() * 0.4, clock.seconds / 10)),
                may_drop=bool(model.fixed[MODE] == CITY),
            )
        on_progress(share, best_cost)
    if pending is not None:
        answer = pending.result()
        if answer is not None and answer.cost < best_cost - 1e-7:
            best, best_cost = _rows_from(model, answer.columns, best.shape[1]), answer.cost
    return best, {"cost": best_cost, "pool_bound": float(bound), "recombined": recombined}


def _worth(columns: Sequence[Column], visits: int) -> Floats:
    """What each visit costs in the best routes: its route's cost shared out evenly."""
    worth = np.zeros(visits)
    for column in columns:
        worth[list(column.stops)] = column.cost / len(column.stops)
    worth[-1] = 0.0
    return worth


def _rows_from(model: Model, columns: Sequence[Column], width: int) -> Ints:
    rows = np.zeros((len(model.shifts), width), np.int64)
    middle = width // 2
    for column in columns:
        rows[column.shift, middle : middle + len(column.tiers)] = column.tiers
        rows[column.shift, 0] = len(column.stops)
        rows[column.shift, 1 : 1 + len(column.stops)] = column.stops
    return rows


def _columns_of(model: Model, best: Ints) -> list[Column]:
    """The best routes as columns, with their costs worked out again."""
    scratch = Worker(new_state(model, best.shape[1] // 2), np.ones(1, np.uint64), best, 0.0, Pool(1, 0, 1, 1))
    restore(model, scratch, best)
    middle = best.shape[1] // 2
    return [
        Column(
            row,
            tuple(best[row, 1 : 1 + best[row, 0]].tolist()),
            float(scratch.state.routes[row, COST]),
            tuple(best[row, middle : middle + best[row, 0]].tolist()),
        )
        for row in range(len(best))
        if best[row, 0] > 0
    ]
