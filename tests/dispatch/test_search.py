"""The compiled search: by every rule, exact in what it reckons, the same for the same seed and threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from math import inf
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dispatch import (
    Assignment,
    Limits,
    Lock,
    LockKind,
    ObjectiveKind,
    Plan,
    Problem,
    ProblemError,
    Shift,
    TimeWindow,
    Travel,
    Visit,
    check,
    nearest_technician_plan,
    solve,
    validate,
)
from dispatch.costs import route_cost
from dispatch.engine.areas import Area
from dispatch.engine.load import load, longest_route
from dispatch.engine.model import COST, STOPS, Model, new_state
from dispatch.engine.partition import Recombine, Recombined, Task, recombine
from dispatch.engine.pool import Column, Pool, Remembered
from dispatch.engine.pricing import Pricing
from dispatch.engine.run import search
from dispatch.engine.warm import warm_up
from dispatch.engine.workers import Worker, anneal_area, restore, rows_of
from dispatch.facts import Facts
from dispatch.problem import PickUpPoint
from dispatch.shortest import shortest_route
from tests.dispatch.problems import HOUR, a_random_problem

LIMITS = Limits(seconds=None, iterations=200, threads=1)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up()


def a_valid_problem(seed: int, *, factors: bool = False) -> Problem | None:
    problem = a_random_problem(seed, visits=16, shifts=4, factors=factors)
    try:
        validate(problem)
    except ProblemError:
        return None
    return problem


def a_city(seed: int, visits: int, shifts: int) -> Problem:
    """Visits with windows all over a plane, everybody may do everything."""
    random = np.random.default_rng(seed)
    points = random.uniform(0, 40, (visits + shifts, 2))
    kilometres = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    begins = random.uniform(8, 15, visits) * HOUR
    return Problem(
        visits=tuple(
            Visit(
                str(i), i, 2400.0, (TimeWindow(begins[i], begins[i] + 2 * HOUR),), priority=int(random.integers(10, 90))
            )
            for i in range(visits)
        ),
        shifts=tuple(
            Shift(f"s{i}", f"t{i}", 8 * HOUR, 17 * HOUR, visits + i, visits + i, overtime_limit_seconds=HOUR)
            for i in range(shifts)
        ),
        travel=Travel(kilometres * 120.0, kilometres * 1000.0),
        objective=ObjectiveKind.CITY_DAY,
    )


def a_crew(seed: int, visits: int = 6) -> Problem:
    """Technicians who lack tools and parts, and a depot that has them."""
    random = np.random.default_rng(seed)
    points = random.uniform(0, 50, (visits + 3, 2))
    away = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    return Problem(
        visits=tuple(
            Visit(
                str(i),
                3 + i,
                10.0,
                (TimeWindow(0.0, float(random.uniform(100, 400))),),
                tools=frozenset({"saw"}) if random.random() < 0.3 else frozenset(),
                parts={"lamp": 1} if random.random() < 0.6 else {},
            )
            for i in range(visits)
        ),
        shifts=tuple(Shift(f"s{i}", f"t{i}", 0.0, 600.0, 1 + i, 1 + i, parts={"lamp": 1}) for i in range(2)),
        travel=Travel(away, away),
        objective=ObjectiveKind.TOTAL_DURATION,
        pick_up_points=(PickUpPoint("depot", 0),),
    )


@given(seed=st.integers(0, 10**6), factors=st.booleans())
@settings(max_examples=15, deadline=None)
def test_every_plan_of_the_search_passes_the_check_and_beats_the_nearest_technician(seed: int, factors: bool) -> None:  # noqa: FBT001
    problem = a_valid_problem(seed, factors=factors)
    if problem is None:
        return

    plan = solve(problem, limits=LIMITS)

    assert check(problem, plan) == ()
    assert "refused_by_check" not in plan.trace
    assert plan.score <= nearest_technician_plan(problem).score


@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_the_search_reckons_a_plan_as_the_score_does(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return
    city = replace(problem, objective=ObjectiveKind.CITY_DAY, freeze_until_seconds=None)

    plan = solve(city, limits=LIMITS)

    if plan.trace["came_from"] == "search":
        assert plan.trace["cost"] == pytest.approx(plan.score.cost_cents)


def test_the_same_seed_threads_and_iterations_give_the_same_plan() -> None:
    problem = a_city(3, 60, 8)
    limits = Limits(seconds=None, iterations=400, seed=5, threads=2)

    assert solve(problem, limits=limits).routes == solve(problem, limits=limits).routes


def test_neighbourhoods_searched_in_parallel_give_a_checked_plan_and_the_same_one_again() -> None:
    problem = a_city(4, 460, 60)
    limits = Limits(seconds=None, iterations=500, seed=5, threads=2)

    plan = solve(problem, limits=limits)

    assert check(problem, plan) == ()
    assert plan.trace["areas"] == 2
    assert plan.score < nearest_technician_plan(problem).score
    assert plan.routes == solve(problem, limits=limits).routes


def test_the_search_stops_in_time() -> None:
    problem = a_city(5, 100, 14)
    began = monotonic()

    plan = solve(problem, limits=Limits(seconds=1.0, threads=2))

    assert monotonic() - began < 5.0
    assert plan.trace["came_from"] == "search"


def never(_remembered: Remembered, _held: Remembered, _incumbent: Sequence[Column], _task: Task) -> Recombined | None:
    return None


def broken(_remembered: Remembered, _held: Remembered, _incumbent: Sequence[Column], _task: Task) -> Recombined | None:
    message = "the solver is out of sorts"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("recombiner", "told"), [(never, "nothing came back"), (broken, "RuntimeError: the solver is out of sorts")]
)
def test_without_answers_of_the_exact_solver_the_search_goes_on_and_says_so(recombiner: Recombine, told: str) -> None:
    problem = a_city(3, 60, 8)

    found = search(
        Facts(problem), {}, seconds=None, iterations=500, seed=1, threads=2, recombiner=recombiner
    )  # fmt: skip

    assert found.trace["recombination_failed"] == told
    assert found.trace["recombined"] == 0
    placed = [visit_id for stops in found.stops.values() for visit_id, _ in stops]
    assert len(placed) == len(set(placed)) > 40


def annealed(problem: Problem, iterations: int) -> tuple[Model, Worker]:
    """A worker after so many iterations from nothing."""
    model = load(Facts(problem))
    state = new_state(model, longest_route(problem))
    visits, shifts = len(problem.visits), len(problem.shifts)
    pool = Pool(2**12, state.order.shape[1], visits, shifts)
    rows = np.zeros((shifts, 2 * (state.order.shape[1] + 2)), np.int64)
    worker = Worker(state, np.array([7], np.uint64), rows, inf, pool)
    restore(model, worker, rows)
    everything = Area(np.arange(shifts), np.arange(visits))
    worker.cost, worker.best_cost = anneal_area(model, worker, everything, worker.random, iterations, 30.0, 3.0, 100.0)
    return model, worker


@pytest.mark.parametrize("problem", [a_crew(5, visits=14), a_city(6, 40, 6)], ids=["crew", "city"])
def test_routes_put_back_after_refused_changes_are_as_if_worked_out_anew(problem: Problem) -> None:
    model, worker = annealed(problem, 3000)
    held = worker.state.routes[:, COST].copy(), worker.state.rows.copy(), worker.cost

    restore(model, worker, rows_of(worker))

    assert worker.state.routes[:, COST] == pytest.approx(held[0])
    assert worker.cost == pytest.approx(held[2])
    for row, count in enumerate(worker.state.routes[:, STOPS].astype(int)):
        assert np.allclose(worker.state.rows[row, : count + 1], held[1][row, : count + 1])


def test_routes_made_for_the_recombination_cost_what_they_say_and_less_than_they_are_worth() -> None:
    problem = a_crew(5, visits=14)
    facts = Facts(problem)
    _, worker = annealed(problem, 300)
    remembered = worker.pool.drain(np.zeros(15), 1000)
    duals = np.append(np.full(14, float(np.median(remembered.costs / remembered.counts)) + 5.0), np.zeros(2))

    made = Pricing(load(facts), worker.pool.stops.shape[1] - 2)(remembered, duals, -1.0)

    assert len(made) > 20
    for index in range(len(made)):
        column = made.column(index)
        visits = [problem.visits[stop] for stop in column.stops if stop < 14]
        pick_up_at = column.stops.index(14) if 14 in column.stops else None
        route = shortest_route(facts, problem.shifts[column.shift], visits, pick_up_at)
        assert route is not None
        assert route_cost(facts, route) == pytest.approx(column.cost)
        assert column.cost - sum(duals[stop] for stop in column.stops if stop < 14) < -1.0


def test_recombining_finds_the_best_of_the_routes_it_is_given() -> None:
    problem = a_crew(5, visits=14)
    _, worker = annealed(problem, 3000)
    remembered = worker.pool.drain(np.zeros(15), 1000)
    best = int(np.argmax(remembered.counts))
    incumbent = [remembered.column(best)]
    held = worker.pool.remembered(incumbent)
    lost = np.full(14, 1e5)

    found = recombine(remembered, held, incumbent, Task(lost, 2, may_drop=True))

    assert held.keys[0] == remembered.keys[best]
    assert found is not None
    assert not found.failed
    assert found.bound <= found.cost + 1e-6
    assert found.cost < incumbent[0].cost + lost.sum()
    stops = [stop for column in found.columns for stop in column.stops if stop < 14]
    assert len(stops) == len(set(stops))


def places(plan: Plan) -> dict[str, tuple[str, float]]:
    return {stop.visit_id: (route.shift_id, stop.start_seconds) for route in plan.routes for stop in route.stops}


@given(seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_visits_locked_in_both_never_move_in_the_search(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return
    where = places(solve(problem, limits=LIMITS))
    visits = tuple(
        replace(visit, current=Assignment(*where[visit.id]), lock=Lock(LockKind.BOTH))
        if visit.id in where and index % 2 == 0
        else replace(visit, current=None)
        for index, visit in enumerate(problem.visits)
    )
    locked = replace(problem, visits=visits, freeze_until_seconds=None)

    after = places(solve(locked, limits=replace(LIMITS, seed=77)))

    for visit in locked.visits:
        if visit.lock is not None and visit.current is not None:
            shift_id, start_seconds = after[visit.id]
            assert shift_id == visit.current.shift_id
            assert start_seconds == pytest.approx(visit.current.start_seconds, abs=0.01)


def by_trying_everything(problem: Problem) -> float:
    """The least total duration over all ways to share and order the visits and place a pick-up."""
    facts = Facts(problem)
    best_of: dict[tuple[int, frozenset[str]], float] = {}
    visits = problem.visits
    subsets = [frozenset(v.id for i, v in enumerate(visits) if mask >> i & 1) for mask in range(2 ** len(visits))]
    for row, shift in enumerate(problem.shifts):
        for subset in subsets:
            best = 0.0 if not subset else inf
            for order in permutations([visit for visit in visits if visit.id in subset]):
                for position in (None, *range(len(order))):
                    route = shortest_route(facts, shift, order, position) if order else None
                    best = min(best, route_cost(facts, route)) if route is not None else best
            best_of[row, subset] = best
    everybody = frozenset(visit.id for visit in visits)
    return min(best_of[0, subset] + best_of[1, everybody - subset] for subset in subsets)


@pytest.mark.parametrize("seed", range(4))
def test_small_crews_are_planned_to_the_proven_optimum_with_pick_ups(seed: int) -> None:
    problem = a_crew(seed, visits=5)

    plan = solve(problem, limits=Limits(seconds=None, iterations=20000, threads=1))

    assert check(problem, plan) == ()
    assert plan.unplaced == ()
    assert plan.score.cost_cents == pytest.approx(by_trying_everything(problem))


def test_a_technician_without_the_tool_passes_by_the_depot_first() -> None:
    problem = a_crew(1)
    saw = replace(problem, visits=tuple(replace(visit, tools=frozenset({"saw"})) for visit in problem.visits))

    plan = solve(saw, limits=LIMITS)

    assert check(saw, plan) == ()
    assert all(route.pick_ups[0].position == 0 for route in plan.routes if route.stops)
    without = replace(plan, routes=tuple(replace(route, pick_ups=()) for route in plan.routes))
    assert "tool" in {violation.rule for violation in check(saw, without)}
