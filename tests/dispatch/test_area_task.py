"""An area's solve as a task: packed small, unpacked equal, run in legs."""

import pickle
from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

import dispatch
from dispatch.area_task import (
    AreaLimits,
    AreaTask,
    limits_of_legs,
    list_legs,
    pack_problem,
    run_area_task,
    unpack_problem,
)
from tests.factories.area_problem import area_problem

lengths = st.integers(0, 2**33).map(float) | st.floats(0, 1e6) | st.just(inf)


def with_travel(seconds: np.ndarray, metres: np.ndarray) -> dispatch.Problem:
    travel = dispatch.Travel(seconds=seconds, metres=metres)
    return replace(area_problem(visits=3), travel=travel)


@given(arrays(np.float64, (5, 5), elements=lengths), arrays(np.float64, (5, 5), elements=lengths))
def test_whatever_the_roads_are_they_arrive_as_they_were_sent(seconds: np.ndarray, metres: np.ndarray) -> None:
    sent = with_travel(seconds, metres)

    received = unpack_problem(pack_problem(sent))

    assert np.array_equal(received.travel.seconds, seconds)
    assert np.array_equal(received.travel.metres, metres)
    assert received.travel.seconds.dtype == np.float64
    assert (received.visits, received.shifts, received.prices) == (sent.visits, sent.shifts, sent.prices)


def test_a_task_is_a_small_part_of_its_problem() -> None:
    problem = area_problem(visits=300)
    plain = len(pickle.dumps(problem))

    assert len(pickle.dumps(AreaTask(pack_problem(problem), None, AreaLimits()))) < plain / 3


@given(
    seconds=st.none() | st.floats(0.5, 900),
    iterations=st.none() | st.integers(1, 5000),
    leg_seconds=st.floats(1, 100),
    leg_iterations=st.none() | st.integers(1, 1000),
)
def test_legs_share_time_and_iterations_and_none_is_too_long(
    seconds: float | None, iterations: int | None, leg_seconds: float, leg_iterations: int | None
) -> None:
    limits = AreaLimits(seconds, iterations, seed=7)

    legs = list(limits_of_legs(limits, list_legs(limits, leg_seconds=leg_seconds, leg_iterations=leg_iterations)))

    assert [leg.seed for leg in legs] == [7 + number for number in range(len(legs))]
    if seconds is not None:
        assert sum(leg.seconds or 0 for leg in legs) == pytest.approx(seconds)
        assert max(leg.seconds or 0 for leg in legs) <= leg_seconds + 1e-9
    if iterations is not None:
        assert sum(leg.iterations or 0 for leg in legs) == iterations
        assert leg_iterations is None or max(leg.iterations or 0 for leg in legs) <= leg_iterations


def test_the_same_task_has_the_same_answer_every_time() -> None:
    problem = area_problem(visits=8)
    limits = AreaLimits(None, 300, seed=3)

    first, second = (run_area_task(AreaTask(pack_problem(problem), None, limits)) for _ in range(2))

    assert not dispatch.check(problem, first)
    assert (first.routes, first.score) == (second.routes, second.score)
