"""The search from outside: arrays in, threads on, meeting at fixed points, orders of visits out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from dispatch.engine.anneal import anneal, construct
from dispatch.engine.areas import Area, divide
from dispatch.engine.load import load, longest_route
from dispatch.engine.model import (
    CITY,
    COST,
    DROP,
    DURATION,
    FIRST_WINDOW,
    MODE,
    NOWHERE,
    ROUTE,
    STOPS,
    TIER,
    Floats,
    Ints,
    Model,
    State,
    Words,
    new_state,
)
from dispatch.engine.partition import Recombined, recombine
from dispatch.engine.pool import Column, Pool
from dispatch.engine.warm import warm_up
from dispatch.facts import Facts

ROUNDS = 25
LARGE = 450
AREA_VISITS = 300
REMOVED_ON_AVERAGE = 10.0
LONGEST_STRING = 10.0
POOL_SLOTS = 2**17
RECOMBINE_AT = (0.4, 0.6, 0.76, 0.88)
HOT, WARM, COLD = 1.0, 0.1, 0.01
FIRST_PASS = 300
MOST_DRAINED = 24000
LOADING_SHARE = 0.3
"""Loading compiled code counts as time used up to this share; compiling it for the first time takes longer."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Visit ids per shift (with None for the pick-up), each with the tier its windows were taken from."""

    stops: Mapping[str, Sequence[tuple[str | None, int]]]
    cost: float
    trace: dict[str, float | int | str]


@dataclass(slots=True)
class Worker:
    """One thread's state, random numbers, best routes and pool."""

    state: State
    random: Words
    best: Ints
    best_cost: float
    pool: Pool
    cost: float = 0.0


@dataclass(slots=True)
class Clock:
    """How far the search is, and how many iterations a thread may do until the next meeting."""

    seconds: float | None
    iterations: int | None
    hot: float = 1.0
    started: float = field(default_factory=monotonic)
    done: int = 0
    per_second: float = 0.0

    def left(self) -> float:
        """Seconds left; a large number when only iterations count."""
        return 1e9 if self.seconds is None else self.seconds - (monotonic() - self.started)

    def share(self, rounds_left: int) -> int:
        """Iterations for the next round."""
        if self.iterations is not None and self.seconds is None:
            return max(1, (self.iterations - self.done) // max(1, rounds_left))
        if self.per_second == 0.0:
            return FIRST_PASS
        by_time = int(self.per_second * max(0.0, self.left()) / max(1, rounds_left))
        return max(1, by_time if self.iterations is None else min(by_time, self.iterations - self.done))

    def is_over(self) -> bool:
        """Whether the time or the iterations are used up."""
        if self.iterations is not None and self.done >= self.iterations:
            return True
        return self.left() <= 0.0

    def note(self, iterations: int, seconds: float) -> None:
        """What a round did."""
        self.done += iterations
        if seconds > 0.0:
            self.per_second = iterations / seconds


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
) -> Sequences:
    """Improve on a start (visit ids and tiers per shift) until time or iterations are used up.

    With iterations alone the same seed and threads give the same answer. A warm start is searched coolly, so as not
    to be lost. `on_progress` hears the share of the work done and the best cost so far.
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
    with ThreadPoolExecutor(max_workers=threads + 1) as executor:
        run = _search_areas if is_large else _search_together
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
    worker.cost = _value(model, state)
    return worker


def _value(model: Model, state: State) -> float:
    absent = state.where[:-1, ROUTE] == NOWHERE
    return float(state.routes[:, COST].sum() + model.visits[:-1, DROP][absent].sum())


def _scale(state: State) -> float:
    """The cost of one visit, roughly: what temperatures are measured in."""
    used = state.routes[(state.routes[:, STOPS] > 0) & np.isfinite(state.routes[:, COST])]
    if len(used) == 0:
        return 1.0
    # The median, because one route with a broken promise costs more than all others together.
    return float(max(1e-6, np.median(used[:, COST] / used[:, STOPS])))


def _temperature(clock: Clock, share: float) -> float:
    return float(clock.hot * (COLD / clock.hot) ** min(1.0, share))


def _copy(worker: Worker, random: Words, pool: Pool) -> Worker:
    held = worker.state
    state = State(held.order.copy(), held.routes.copy(), held.where.copy(), held.rows.copy())
    return Worker(state, random, worker.best.copy(), worker.best_cost, pool, worker.cost)


def _anneal(
    model: Model, worker: Worker, area: Area, random: Words, iterations: int, hot: float, cold: float, within: float
) -> tuple[float, float]:
    codes, keys, costs, stops, counts = worker.pool.tables()
    return anneal(
        *model, *worker.state, random, area.routes, area.members, worker.best, codes, keys, costs, stops, counts,
        iterations, hot, cold, REMOVED_ON_AVERAGE, LONGEST_STRING, within,
    )  # fmt: skip


def _restore(model: Model, worker: Worker, best: Ints) -> None:
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
    worker.cost = _value(model, state)


def _search_together(  # noqa: C901 - one round after the other, in order
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
    workers = [_copy(first, seeds[i + 1 : i + 2].copy(), pools[i]) for i in range(threads)]
    scale = _scale(first.state)
    best, best_cost = _rows_of(first), first.cost
    elite: list[Column] = []
    pending: Future[Recombined | None] | None = None
    bound, recombined, share = -np.inf, 0, 0.0
    points = list(RECOMBINE_AT)
    turn = 0
    while not clock.is_over():
        iterations = clock.share(ROUNDS - turn)
        is_first = turn == 0 and clock.per_second == 0.0 and clock.seconds is not None
        after = share if is_first else (turn + 1) / ROUNDS
        hot, cold = scale * _temperature(clock, share), scale * _temperature(clock, after)
        within = scale * 1.5 if share >= 0.15 else 0.0
        began = monotonic()
        jobs = [
            executor.submit(_anneal, model, worker, everything, worker.random, iterations, hot, cold, within)
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
                    _restore(model, worker, best)
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


def _rows_of(worker: Worker) -> Ints:
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
    _restore(model, scratch, best)
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


def _search_areas(
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
    scale = _scale(first.state)
    best, best_cost = _rows_of(first), first.cost
    share, turn = 0.0, 0
    while not clock.is_over():
        iterations = clock.share(ROUNDS - turn)
        is_first = turn == 0 and clock.per_second == 0.0 and clock.seconds is not None
        after = share if is_first else (turn + 1) / ROUNDS
        hot, cold = scale * _temperature(clock, share), scale * _temperature(clock, after)
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
        now, lowest = _anneal(model, worker, area, random, part, hot, cold, 0.0)
        current, best = current + now, best + lowest
    return current, best


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
