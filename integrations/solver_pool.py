"""Solving in a process of its own, never in a web or clock thread (DESIGN rule 2)."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import dispatch


class SolverPool:
    """One process that solves plans. It starts with the first solve and is replaced when it dies."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._pool: ProcessPoolExecutor | None = None

    def solve(self, problem: dispatch.Problem, warm_start: dispatch.Plan) -> dispatch.Plan:
        """Return a checked plan, never worse than `warm_start`, after at most `seconds`."""
        if self._pool is None:
            # "spawn": a forked child would inherit database connections and locks.
            self._pool = ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))
        try:
            return self._pool.submit(_solve, problem, warm_start, self._seconds).result()
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _solve(problem: dispatch.Problem, warm_start: dispatch.Plan, seconds: float) -> dispatch.Plan:
    return dispatch.solve(problem, limits=dispatch.Limits(seconds=seconds), warm_start=warm_start)
