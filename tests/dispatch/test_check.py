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
from tests.dispatch.problems import HOUR, a_problem, a_shift, a_visit, lunch

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
