"""The plan lives: each event is a small change (D6)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from dispatch import (
    Assignment,
    Limits,
    Plan,
    Problem,
    TimeWindow,
    check,
    difference,
    let_pinned_slip,
    nearest_technician_plan,
    replan,
    solve,
    validate,
)
from tests.dispatch.problems import HOUR, a_problem, a_shift, a_visit

LIMITS = Limits(seconds=None, iterations=30)


def told(problem: Problem, plan: Plan) -> Problem:
    """The problem after everybody was told the plan."""
    where = {stop.visit_id: (route.shift_id, stop.start_seconds) for route in plan.routes for stop in route.stops}
    visits = [
        replace(visit, current=Assignment(*where[visit.id], is_told=True)) if visit.id in where else visit
        for visit in problem.visits
    ]
    return replace(problem, visits=tuple(visits))


def a_told_day() -> tuple[Problem, Plan]:
    visits = [a_visit(f"v{place}", place, deadline_seconds=24 * HOUR) for place in range(1, 7)]
    problem = a_problem(visits, [a_shift("s1"), a_shift("s2")])
    plan = solve(problem, limits=LIMITS)
    return told(problem, plan), plan


def test_an_urgent_visit_is_inserted_and_nobody_else_moves_when_there_is_room() -> None:
    problem, plan = a_told_day()
    urgent = a_visit("urgent", 3, priority=100)

    after_problem = replace(problem, visits=(*problem.visits, urgent))
    after = replan(after_problem, plan, limits=LIMITS)

    assert check(after_problem, after) == ()
    assert difference(plan, after).visits_touched >= {"urgent"}
    assert [move for shift in difference(plan, after).shifts for move in shift.moved_in] == []


def test_the_visits_of_a_technician_who_is_ill_go_to_the_others() -> None:
    problem, plan = a_told_day()
    problem = replace(problem, shifts=problem.shifts[1:])

    after = replan(problem, plan, limits=LIMITS)

    assert check(problem, after) == ()
    assert after.unplaced == ()
    assert {route.shift_id for route in after.routes if route.stops} == {"s2"}


def test_a_late_technician_takes_his_frozen_visit_later_and_keeps_it() -> None:
    frozen = a_visit("frozen", 1, current=Assignment("s1", 8.5 * HOUR, is_told=True))
    problem = a_problem([frozen], [a_shift("s1", available_from_seconds=9 * HOUR)], freeze_until_seconds=9 * HOUR)

    slipped = let_pinned_slip(problem)
    after = replan(slipped, nearest_technician_plan(slipped), limits=LIMITS)

    validate(slipped)
    assert after.routes[0].stops[0].start_seconds == 9 * HOUR + 300


def test_a_difference_says_who_gets_what() -> None:
    near, far = a_visit("near", 1), a_visit("far", 9)
    problem = a_problem([near, far], [a_shift("s1"), a_shift("s2")])
    first = nearest_technician_plan(problem)
    other = nearest_technician_plan(replace(problem, shifts=(problem.shifts[1],)))

    found = difference(first, other)

    assert {shift.shift_id for shift in found.shifts} == {"s1", "s2"}
    assert {move.to_shift_id for shift in found.shifts for move in shift.moved_in} == {"s2"}
    assert difference(first, first).shifts == ()


@given(priority=st.integers(0, 100), place=st.integers(1, 11), hour=st.integers(8, 15))
@settings(max_examples=25, deadline=None)
def test_a_replan_breaks_no_promise_that_was_kept_before(priority: int, place: int, hour: int) -> None:
    problem, plan = a_told_day()
    urgent = a_visit("urgent", place, priority=priority, promised_window=TimeWindow(hour * HOUR, (hour + 1) * HOUR))
    problem = replace(problem, visits=(*problem.visits, urgent))

    after = replan(problem, plan, limits=LIMITS)

    assert check(problem, after) == ()
    assert after.score.broken_promises <= plan.score.broken_promises + 1
