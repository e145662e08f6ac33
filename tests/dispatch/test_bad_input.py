"""Odd problems get a clear error or a right answer, never an exception from the depths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dispatch import (
    Assignment,
    Limits,
    Lock,
    LockKind,
    Problem,
    ProblemError,
    TimeWindow,
    Travel,
    check,
    solve,
)
from tests.dispatch.problems import HOUR, a_problem, a_shift, a_visit, straight_road

LIMITS = Limits(seconds=None, iterations=20)


def a_day(visits: int = 16) -> Problem:
    """More visits than the plain search takes, so that the compiled one is asked."""
    return a_problem([a_visit(f"v{i}", i % 12) for i in range(visits)], [a_shift("s1"), a_shift("s2")])


def without_a_road(problem: Problem) -> Problem:
    seconds = problem.travel.seconds.copy()
    seconds[5, :] = seconds[:, 5] = np.inf
    return replace(problem, travel=Travel(seconds, problem.travel.metres))


def one_way(problem: Problem) -> Problem:
    seconds = problem.travel.seconds * np.where(np.tri(12) > 0, 3.0, 1.0)
    return replace(problem, travel=Travel(seconds, problem.travel.metres))


def no_triangle(problem: Problem) -> Problem:
    return replace(problem, travel=Travel(problem.travel.seconds**2 / 300.0, problem.travel.metres))


def no_window_left(problem: Problem) -> Problem:
    visits = [replace(visit, time_windows=(TimeWindow(0.0, HOUR),)) for visit in problem.visits]
    return replace(problem, visits=tuple(visits), freeze_until_seconds=9 * HOUR)


@pytest.mark.parametrize(
    "change",
    [
        without_a_road,
        one_way,
        no_triangle,
        no_window_left,
        lambda problem: replace(problem, shifts=()),
        lambda problem: replace(problem, visits=()),
        lambda problem: replace(problem, shifts=problem.shifts[:1]),
        lambda problem: replace(problem, visits=tuple(replace(v, duration_seconds=0.0) for v in problem.visits)),
        lambda problem: replace(problem, visits=tuple(replace(v, skills={"unknown": 1}) for v in problem.visits)),
        lambda problem: replace(problem, shifts=tuple(replace(s, until_seconds=8 * HOUR) for s in problem.shifts)),
        lambda problem: replace(problem, shifts=tuple(replace(s, end_location=None) for s in problem.shifts)),
    ],
    ids=[
        "no_road", "one_way", "no_triangle", "no_window", "no_shift", "no_visit", "one_shift", "no_duration",
        "unknown_skill", "empty_shifts", "open_end",
    ],
)  # fmt: skip
def test_an_odd_problem_gets_a_plan_that_passes_the_check(change: Callable[[Problem], Problem]) -> None:
    problem = change(a_day())

    plan = solve(problem, limits=LIMITS)

    assert check(problem, plan) == ()
    assert "refused_by_check" not in plan.trace


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        (a_problem([a_visit("v", 1), a_visit("v", 2)], []), "visit v: id"),
        (a_problem([a_visit("v", 99)], []), "visit v: location"),
        (a_problem([a_visit("v", 1, duration_seconds=-1.0)], []), "visit v: duration_seconds"),
        (a_problem([a_visit("v", 1, duration_seconds_by_grade={"a": -1.0})], []), "visit v: duration_seconds_by_grade"),
        (a_problem([], [a_shift(reserved_seconds=10 * HOUR)]), "shift s1: reserved_seconds"),
        (a_problem([], [a_shift(target_work_seconds=-1.0)]), "shift s1: target_work_seconds"),
        (a_problem([a_visit("v", 1, time_windows=(TimeWindow(2.0, 1.0),))], []), "visit v: time_windows"),
        (a_problem([a_visit("v", 1, lock=Lock(LockKind.BOTH))], []), "visit v: lock"),
        (a_problem([], [a_shift(until_seconds=0.0)]), "shift s1: until_seconds"),
        (a_problem([], [a_shift(speed_factor=0.0)]), "shift s1: speed_factor"),
        (a_problem([], [], travel=Travel(-straight_road(3).seconds, straight_road(3).metres)), "travel: seconds"),
        (a_problem([], [], travel=Travel(np.zeros((2, 3)), np.zeros((2, 3)))), "travel: seconds"),
        (a_problem([], [], travel=Travel(np.full((2, 2), np.nan), np.zeros((2, 2)))), "travel: seconds: missing"),
        (a_problem([], [], travel=replace(straight_road(2), hour_factors=(1.0,))), "travel: hour_factors"),
    ],
    ids=range(14),
)
def test_a_problem_that_contradicts_itself_is_refused_by_name(problem: Problem, named: str) -> None:
    with pytest.raises(ProblemError, match=named):
        solve(problem, limits=LIMITS)


def test_two_locks_that_contradict_each_other_are_both_named() -> None:
    both = Lock(LockKind.BOTH)
    first = a_visit("first", 1, lock=both, current=Assignment("s1", 9 * HOUR))
    second = a_visit("second", 9, lock=both, current=Assignment("s1", 9.5 * HOUR))

    with pytest.raises(ProblemError, match="visits first and second: lock"):
        solve(a_problem([first, second], [a_shift()]), limits=LIMITS)
