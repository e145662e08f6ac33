"""The threads work on different neighbourhoods of one large plan, divided anew in every round."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import numpy as np

from dispatch.engine.areas import Area, divide
from dispatch.engine.clock import HOT, ROUNDS, Clock
from dispatch.engine.model import STOPS, Ints, Model, Words
from dispatch.engine.workers import Worker, anneal_area, rows_of, scale_of

AREA_VISITS, AREA_ROUTES = 300, 12
"""How large an area is at least, about: long routes need others beside them to exchange visits with."""

SHORT_ROUTE = 6.0
"""Stops of a route up to which a start at the usual temperature is hot enough.

Opening another route costs a long route's visits many times their own cost; a cooler start never opens one.
"""


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
    used = int((first.state.routes[:, STOPS] > 0).sum())
    count = threads * max(1, round(min(visits / AREA_VISITS, used / AREA_ROUTES) / threads))
    scale = scale_of(first.state)
    if clock.hot == HOT:
        clock.hot *= max(1.0, float(first.state.routes[:, STOPS].sum()) / max(1, used) / SHORT_ROUTE)
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
        order = sorted(range(len(areas)), key=lambda index: -len(areas[index].members))
        jobs = [
            executor.submit(
                _anneal_share, model, first, areas[i], draws[i : i + 1], iterations * threads / visits, hot, cold
            )
            for i in order
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


def _anneal_share(
    model: Model, worker: Worker, area: Area, random: Words, per_visit: float, hot: float, cold: float
) -> tuple[float, float]:
    """Improve one area with its part of the iterations."""
    return anneal_area(model, worker, area, random, max(1, int(per_visit * len(area.members))), hot, cold, 0.0)
