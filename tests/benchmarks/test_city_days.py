"""Generated city days are what the planner reads, and the same every time."""

from __future__ import annotations

import json

import pytest

from benchmarks.city_days import a_city_day
from dispatch import Limits, ObjectiveKind, check, solve, validate
from dispatch.formats.vroom import read_vroom


@pytest.mark.parametrize("visits", [1, 8, 50, 400])
def test_a_city_day_of_any_size_is_a_valid_problem_with_the_city_days_objective(visits: int) -> None:
    problem = read_vroom(json.dumps(a_city_day(visits)))

    validate(problem)

    assert problem.objective is ObjectiveKind.CITY_DAY
    assert len(problem.visits) == visits
    assert all(shift.breaks and shift.overtime_limit_seconds == 3600 for shift in problem.shifts)


def test_the_same_size_and_seed_give_the_same_day_and_another_seed_another() -> None:
    assert a_city_day(30, seed=3) == a_city_day(30, seed=3)
    assert a_city_day(30, seed=3) != a_city_day(30, seed=4)


def test_a_small_city_day_can_be_planned() -> None:
    problem = read_vroom(json.dumps(a_city_day(12)))

    plan = solve(problem, limits=Limits(seconds=None, iterations=50))

    assert check(problem, plan) == ()
    assert len(plan.unplaced) < 12
