"""Solve areas on workers that may die: wait, try again, check what comes back (DESIGN rules 2 and 8, D7)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Protocol

import structlog

import dispatch
from dispatch.area_task import (
    LEG_SECONDS,
    AreaLimits,
    AreaTask,
    limits_of_legs,
    list_legs,
    pack_problem,
    run_area_task,
)

TRIES = 4
GRACE_SECONDS = 240.0
"""For loading, or compiling for the first time, and for checking, beside the seconds a solve is given."""
ITERATING_SECONDS = 3600.0
"""For a solve that is bounded by iterations alone."""
log = structlog.get_logger()


class WorkersLost(RuntimeError):
    """Workers died under one task again and again, or there are none; the best plan so far is still the caller's."""


class SolveTimedOut(RuntimeError):
    """The workers did not answer in time."""


class PlanRefused(RuntimeError):
    """A worker sent a plan that does not pass the check here; the message names the first rule it breaks."""


class Workers(Protocol):
    """Where tasks run: processes of this machine, or a cluster."""

    @property
    def count(self) -> int: ...

    def submit(self, run: Callable[[AreaTask], dispatch.Plan], task: AreaTask) -> Future[dispatch.Plan]: ...

    def is_loss(self, error: BaseException) -> bool: ...

    def replace(self) -> None: ...

    def close(self) -> None: ...


class AreaSolver:
    """Solves areas on workers, called from any number of threads at once, one area each."""

    def __init__(
        self,
        workers: Workers,
        *,
        limits: AreaLimits,
        leg_seconds: float = LEG_SECONDS,
        leg_iterations: int | None = None,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.workers = workers
        self._limits = limits
        self._legs = list_legs(limits, leg_seconds=leg_seconds, leg_iterations=leg_iterations)
        self._grace_seconds = grace_seconds
        self._under_way = 0
        self._lock = threading.Lock()
        self._generation = 0

    def solve(self, problem: dispatch.Problem, warm_start: dispatch.Plan | None = None) -> dispatch.Plan:
        """Return a checked plan, never worse than `warm_start`.

        Raises WorkersLost, SolveTimedOut or PlanRefused, and what `dispatch.solve` raises for a bad problem.
        """
        packed = pack_problem(problem)
        plan = warm_start
        with self._counted():
            for limits in limits_of_legs(self._limits, self._legs):
                plan = _checked(problem, self._run(AreaTask(packed, plan, limits)))
        assert plan is not None  # noqa: S101 - there is at least one leg
        return plan

    def replan(self, problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
        """Return a checked plan for a problem an event has changed, as near to `plan` as can be; raises as `solve`."""
        with self._counted():
            task = AreaTask(pack_problem(problem), plan, self._limits, is_small_change=True)
            return _checked(problem, self._run(task))

    def close(self) -> None:
        """End the workers, or let go of them."""
        self.workers.close()

    def _run(self, task: AreaTask) -> dispatch.Plan:
        for left in reversed(range(TRIES)):
            generation = self._generation
            try:
                return self.workers.submit(run_area_task, task).result(self._patience(task.limits))
            except TimeoutError:
                self._replace(generation)
                raise SolveTimedOut(f"no answer after {self._patience(task.limits):.0f} s") from None
            except Exception as error:
                if not self.workers.is_loss(error):
                    raise
                log.warning("a solver's worker was lost", error=type(error).__name__, tries_left=left)
                self._replace(generation)
        raise WorkersLost(f"{TRIES} tries in a row")

    def _patience(self, limits: AreaLimits) -> float:
        """Return how long to wait: a share of the queue comes first."""
        turns = 1 + self._under_way // self.workers.count
        working = ITERATING_SECONDS if limits.seconds is None else limits.seconds
        return (working + self._grace_seconds) * turns

    def _replace(self, generation: int) -> None:
        """Replace the workers once, however many threads have found them broken."""
        with self._lock:
            if generation != self._generation:
                return
            self._generation += 1
            self.workers.replace()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1


def _checked(problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
    violations = dispatch.check(problem, plan)
    if violations:
        raise PlanRefused(f"{violations[0].rule}: {violations[0].detail}")
    return plan


__all__ = ["AreaSolver", "PlanRefused", "SolveTimedOut", "Workers", "WorkersLost"]
