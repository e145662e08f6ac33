"""The check finds what is wrong with a plan, by code that did not make it (D7)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dispatch import (
    Assignment,
    Lock,
    LockKind,
    Plan,
    Problem,
    Route,
    Shift,
    TimeWindow,
    UnplacedVisit,
    Visit,
    VisitKind,
    check,
    nearest_technician_plan,
)
from tests.dispatch.problems import HOUR, a_problem, a_shift, a_visit, lunch, straight_road

ALLOWED = {"tv": 1}


def a_good_plan() -> tuple[Problem, Plan]:
    shift = a_shift(grade="expert", skills=ALLOWED, breaks=(lunch(),), parts={"lamp": 1}, tools=frozenset({"ladder"}))
    problem = a_problem(
        [a_visit("v1", 1), a_visit("v2", 3, kind=VisitKind.PREVENTIVE, duration_seconds=2 * HOUR)], [shift]
    )
    return problem, nearest_technician_plan(problem)


def test_a_good_plan_has_no_violation() -> None:
    assert check(*a_good_plan()) == ()


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("skill", lambda visit: replace(visit, skills={"tv": 2})),
        ("territory", lambda visit: replace(visit, territory="south")),
        ("required_technician", lambda visit: replace(visit, required_technician_ids=frozenset({"other"}))),
        ("refused_technician", lambda visit: replace(visit, refused_technician_ids=frozenset({"t-s1"}))),
        ("language", lambda visit: replace(visit, languages=frozenset({"en"}))),
        ("tool", lambda visit: replace(visit, tools=frozenset({"drill"}))),
        ("part", lambda visit: replace(visit, parts={"lamp": 2})),
        ("time_window", lambda visit: replace(visit, time_windows=(TimeWindow(0, HOUR),))),
        ("release", lambda visit: replace(visit, release_seconds=16 * HOUR)),
        ("duration", lambda visit: replace(visit, duration_seconds=60.0)),
        pytest.param("duration", lambda visit: replace(visit, duration_seconds_by_grade={"expert": 60.0}), id="grade"),
        pytest.param(
            "lock", lambda visit: replace(visit, lock=Lock(LockKind.TIME_RANGE, TimeWindow(0, HOUR))), id="range"
        ),
        pytest.param(
            "lock", lambda visit: replace(visit, lock=Lock(LockKind.TIME), current=Assignment("s1", 0.0)), id="time"
        ),
        ("pinned", lambda visit: replace(visit, lock=Lock(LockKind.BOTH), current=Assignment("s1", 0.0))),
    ],
)
def test_a_visit_planned_against_its_rule_is_named(rule: str, change: Callable[[Visit], Visit]) -> None:
    problem, plan = a_good_plan()
    shift = replace(problem.shifts[0], territories=frozenset({"north"}))
    problem = replace(problem, visits=(change(problem.visits[0]), problem.visits[1]), shifts=(shift,))

    assert rule in {violation.rule for violation in check(problem, plan)}


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("shift_start", lambda shift: replace(shift, available_from_seconds=9 * HOUR)),
        ("shift_end", lambda shift: replace(shift, until_seconds=9 * HOUR)),
        ("max_travel", lambda shift: replace(shift, max_travel_seconds=60.0)),
        ("reserved", lambda shift: replace(shift, reserved_seconds=7.5 * HOUR)),
        ("max_visits", lambda shift: replace(shift, max_visits=1)),
        pytest.param("break", lambda shift: replace(shift, breaks=(lunch(), lunch(14, 15))), id="missing"),
        pytest.param("break", lambda shift: replace(shift, breaks=(lunch(8.2, 8.4),)), id="early"),
        ("arrival", lambda shift: replace(shift, speed_factor=0.5)),
    ],
)
def test_a_route_its_shift_cannot_do_is_named(rule: str, change: Callable[[Shift], Shift]) -> None:
    problem, plan = a_good_plan()
    problem = replace(problem, shifts=(change(problem.shifts[0]),))

    assert rule in {violation.rule for violation in check(problem, plan)}


def change_route(plan: Plan, **more: Any) -> Plan:  # noqa: ANN401 (any field of a route)
    return replace(plan, routes=(replace(plan.routes[0], **more), *plan.routes[1:]))


def test_a_wrong_return_a_wrong_score_and_a_break_during_work_are_named() -> None:
    problem, plan = a_good_plan()
    route = plan.routes[0]

    early = check(problem, change_route(plan, return_seconds=route.return_seconds - 60))
    cheap = check(problem, replace(plan, score=replace(plan.score, cost_cents=1.0)))
    hungry = check(problem, change_route(plan, break_starts_seconds=(11.4 * HOUR,)))

    assert [violation.rule for violation in early] == ["return"]
    assert [violation.rule for violation in cheap] == ["score"]
    assert [violation.rule for violation in hungry] == ["break"]


def test_a_break_that_begins_before_work_and_ends_in_it_is_named() -> None:
    problem, plan = a_good_plan()
    shift = replace(problem.shifts[0], breaks=(lunch(8, 13),))

    found = check(replace(problem, shifts=(shift,)), change_route(plan, break_starts_seconds=(8.05 * HOUR,)))

    assert any(violation.rule == "break" and "runs into work" in violation.detail for violation in found)


@pytest.mark.parametrize(("origin_hour", "slow_hour"), [(0.0, 8), (18.0, 2), (0.5, 8)])
def test_each_hour_of_a_drive_takes_as_long_as_its_traffic_makes_it(origin_hour: float, slow_hour: int) -> None:
    """55 minutes on an empty road; in the slow hour everything takes twice as long."""
    slow = tuple(2.0 if hour == slow_hour else 1.0 for hour in range(24))
    road = replace(straight_road(12), hour_factors=slow, origin_hour=origin_hour)
    problem = replace(a_problem([a_visit("v1", 11)], [a_shift()]), travel=road)
    plan = nearest_technician_plan(problem)
    slow_seconds = (1 - origin_hour % 1) * HOUR

    assert plan.routes[0].leave_seconds == 8 * HOUR
    assert plan.routes[0].stops[0].arrive_seconds == 8 * HOUR + slow_seconds + (55 * 60 - slow_seconds / 2)
    assert check(problem, plan) == ()
    quick = replace(problem, travel=replace(road, hour_factors=()))
    assert {"arrival"} <= {violation.rule for violation in check(quick, plan)}


def test_a_visit_locked_to_its_technician_and_planned_for_another_is_named() -> None:
    problem = a_problem([a_visit("v1", 1)], [a_shift("s1"), a_shift("s2")])
    plan = nearest_technician_plan(problem)
    (leader,) = [route.shift_id for route in plan.routes if route.stops]
    other = "s2" if leader == "s1" else "s1"

    for known, rules in ((other, {"lock"}), (leader, set())):
        locked = replace(problem.visits[0], lock=Lock(LockKind.TECHNICIAN), current=Assignment(known, 8 * HOUR))
        assert {v.rule for v in check(replace(problem, visits=(locked,)), plan)} & {"lock"} == rules


def test_a_crew_stays_as_it_is_pinned_or_locked() -> None:
    one, two = (nearest_technician_plan(a_problem([a_visit("v1", 1)], [a_shift(name)])) for name in ("s1", "s2"))
    helping = replace(two.routes[0], stops=(replace(two.routes[0].stops[0], helps=True),))
    plan = replace(one, routes=(one.routes[0], helping))
    shifts = [a_shift(name) for name in ("s1", "s2", "s3")]
    at = plan.routes[0].stops[0].start_seconds

    for kind, rule in ((LockKind.BOTH, "pinned"), (LockKind.TECHNICIAN, "lock")):
        for helper, is_named in (("s2", False), ("s3", True)):
            current = Assignment("s1", at, other_shift_ids=(helper,))
            visit = a_visit("v1", 1, crew_size=2, lock=Lock(kind), current=current)
            found = {violation.rule for violation in check(a_problem([visit], shifts), plan)}
            assert (rule in found) is is_named, (kind, helper, found)


def test_a_start_before_the_freeze_is_named() -> None:
    problem, plan = a_good_plan()

    assert {v.rule for v in check(replace(problem, freeze_until_seconds=9 * HOUR), plan)} == {"freeze"}


def test_visits_missing_doubled_or_unknown_are_named() -> None:
    problem, plan = a_good_plan()
    doubled = replace(plan, unplaced=(UnplacedVisit("v1", "no_room"), UnplacedVisit("ghost", "no_room")))
    missing = replace(plan, routes=(Route("s1", (), 0.0, 0.0), Route("s1", (), 0.0, 0.0), Route("s9", (), 0.0, 0.0)))

    assert {violation.rule for violation in check(problem, doubled)} == {"visit_count", "visit_unknown"}
    assert {violation.rule for violation in check(problem, missing)} == {"visit_count", "shift_twice", "shift_unknown"}


def test_the_check_shares_no_code_with_the_search() -> None:
    code = (
        "import importlib.util, sys, types\n"
        "package = types.ModuleType('dispatch'); package.__path__ = ['dispatch']; sys.modules['dispatch'] = package\n"
        "import dispatch.check\n"
        "print(sorted(name for name in sys.modules if name.startswith('dispatch.')))\n"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert (
        loaded.strip()
        == "['dispatch.check', 'dispatch.check_score', 'dispatch.check_ties', 'dispatch.plan', 'dispatch.problem']"
    )


def test_importing_the_planner_and_quoting_load_no_solver() -> None:
    code = (
        "import sys, dispatch\n"
        "from tests.dispatch.problems import *\n"
        "problem = a_problem([], [a_shift()])\n"
        "plan = dispatch.time_routes(problem, {})\n"
        "assert dispatch.quote(problem, plan, a_visit('v', 1), [TimeWindow(9 * HOUR, 11 * HOUR)])\n"
        "print([name for name in ('numba', 'ortools') if name in sys.modules])\n"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"
