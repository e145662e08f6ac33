"""Why a visit is unplaced or late, and what helps: every claim is re-solved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from dispatch import Assignment, Lock, LockKind, Problem, TimeWindow, check, nearest_technician_plan
from dispatch.explain import Fix, FixKind, explain, list_alternatives, with_reasons
from dispatch.explain.blocking import find_blocking
from dispatch.explain.relaxations import RELAXATIONS, relax
from dispatch.explain.standing import leave_open, place_in_time
from dispatch.plan import Plan
from dispatch.quote import VisitUnknownError
from dispatch.validate import ProblemError, validate
from tests.dispatch.problems import HOUR, a_problem, a_random_problem, a_shift, a_visit


def explained(problem: Problem, visit_id: str = "v") -> tuple[tuple[str, ...], dict[FixKind, Fix]]:
    plan = nearest_technician_plan(problem)
    explanation = explain(problem, plan, visit_id)
    return explanation.blocking, {fix.kind: fix for fix in explanation.fixes}


@pytest.mark.parametrize(
    ("visit", "shift", "rule"),
    [
        ({"skills": {"gas": 2}}, {"skills": {"gas": 1}}, "skill"),
        ({"territory": "north"}, {"territories": frozenset({"south"})}, "territory"),
        ({"tools": frozenset({"ladder"})}, {}, "tool"),
        ({"parts": {"lamp": 2}}, {"parts": {"lamp": 1}}, "part"),
        ({"refused_technician_ids": frozenset({"t-s1"})}, {}, "refused_technician"),
        ({"required_technician_ids": frozenset({"somebody"})}, {}, "required_technician"),
        ({"languages": frozenset({"de"})}, {}, "language"),
        ({"time_windows": (TimeWindow(5 * HOUR, 6 * HOUR),)}, {}, "time_window"),
    ],
)
def test_the_one_rule_that_keeps_everybody_away_is_named(
    visit: dict[str, Any], shift: dict[str, Any], rule: str
) -> None:
    problem = a_problem([a_visit("v", 1, **visit)], [a_shift(**shift)])

    blocking, _ = explained(problem)

    assert blocking == (rule,)


def test_half_an_hour_of_overtime_is_named_with_the_technician_who_would_do_it() -> None:
    problem = a_problem([a_visit("v", 1)], [a_shift(until_seconds=8.7 * HOUR)])

    blocking, fixes = explained(problem)

    assert blocking == ("overtime",)
    assert (fixes[FixKind.OVERTIME].shift_id, fixes[FixKind.OVERTIME].seconds) == ("s1", 1800.0)


def test_another_window_is_the_nearest_one_somebody_can_keep() -> None:
    busy = a_visit("old", 1, promised_window=TimeWindow(9 * HOUR, 9 * HOUR))
    wished = a_visit("v", 1, time_windows=(TimeWindow(9 * HOUR, 9.5 * HOUR),))
    problem = a_problem([busy, wished], [a_shift()])

    _, fixes = explained(problem)

    window = fixes[FixKind.WINDOW].window
    assert window is not None
    assert window.from_seconds == 10 * HOUR


def test_the_visit_that_would_make_room_is_named_with_where_it_would_go() -> None:
    old = a_visit("old", 1, time_windows=(TimeWindow(8 * HOUR, 12 * HOUR),), priority=90, deadline_seconds=12 * HOUR)
    wished = a_visit("v", 1, skills={"gas": 1})
    problem = a_problem([old, wished], [a_shift("s1", skills={"gas": 1}, until_seconds=10 * HOUR), a_shift("s2")])

    _, fixes = explained(problem)

    moved = fixes[FixKind.MOVE].moved
    assert moved is not None
    assert (moved.visit_id, moved.from_shift_id, moved.to_shift_id) == ("old", "s1", "s2")


def test_one_more_person_gets_the_skill_and_territory_that_are_missing() -> None:
    problem = a_problem([a_visit("v", 1, skills={"gas": 2}, territory="north")], [a_shift()])

    _, fixes = explained(problem)

    extra = fixes[FixKind.PERSON].problem.shifts[-1]
    assert (extra.skills["gas"], extra.territories) == (2, frozenset({"north"}))


def test_an_alternative_says_what_it_costs_more_or_what_excludes_it() -> None:
    visit = a_visit("v", 1, refused_technician_ids=frozenset({"t-no"}))
    problem = a_problem([visit], [a_shift("here"), a_shift("far", start_location=4, end_location=4), a_shift("no")])
    plan = nearest_technician_plan(problem)

    alternatives = explain(problem, plan, "v").alternatives

    far, no = alternatives
    assert far.shift_id == "far"
    assert far.extra_cost_cents == pytest.approx(2 * 2 * 500.0)
    assert (no.shift_id, no.excluded_by) == ("no", ("refused_technician",))


def test_a_visit_in_time_has_nothing_to_fix() -> None:
    problem = a_problem([a_visit("v", 1)], [a_shift()])

    assert explained(problem) == ((), {})


def test_a_visit_nobody_knows_is_refused_by_name() -> None:
    problem = a_problem([], [a_shift()])

    with pytest.raises(VisitUnknownError):
        explain(problem, nearest_technician_plan(problem), "nobody")


@pytest.mark.parametrize(
    ("visit", "reason"),
    [
        ({"skills": {"gas": 1}}, "skill"),
        ({"skills": {"gas": 1}, "territory": "north"}, "skill+territory"),
        ({"time_windows": (TimeWindow(5 * HOUR, 6 * HOUR),)}, "no_time"),
        ({"duration_seconds": 8 * HOUR}, "no_room"),
        ({"lock": Lock(LockKind.TECHNICIAN), "current": Assignment("gone", 9 * HOUR)}, "lock"),
    ],
)
def test_every_unplaced_visit_of_a_plan_carries_the_code_of_its_reason(visit: dict[str, object], reason: str) -> None:
    other = a_visit("other", 1, deadline_seconds=9 * HOUR)
    problem = a_problem([other, a_visit("v", 1, **visit)], [a_shift(territories=frozenset({"south"}))])

    plan = with_reasons(problem, nearest_technician_plan(problem))

    assert [(visit.visit_id, visit.reason) for visit in plan.unplaced] == [("v", reason)]


def a_day(seed: int) -> tuple[Problem, Plan] | None:
    problem = a_random_problem(seed, visits=10, shifts=2)
    try:
        validate(problem)
    except ProblemError:
        return None
    return problem, nearest_technician_plan(problem)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=12)
def test_without_the_blocking_rules_a_visit_fits_and_with_any_one_of_them_it_does_not(seed: int) -> None:
    day = a_day(seed)
    if day is None:
        return
    problem, plan = day
    for unplaced in plan.unplaced[:2]:
        standing = leave_open(problem, plan, unplaced.visit_id)

        blocking = find_blocking(standing)

        if not blocking:
            assert (place_in_time(standing) is not None) or place_in_time(relax(standing, RELAXATIONS)) is None
            continue
        assert place_in_time(relax(standing, blocking)) is not None
        for kept in blocking:
            assert place_in_time(relax(standing, [name for name in blocking if name != kept])) is None


@given(seed=st.integers(0, 10**6))
@settings(max_examples=12)
def test_every_fix_is_proven_by_a_plan_that_passes_the_check_and_serves_the_visit_in_time(seed: int) -> None:
    day = a_day(seed)
    if day is None:
        return
    problem, plan = day
    placed = {stop.visit_id for route in plan.routes for stop in route.stops}
    for unplaced in plan.unplaced[:2]:
        for fix in explain(problem, plan, unplaced.visit_id).fixes:
            assert check(fix.problem, fix.plan) == ()
            served = {stop.visit_id for route in fix.plan.routes for stop in route.stops}
            assert served == placed | {unplaced.visit_id}
            assert fix.plan.score.broken_commitments <= plan.score.broken_commitments
            assert fix.plan.score.broken_promises <= plan.score.broken_promises


def test_a_late_visit_with_room_elsewhere_is_told_so() -> None:
    late = a_visit("v", 1, deadline_seconds=8.5 * HOUR)
    problem = a_problem([a_visit("first", 1, promised_window=TimeWindow(8 * HOUR, 8.2 * HOUR)), late], [a_shift("s1")])
    plan = nearest_technician_plan(problem)
    more = replace(problem, shifts=(*problem.shifts, a_shift("s2")))

    explanation = explain(more, plan, "v")

    assert explanation.is_late
    assert [fix.kind for fix in explanation.fixes] == [FixKind.PLACE]
    assert explanation.fixes[0].shift_id == "s2"


def test_alternatives_leave_out_the_present_place() -> None:
    problem = a_problem([a_visit("v", 1)], [a_shift("s1"), a_shift("s2")])
    plan = nearest_technician_plan(problem)
    standing = leave_open(problem, plan, "v")

    assert [known.shift_id for known in list_alternatives(problem, standing, ("s1", 0.0))] == ["s2"]
