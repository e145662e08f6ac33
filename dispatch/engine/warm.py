"""Getting the compiled code ready: compiled once per version and kept on disk, loaded once per process."""

from __future__ import annotations

from functools import cache
from time import monotonic

import numpy as np

from dispatch.engine.anneal import anneal, construct
from dispatch.engine.load import load
from dispatch.engine.model import new_state
from dispatch.engine.pool import Column, Pool
from dispatch.engine.pricing import Pricing
from dispatch.facts import Facts
from dispatch.problem import ObjectiveKind, Problem, Shift, Travel, Visit


def warm_up() -> float:
    """Load the compiled search, compiling it first if this version never was; returns the seconds it took just now."""
    started = monotonic()
    _run_once()
    return monotonic() - started


@cache
def _run_once() -> None:
    """Plan one visit."""
    matrix = np.zeros((1, 1))
    problem = Problem(
        visits=(Visit("v", 0, 1.0),),
        shifts=(Shift("s", "t", 0.0, 10.0, 0, 0),),
        travel=Travel(matrix, matrix),
        objective=ObjectiveKind.TOTAL_DISTANCE,
    )
    model = load(Facts(problem))
    state, random, rows = new_state(model, 4), np.ones(1, np.uint64), np.zeros((1, 16), np.int64)
    pool = Pool(2, 4, 1, 1)
    one = np.zeros(1, np.int64)
    construct(*model, *state, random, one, one)
    codes, keys, costs, stops, counts = pool.tables()
    anneal(
        *model, *state, random, one, one, rows, codes, keys, costs, stops, counts, 1, 1.0, 0.1, 1.0, 1.0, 1.0
    )  # fmt: skip
    Pricing(model, 6, slots=2)(pool.remembered([Column(0, (0,), 0.0)]), np.zeros(2), 0.0)
