"""Solving on workers that die, fall silent, fail or send nonsense."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace

import pytest

import dispatch
from dispatch.area_task import AreaLimits, AreaTask, run_area_task
from integrations.solving.solver import TRIES, AreaSolver, PlanRefused, SolveTimedOut, WorkersLost
from tests.factories.area_problem import area_problem
from tests.factories.threads import run_together

LIMITS = AreaLimits(None, 300, seed=3)


class WorkerDied(Exception):
    """What these workers raise when one is lost."""


@dataclass
class FakeWorkers:
    """Workers that run a task at once, after everything in `trouble` has happened."""

    trouble: list[Callable[[], object]] = field(default_factory=list)
    change: Callable[[dispatch.Plan], dispatch.Plan] = lambda plan: plan
    count: int = 1
    tasks: list[AreaTask] = field(default_factory=list)
    replaced: int = 0
    never: bool = False

    def submit(self, run: Callable[[AreaTask], dispatch.Plan], task: AreaTask) -> Future[dispatch.Plan]:
        self.tasks.append(task)
        future: Future[dispatch.Plan] = Future()
        if self.never:
            return future
        try:
            if self.trouble:
                self.trouble.pop(0)()
            future.set_result(self.change(run(task)))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future

    def is_loss(self, error: BaseException) -> bool:
        return isinstance(error, WorkerDied | CancelledError)

    def replace(self) -> None:
        self.replaced += 1

    def close(self) -> None:
        self.replaced += 1


def die() -> None:
    raise WorkerDied


def test_a_solve_comes_back_checked_and_no_worse_than_the_plan_it_began_with() -> None:
    problem = area_problem(visits=8)
    begin = dispatch.nearest_technician_plan(problem)

    plan = AreaSolver(FakeWorkers(), limits=LIMITS).solve(problem, begin)

    assert not dispatch.check(problem, plan)
    assert plan.score <= begin.score


@pytest.mark.parametrize("deaths", range(1, TRIES))
def test_a_worker_that_dies_is_replaced_and_the_answer_is_the_same(deaths: int) -> None:
    problem = area_problem(visits=8)
    undisturbed = AreaSolver(FakeWorkers(), limits=LIMITS).solve(problem)
    workers = FakeWorkers(trouble=[die] * deaths)

    plan = AreaSolver(workers, limits=LIMITS).solve(problem)

    assert (plan.routes, plan.score) == (undisturbed.routes, undisturbed.score)
    assert (workers.replaced, len(workers.tasks)) == (deaths, deaths + 1)


def test_workers_that_die_every_time_are_given_up() -> None:
    workers = FakeWorkers(trouble=[die] * TRIES)

    with pytest.raises(WorkersLost):
        AreaSolver(workers, limits=LIMITS).solve(area_problem(visits=3))


def test_a_worker_that_dies_in_a_later_leg_costs_that_leg_alone() -> None:
    problem = area_problem(visits=8)
    workers = FakeWorkers(trouble=[lambda: None, die])
    solver = AreaSolver(workers, limits=LIMITS, leg_iterations=100)

    plan = solver.solve(problem)

    undisturbed = AreaSolver(FakeWorkers(), limits=LIMITS, leg_iterations=100).solve(problem)
    assert (plan.routes, plan.score) == (undisturbed.routes, undisturbed.score)
    assert [task.limits.seed for task in workers.tasks] == [3, 4, 4, 5]
    assert workers.tasks[1] == workers.tasks[2]
    scores = [task.warm_start.score for task in workers.tasks[1:] if task.warm_start]
    assert scores == sorted(scores, reverse=True)


def test_a_worker_that_falls_silent_is_replaced_and_the_caller_is_told() -> None:
    workers = FakeWorkers(never=True)
    solver = AreaSolver(workers, limits=AreaLimits(0.05), grace_seconds=0.05)

    with pytest.raises(SolveTimedOut):
        solver.solve(area_problem(visits=3))
    assert workers.replaced == 1


def test_a_plan_that_does_not_pass_the_check_here_is_refused() -> None:
    def lose_a_visit(plan: dispatch.Plan) -> dispatch.Plan:
        route = max(plan.routes, key=lambda route: len(route.stops))
        routes = tuple(replace(one, stops=one.stops[1:]) if one is route else one for one in plan.routes)
        return replace(plan, routes=routes)

    with pytest.raises(PlanRefused):
        AreaSolver(FakeWorkers(change=lose_a_visit), limits=LIMITS).solve(area_problem(visits=8))


def test_a_bad_problem_is_the_callers_and_not_tried_again() -> None:
    problem = area_problem(visits=3)
    twice = replace(problem, visits=(*problem.visits, problem.visits[0]))
    workers = FakeWorkers()

    with pytest.raises(dispatch.ProblemError):
        AreaSolver(workers, limits=LIMITS).solve(twice)
    assert (len(workers.tasks), workers.replaced) == (1, 0)


def test_of_many_who_find_the_workers_broken_one_replaces_them() -> None:
    problem = area_problem(visits=3)
    both_waiting = threading.Barrier(2)

    def die_together() -> None:
        both_waiting.wait(10)
        raise WorkerDied

    workers = FakeWorkers(trouble=[die_together, die_together])
    solver = AreaSolver(workers, limits=LIMITS)

    plans = run_together(lambda: solver.solve(problem), lambda: solver.solve(problem))

    assert workers.replaced == 1
    assert plans[0].routes == plans[1].routes


def test_the_time_one_waits_grows_with_the_queue() -> None:
    solver = AreaSolver(FakeWorkers(count=2), limits=AreaLimits(10.0), grace_seconds=5.0)

    patience = []
    for under_way in (1, 2, 5):
        solver._under_way = under_way
        patience.append(solver._patience(AreaLimits(10.0)))

    assert patience == [15.0, 30.0, 45.0]


def test_every_worker_runs_the_same_function() -> None:
    seen: list[object] = []

    class Watching(FakeWorkers):
        def submit(self, run: Callable[[AreaTask], dispatch.Plan], task: AreaTask) -> Future[dispatch.Plan]:
            seen.append(run)
            return super().submit(run, task)

    AreaSolver(Watching(), limits=LIMITS).solve(area_problem(visits=3))

    assert seen == [run_area_task]
