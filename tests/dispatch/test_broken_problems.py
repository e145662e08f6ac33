"""Problems broken at random are refused by name or planned so that the check accepts the plan."""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf, nan
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dispatch import (
    Assignment,
    Break,
    Limits,
    Lock,
    LockKind,
    Problem,
    ProblemError,
    Shift,
    TimeWindow,
    Travel,
    Visit,
    check,
    solve,
)
from tests.dispatch.problems import HOUR, a_random_problem

LIMITS = Limits(seconds=None, iterations=5, threads=1)
NUMBERS = (nan, inf, -inf, -1.0, 1e18, 0.0, 0.0, 0.5, 1.0, 60.0, HOUR, 9 * HOUR, 14 * HOUR, 1e9, 1e10)
SEEDS = st.integers(0, 10**9)


def a_window(random: Random) -> TimeWindow:
    return TimeWindow(random.choice(NUMBERS), random.choice(NUMBERS))


def broken_visit(random: Random, visit: Visit) -> Visit:
    """The visit with one of its fields replaced by something odd."""
    change: dict[str, object] = random.choice(
        [
            {"id": "v0"},
            {"location": random.choice([-1, 0, 99])},
            {"duration_seconds": random.choice(NUMBERS)},
            {"time_windows": (a_window(random), a_window(random))},
            {"release_seconds": random.choice(NUMBERS)},
            {"deadline_seconds": random.choice(NUMBERS)},
            {"lateness_cents_per_minute": random.choice(NUMBERS)},
            {"promised_window": a_window(random)},
            {"priority": random.choice([-5, 0, 10**12])},
            {"skills": {"unknown": 1, "tv": -3}},
            {"parts": {"lamp": random.choice([-1, 0, 10**12])}},
            {"required_technician_ids": frozenset({"nobody"})},
            {"lock": Lock(random.choice(list(LockKind)), random.choice([None, a_window(random)]))},
            {"current": Assignment(random.choice(["s0", "nowhere"]), random.choice(NUMBERS), is_told=True)},
            {"duration_seconds_by_grade": {"expert": random.choice(NUMBERS)}},
            {"must_follow_ids": (visit.id,)},
            {"crew_size": random.choice([0, -1, 50])},
        ]
    )
    return replace(visit, **change)  # type: ignore[arg-type]


def broken_shift(random: Random, shift: Shift) -> Shift:
    """The shift with one of its fields replaced by something odd."""
    change: dict[str, object] = random.choice(
        [
            {"id": "s0"},
            {"from_seconds": random.choice(NUMBERS)},
            {"until_seconds": random.choice(NUMBERS)},
            {"start_location": random.choice([-1, 99])},
            {"end_location": random.choice([-1, 99, None])},
            {"breaks": (Break(random.choice(NUMBERS), a_window(random)),)},
            {"overtime_limit_seconds": random.choice(NUMBERS)},
            {"available_from_seconds": random.choice(NUMBERS)},
            {"speed_factor": random.choice(NUMBERS)},
            {"max_travel_seconds": random.choice(NUMBERS)},
            {"max_visits": random.choice([-1, 0, 10**12])},
            {"parts": {"lamp": random.choice([-1, 10**12])}},
            {"target_work_seconds": random.choice(NUMBERS)},
            {"reserved_seconds": random.choice(NUMBERS)},
        ]
    )
    return replace(shift, **change)  # type: ignore[arg-type]


def broken_travel(random: Random, travel: Travel) -> Travel:
    """One road odd, or hour factors that are no factors."""
    seconds, metres = travel.seconds.copy(), travel.metres.copy()
    matrix = random.choice([seconds, metres])
    matrix[random.randrange(len(matrix)), random.randrange(len(matrix))] = random.choice(NUMBERS)
    factors = random.choice([*[travel.hour_factors] * 3, (1.0,) * 23, (random.choice(NUMBERS),) * 24])
    return Travel(seconds, metres, factors, random.choice([0.0, 0.0, 0.0, nan, 25.0]))


def broken(problem: Problem, random: Random) -> Problem:
    """The same problem with one or two things wrong or odd in it."""
    for _ in range(random.randint(1, 2)):
        visits, shifts = list(problem.visits), list(problem.shifts)
        at, row = random.randrange(len(visits)), random.randrange(len(shifts))
        match random.randrange(5):
            case 0 | 1:
                visits[at] = broken_visit(random, visits[at])
            case 2:
                shifts[row] = broken_shift(random, shifts[row])
            case 3:
                problem = replace(problem, travel=broken_travel(random, problem.travel))
            case _:
                name = random.choice([field.name for field in fields(problem.prices)])
                prices = replace(problem.prices, **{name: random.choice(NUMBERS)})
                frozen = random.choice([problem.freeze_until_seconds, *NUMBERS])
                problem = replace(problem, prices=prices, freeze_until_seconds=frozen)
        problem = replace(problem, visits=tuple(visits), shifts=tuple(shifts))
    return problem


def solve_or_refuse(seed: int, visits: int) -> None:
    problem = broken(a_random_problem(seed, visits=visits, shifts=3), Random(seed))
    with np.errstate(all="ignore"):
        try:
            plan = solve(problem, limits=LIMITS)
        except ProblemError:
            return
        assert check(problem, plan) == ()
        assert "refused_by_check" not in plan.trace


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_broken_problem_is_refused_by_name_or_planned_rightly(seed: int) -> None:
    solve_or_refuse(seed, visits=5)


@pytest.mark.proof
@given(seed=SEEDS, visits=st.sampled_from([5, 14]))
@settings(max_examples=1000, deadline=None)
def test_a_thousand_broken_problems_are_refused_or_planned(seed: int, visits: int) -> None:
    solve_or_refuse(seed, visits=visits)
