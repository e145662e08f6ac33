"""Plans: better than the nearest technician, by every rule, the same for the same seed (D2–D7)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from dispatch import (
    Assignment,
    Limits,
    Lock,
    LockKind,
    Plan,
    Problem,
    ProblemError,
    TimeWindow,
    check,
    nearest_technician_plan,
    solve,
    validate,
)
from tests.dispatch.problems import HOUR, a_problem, a_random_problem, a_shift, a_visit, lunch

SHORT = Limits(seconds=None, iterations=20)


def a_valid_problem(seed: int, *, factors: bool = False) -> Problem | None:
    problem = a_random_problem(seed, factors=factors)
    try:
        validate(problem)
    except ProblemError:
        return None
    return problem


def places(plan: Plan) -> dict[str, tuple[str, float]]:
    return {stop.visit_id: (route.shift_id, stop.start_seconds) for route in plan.routes for stop in route.stops}


@given(seed=st.integers(0, 10**6), factors=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_plan_passes_the_check_and_is_no_worse_than_the_nearest_technicians(seed: int, factors: bool) -> None:  # noqa: FBT001
    problem = a_valid_problem(seed, factors=factors)
    if problem is None:
        return

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert "refused_by_check" not in plan.trace
    assert plan.score <= nearest_technician_plan(problem).score


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_a_solve_is_never_worse_than_the_plan_it_starts_from(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return
    earlier = solve(problem, limits=Limits(seconds=None, iterations=40, seed=7))

    assert solve(problem, limits=Limits(seconds=None, iterations=2, seed=8), warm_start=earlier).score <= earlier.score


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_the_same_seed_and_iterations_give_the_same_plan(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return

    assert solve(problem, limits=SHORT).routes == solve(problem, limits=SHORT).routes


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_frozen_visits_and_visits_locked_in_both_stay_where_they_are(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return
    before = solve(problem, limits=SHORT)
    locked = problem_after(problem, before)

    after = places(solve(locked, limits=Limits(seconds=None, iterations=20, seed=99)))

    for visit in locked.visits:
        if visit.current is None or visit.lock is None:
            continue
        assert after[visit.id][0] == visit.current.shift_id
        assert after[visit.id][1] == pytest.approx(visit.current.start_seconds, abs=0.01)


def problem_after(problem: Problem, plan: Plan) -> Problem:
    """Every second placed visit locked in both where the plan has it; nothing else known of the past."""
    where = places(plan)
    visits = []
    for index, visit in enumerate(problem.visits):
        current = Assignment(*where[visit.id]) if visit.id in where else None
        is_locked = current is not None and index % 2 == 0
        visits.append(replace(visit, current=current, lock=Lock(LockKind.BOTH) if is_locked else None))
    return replace(problem, visits=tuple(visits), freeze_until_seconds=None)


def test_a_technician_without_the_skill_is_never_assigned() -> None:
    problem = a_problem([a_visit("v", 1, skills={"gas": 2})], [a_shift(skills={"gas": 1})])

    plan = solve(problem, limits=SHORT)

    assert [visit.visit_id for visit in plan.unplaced] == ["v"]


def test_an_unplaced_visit_breaks_its_commitment_and_its_promise() -> None:
    visit = a_visit(
        "v", 1, skills={"gas": 2}, deadline_seconds=9 * HOUR, promised_window=TimeWindow(8 * HOUR, 9 * HOUR)
    )

    score = solve(a_problem([visit], [a_shift()]), limits=SHORT).score

    assert (score.broken_commitments, score.broken_promises, score.unplaced_priority) == (1, 1, 50)


def test_a_visit_that_cannot_keep_its_deadline_is_served_late_rather_than_not_at_all() -> None:
    problem = a_problem([a_visit("v", 11, deadline_seconds=8.1 * HOUR)], [a_shift()])

    plan = solve(problem, limits=SHORT)

    assert plan.unplaced == ()
    assert plan.score.broken_commitments == 1


def test_a_cheaper_route_never_buys_a_broken_promise() -> None:
    far = a_visit("far", 10, promised_window=TimeWindow(9 * HOUR, 9.1 * HOUR))
    near = a_visit("near", 1, promised_window=TimeWindow(12 * HOUR, 12.1 * HOUR))

    plan = solve(a_problem([near, far], [a_shift()]), limits=SHORT)

    assert plan.score.broken_promises == 0
    assert [stop.visit_id for stop in plan.routes[0].stops] == ["far", "near"]


def test_two_breaks_and_the_overtime_limit_are_kept() -> None:
    shift = a_shift(breaks=(lunch(), lunch(15, 16, 15)), overtime_limit_seconds=HOUR)
    problem = a_problem([a_visit(f"v{place}", place) for place in range(1, 11)], [shift])

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert plan.routes[0].return_seconds <= 18 * HOUR
    assert len(plan.routes[0].break_starts_seconds) == 2


@pytest.mark.parametrize("problem", [a_problem([], []), a_problem([a_visit("v", 1)], []), a_problem([], [a_shift()])])
def test_an_empty_day_is_a_plan_too(problem: Problem) -> None:
    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert len(plan.unplaced) == len(problem.visits)
