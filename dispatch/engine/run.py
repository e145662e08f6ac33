"""The search from outside: arrays in, threads on, meeting at fixed points, orders of visits out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from dispatch.engine.anneal import construct
from dispatch.engine.by_area import search_areas
from dispatch.engine.clock import HOT, WARM, Clock
from dispatch.engine.load import load, longest_route
from dispatch.engine.model import DROP, FIRST_WINDOW, STOPS, TIER, Ints, Model, Words, new_state
from dispatch.engine.partition import Recombine, recombine
from dispatch.engine.pool import Pool
from dispatch.engine.together import search_together
from dispatch.engine.warm import warm_up
from dispatch.engine.workers import Worker, value_of
from dispatch.facts import Facts

LARGE = 450
LOADING_SHARE = 0.3
"""Loading compiled code counts as time used up to this share; compiling it for the first time takes longer."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Visit ids per shift (with None for the pick-up), each with the tier its windows were taken from."""

    stops: Mapping[str, Sequence[tuple[str | None, int]]]
    cost: float
    trace: dict[str, float | int | str]


def search(
    facts: Facts,
    start: Mapping[str, Sequence[tuple[str, int]]],
    *,
    seconds: float | None,
    iterations: int | None,
    seed: int,
    threads: int,
    is_warm: bool = False,
    on_progress: Callable[[float, float], None] | None = None,
    recombiner: Recombine = recombine,
) -> Sequences:
    """Improve on a start (visit ids and tiers per shift) until time or iterations are used up.

    With iterations alone the same seed and threads give the same answer. A warm start is searched coolly, so as not
    to be lost. `on_progress` hears the share of the work done and the best cost so far. Without answers of the
    `recombiner` the search goes on, and the trace says so.
    """
    loading = warm_up()
    if seconds is not None:
        seconds -= min(loading, LOADING_SHARE * seconds)
    clock = Clock(seconds, iterations, hot=WARM if is_warm else HOT)
    model = load(facts)
    seeds = np.random.SeedSequence(seed).generate_state(threads + 1, np.uint64) | np.uint64(1)
    longest = longest_route(facts.problem)
    first = _first_worker(facts, model, start, longest, seeds[:1].copy())
    is_large = len(facts.problem.visits) > LARGE
    with ThreadPoolExecutor(max_workers=threads if is_large else threads + 1) as executor:
        run = search_areas if is_large else partial(search_together, recombiner=recombiner)
        best, trace = run(model, first, clock, seeds, executor, threads, on_progress or (lambda _share, _cost: None))
    return _sequences(facts, best, {**trace, "iterations": clock.done, "threads": threads, "loading": loading})


def _first_worker(
    facts: Facts, model: Model, start: Mapping[str, Sequence[tuple[str, int]]], longest: int, random: Words
) -> Worker:
    state = new_state(model, longest)
    numbers = {visit.id: index for index, visit in enumerate(facts.problem.visits)}
    placed: set[int] = set()
    for row, shift in enumerate(facts.problem.shifts):
        stops = start.get(shift.id, ())
        state.routes[row, STOPS] = len(stops)
        for position, (visit_id, tier) in enumerate(stops):
            number = numbers[visit_id]
            state.order[row, position] = number
            state.where[number, TIER] = tier
            placed.add(number)
    pool = Pool(1, 0, len(numbers), len(model.shifts))
    worker = Worker(state, random, np.zeros((len(model.shifts), 2 * (longest + 4)), np.int64), np.inf, pool)
    tightness = model.windows[:-1, 0, FIRST_WINDOW + 1] - model.windows[:-1, 0, FIRST_WINDOW]
    waiting = np.array([v for v in np.lexsort((tightness, -model.visits[:-1, DROP])) if v not in placed], np.int64)
    construct(*model, *state, random, np.arange(len(model.shifts)), waiting)
    worker.cost = value_of(model, state)
    return worker


def _sequences(facts: Facts, best: Ints, trace: dict[str, float | int | str]) -> Sequences:
    visits = facts.problem.visits
    middle = best.shape[1] // 2
    stops: dict[str, list[tuple[str | None, int]]] = {}
    for row, shift in enumerate(facts.problem.shifts):
        numbers = best[row, 1 : 1 + best[row, 0]]
        tiers = best[row, middle : middle + best[row, 0]]
        stops[shift.id] = [
            (visits[number].id if number < len(visits) else None, int(tier))
            for number, tier in zip(numbers.tolist(), tiers.tolist(), strict=True)
        ]
    return Sequences(stops, float(trace["cost"]), trace)
