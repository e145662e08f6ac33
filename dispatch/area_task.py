"""One area's solve as a task for another process or machine: plain data in, plain data out, the same every time.

What a task needs travels with it, packed small; where it runs needs `dispatch/` and nothing else of ours. A long solve
is a chain of legs, each a task that begins with the plan of the one before: whoever waits holds the best plan so far,
and a worker that dies costs one leg, which is run again from the same data. With iterations and no seconds the answer
is the same, however many workers have died.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import numpy.typing as npt

from dispatch.plan import Plan
from dispatch.problem import FloatMatrix, Problem

LEG_SECONDS = 60.0
_WHOLE_NUMBERS = (np.uint16, np.uint32)
_QUICK = 1


@dataclass(frozen=True, slots=True)
class AreaLimits:
    """How long an area is worked on: as `Limits`, whose module a process that only waits need not load."""

    seconds: float | None = 10.0
    iterations: int | None = None
    seed: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True)
class AreaTask:
    """One leg: the packed problem, the plan to begin with, and the limits.

    `is_small_change`: the plan is what people know, timed with the event, and as little of it as possible may change
    (`dispatch.replan`).
    """

    problem: bytes
    warm_start: Plan | None
    limits: AreaLimits
    is_small_change: bool = False


def pack_problem(problem: Problem) -> bytes:
    """Return the problem as few bytes; distances and times that are whole numbers, as ours are, take two or four."""
    travel = problem.travel
    bare = replace(problem, travel=replace(travel, seconds=_NOTHING, metres=_NOTHING))
    return zlib.compress(pickle.dumps((bare, _narrow(travel.seconds), _narrow(travel.metres))), _QUICK)


def unpack_problem(packed: bytes) -> Problem:
    """Return the problem, equal to the one that was packed. Only for what we have packed ourselves."""
    bare, seconds, metres = pickle.loads(zlib.decompress(packed))  # noqa: S301 - our own, from the process that waits
    travel = replace(bare.travel, seconds=seconds.astype(np.float64), metres=metres.astype(np.float64))
    problem: Problem = replace(bare, travel=travel)
    return problem


def list_legs(limits: AreaLimits, *, leg_seconds: float = LEG_SECONDS, leg_iterations: int | None = None) -> int:
    """Return how many legs a solve is run in: none longer than `leg_seconds` or `leg_iterations`."""
    by_time = ceil(limits.seconds / leg_seconds) if limits.seconds is not None else 1
    by_count = ceil(limits.iterations / leg_iterations) if limits.iterations and leg_iterations else 1
    return max(1, by_time, by_count)


def limits_of_legs(limits: AreaLimits, legs: int) -> Iterator[AreaLimits]:
    """Yield the limits of each leg: an even share, and a seed of its own."""
    for leg in range(legs):
        iterations = None if limits.iterations is None else (limits.iterations + leg) // legs
        seconds = None if limits.seconds is None else limits.seconds / legs
        yield AreaLimits(seconds, iterations, limits.seed + leg, limits.threads)


def run_area_task(task: AreaTask) -> Plan:
    """Solve one leg, in the process of a worker; raises what `solve` raises."""
    from dispatch.replanning import replan  # noqa: PLC0415 - whoever only hands tasks out need not load it
    from dispatch.solver import Limits, solve  # noqa: PLC0415 - likewise

    limits = Limits(task.limits.seconds, task.limits.iterations, task.limits.seed, task.limits.threads)
    if task.is_small_change and task.warm_start is not None:
        return replan(unpack_problem(task.problem), task.warm_start, limits=limits, is_mending=True)
    return solve(unpack_problem(task.problem), limits=limits, warm_start=task.warm_start)


_NOTHING: FloatMatrix = np.zeros((0, 0))


def _narrow(matrix: FloatMatrix) -> npt.NDArray[np.generic]:
    """Return the matrix in the smallest kind of number that loses nothing."""
    if matrix.size and np.isfinite(matrix).all() and matrix.min() >= 0:
        for kind in _WHOLE_NUMBERS:
            if matrix.max() <= np.iinfo(kind).max:
                narrow = matrix.astype(kind)
                if np.array_equal(narrow, matrix):
                    return narrow
    return matrix
