"""Each thread searches the whole problem; remembered routes of all are recombined now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import numpy as np

from dispatch.engine.areas import Area
from dispatch.engine.clock import ROUNDS, Clock
from dispatch.engine.model import CITY, DURATION, MODE, Ints, Model, Words
from dispatch.engine.partition import Recombine, recombine
from dispatch.engine.pool import Pool
from dispatch.engine.recombining import Recombining
from dispatch.engine.workers import Worker, anneal_area, copy_of, restore, rows_of, scale_of

POOL_SLOTS = 2**17
REMEMBER_FROM = 0.15
REMEMBER_WITHIN = 1.5
RESTART_ALL_FROM = 0.55


def search_together(
    model: Model,
    first: Worker,
    clock: Clock,
    seeds: Words,
    executor: ThreadPoolExecutor,
    threads: int,
    on_progress: Callable[[float, float], None],
    recombiner: Recombine = recombine,
) -> tuple[Ints, dict[str, float | int | str]]:
    """Improve on the first worker's routes; returns the best rows and what there is to tell about the search."""
    slots = POOL_SLOTS if model.fixed[MODE] in (CITY, DURATION) else 2**14
    longest = first.state.order.shape[1]
    pools = [Pool(slots, longest, len(model.visits) - 1, len(model.shifts)) for _ in range(threads)]
    workers = [copy_of(first, seeds[i + 1 : i + 2].copy(), pools[i]) for i in range(threads)]
    recombining = Recombining(model, executor, clock, pools, recombiner)
    scale = scale_of(first.state)
    best, best_cost = rows_of(first), first.cost
    share, turn = 0.0, 0
    while not clock.is_over():
        is_first = turn == 0 and clock.per_second == 0.0 and clock.seconds is not None
        after = share if is_first else (turn + 1) / ROUNDS
        best, best_cost = _round(model, workers, clock, executor, scale, share, after, ROUNDS - turn, best, best_cost)
        share = after
        turn += 0 if is_first else 1
        if recombining.is_ready():
            best, best_cost = recombining.better(best, best_cost)
            for worker in workers if share > RESTART_ALL_FROM else workers[:1]:
                restore(model, worker, best)
        recombining.begin_if_due(best, share)
        on_progress(share, best_cost)
    best, best_cost = recombining.finish(best, best_cost)
    return best, {"cost": best_cost, **recombining.trace()}


def _round(
    model: Model,
    workers: Sequence[Worker],
    clock: Clock,
    executor: ThreadPoolExecutor,
    scale: float,
    share: float,
    after: float,
    rounds_left: int,
    best: Ints,
    best_cost: float,
) -> tuple[Ints, float]:
    """Every worker's iterations until the next meeting; returns the best routes so far and their cost."""
    everything = Area(np.arange(len(model.shifts)), np.arange(len(model.visits) - 1))
    iterations = clock.share(rounds_left)
    hot, cold = scale * clock.temperature(share), scale * clock.temperature(after)
    within = scale * REMEMBER_WITHIN if share >= REMEMBER_FROM else 0.0
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
    return best, best_cost
