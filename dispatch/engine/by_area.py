"""The threads work on different neighbourhoods of one large plan, divided anew in every round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import numpy as np

from dispatch.engine.areas import Area, divide
from dispatch.engine.clock import ROUNDS, Clock
from dispatch.engine.model import Ints, Model, Words
from dispatch.engine.workers import Worker, anneal_area, rows_of, scale_of

AREA_VISITS = 300


def search_areas(
    model: Model,
    first: Worker,
    clock: Clock,
    seeds: Words,
    executor: ThreadPoolExecutor,
    threads: int,
    on_progress: Callable[[float, float], None],
) -> tuple[Ints, dict[str, float | int | str]]:
    """The threads work on different neighbourhoods of one plan, divided anew in every round."""
    random = np.random.default_rng(int(seeds[0]))
    visits = len(model.visits) - 1
    count = threads * max(1, round(visits / AREA_VISITS / threads))
    scale = scale_of(first.state)
    best, best_cost = rows_of(first), first.cost
    share, turn = 0.0, 0
    while not clock.is_over():
        iterations = clock.share(ROUNDS - turn)
        is_first = turn == 0 and clock.per_second == 0.0 and clock.seconds is not None
        after = share if is_first else (turn + 1) / ROUNDS
        hot, cold = scale * clock.temperature(share), scale * clock.temperature(after)
        began = monotonic()
        areas = divide(model, first.state, random, count)
        draws = random.integers(1, 2**63, len(areas), dtype=np.uint64)
        jobs = [
            executor.submit(
                _anneal_some,
                model,
                first,
                [(area, draws[i : i + 1]) for i, area in enumerate(areas) if i % threads == thread],
                iterations,
                visits / threads,
                hot,
                cold,
            )
            for thread in range(threads)
        ]
        totals = [job.result() for job in jobs]
        clock.note(iterations, monotonic() - began)
        share = after
        turn += 0 if is_first else 1
        found = sum(total for _, total in totals)
        if found < best_cost - 1e-7:
            best, best_cost = first.best.copy(), found
        on_progress(share, best_cost)
    return best, {"cost": best_cost, "areas": count}


def _anneal_some(
    model: Model,
    worker: Worker,
    areas: Sequence[tuple[Area, Words]],
    iterations: int,
    visits: float,
    hot: float,
    cold: float,
) -> tuple[float, float]:
    """One thread's areas one after the other, each with its part of the iterations."""
    current, best = 0.0, 0.0
    for area, random in areas:
        part = max(1, int(iterations * len(area.members) / max(1.0, visits)))
        now, lowest = anneal_area(model, worker, area, random, part, hot, cold, 0.0)
        current, best = current + now, best + lowest
    return current, best
