"""How long a visit takes depends on who goes, and work is shared fairly (D2, D3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from dispatch import Limits, Problem, TimeWindow, check, quote, solve
from dispatch.costs import route_cost
from dispatch.facts import Facts
from tests.dispatch.problems import HOUR, a_problem, a_random_problem, a_shift, a_visit, without_pinning

LIMITS = Limits(seconds=None, iterations=60)


def an_expert_and_a_trainee(**more: object) -> Problem:
    visit = a_visit("v", 2, duration_seconds_by_grade={"expert": HOUR / 2, "trainee": 2 * HOUR}, **more)
    return a_problem([visit], [a_shift("s1", grade="trainee"), a_shift("s2", grade="expert"), a_shift("s3")])


@pytest.mark.parametrize(("technician", "hours"), [("t-s1", 2.0), ("t-s2", 0.5), ("t-s3", 1.0)])
def test_a_visit_takes_as_long_as_the_grade_of_its_technician_needs(technician: str, hours: float) -> None:
    problem = an_expert_and_a_trainee(required_technician_ids=frozenset({technician}))

    plan = solve(problem, limits=LIMITS)

    assert check(problem, plan) == ()
    (stop,) = (stop for route in plan.routes for stop in route.stops)
    assert stop.end_seconds - stop.start_seconds == hours * HOUR


def test_only_the_expert_can_finish_before_the_shift_ends() -> None:
    late = TimeWindow(16.3 * HOUR, 17 * HOUR)

    quoted = quote(a_problem([], list(an_expert_and_a_trainee().shifts)), solve(a_problem([], []), limits=LIMITS),
                   an_expert_and_a_trainee().visits[0], [late])  # fmt: skip

    assert [window.shift_id for window in quoted] == ["s2"]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_the_search_reckons_routes_with_grades_and_targets_as_the_score_does(seed: int) -> None:
    problem = without_pinning(replace(a_random_problem(seed, visits=16, shifts=4), freeze_until_seconds=None))

    plan = solve(problem, limits=LIMITS)

    assert check(problem, plan) == ()
    facts = Facts(problem)
    routes = sum(route_cost(facts, route) for route in plan.routes)
    assert routes == pytest.approx(plan.score.cost_cents)
    if plan.trace["came_from"] == "search" and not plan.unplaced and plan.score.broken_promises == 0:
        levels = plan.score.broken_commitments
        assert levels or plan.trace["cost"] == pytest.approx(plan.score.cost_cents)


def test_work_is_shared_where_sharing_costs_less_than_the_load_beyond_the_target() -> None:
    visits = [a_visit(f"v{index}", 1) for index in range(4)]
    fair = a_problem(visits, [a_shift(f"s{index}", target_work_seconds=2 * HOUR) for index in range(2)])
    alone = replace(fair, shifts=tuple(replace(shift, target_work_seconds=None) for shift in fair.shifts))

    shared, piled = solve(fair, limits=LIMITS), solve(alone, limits=LIMITS)

    assert sorted(len(route.stops) for route in shared.routes) == [2, 2]
    assert sorted(len(route.stops) for route in piled.routes) == [0, 4]


def test_whoever_speaks_the_preferred_language_goes_when_he_is_as_near() -> None:
    visit = a_visit("v", 2, preferred_language="en", languages=frozenset({"en", "zh"}))
    shifts = [a_shift("s1", languages=frozenset({"zh"})), a_shift("s2", languages=frozenset({"zh", "en"}))]

    plan = solve(a_problem([visit], shifts), limits=LIMITS)

    assert [route.shift_id for route in plan.routes if route.stops] == ["s2"]
