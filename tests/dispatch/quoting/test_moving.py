"""What would have to move so that a window nobody can keep free becomes possible."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from dispatch import (
    Assignment,
    Lock,
    LockKind,
    Problem,
    ProblemError,
    TimeWindow,
    check,
    nearest_technician_plan,
    quote,
    quote_by_moving,
    validate,
)
from dispatch.facts import Entry, Facts
from dispatch.plan import Plan
from dispatch.problem import Visit
from dispatch.rules import hard_windows, intersect
from dispatch.slack import entries_of, standing_windows
from dispatch.timetable import build_route
from tests.dispatch.problems import HOUR, a_problem, a_random_problem, a_shift, a_visit

WINDOWS = tuple(TimeWindow(hour * HOUR, (hour + 2) * HOUR) for hour in range(7, 17, 2))


def a_full_morning(**more: object) -> Problem:
    """One technician for gas, whose morning a visit anybody could do fills; another stands by."""
    visits = [a_visit("old", 1, time_windows=(TimeWindow(8 * HOUR, 16 * HOUR),), **more)]
    return a_problem(visits, [a_shift("s1", skills={"gas": 1}, until_seconds=10 * HOUR), a_shift("s2")])


def gas(**more: object) -> Visit:
    return a_visit("new", 1, skills={"gas": 1}, **more)


def test_a_window_becomes_possible_when_a_visit_goes_to_somebody_else() -> None:
    problem = a_full_morning()
    plan = nearest_technician_plan(problem)

    [moved] = quote_by_moving(problem, plan, gas(), [TimeWindow(8 * HOUR, 9 * HOUR)])

    assert (moved.moved.visit_id, moved.moved.from_shift_id, moved.moved.to_shift_id) == ("old", "s1", "s2")
    assert moved.told_visit_ids == ()
    assert check(moved.problem, moved.plan) == ()


def test_whoever_was_told_another_technician_is_named_and_priced() -> None:
    told = Assignment("s1", 8 * HOUR + 300, is_told=True)
    problem, untold = a_full_morning(current=told), a_full_morning()

    [moved] = quote_by_moving(problem, nearest_technician_plan(problem), gas(), [TimeWindow(8 * HOUR, 9 * HOUR)])
    [free] = quote_by_moving(untold, nearest_technician_plan(untold), gas(), [TimeWindow(8 * HOUR, 9 * HOUR)])

    assert moved.told_visit_ids == ("old",)
    assert moved.extra_cost_cents == free.extra_cost_cents + problem.prices.change_cents_per_person_told


def test_a_locked_visit_never_makes_room() -> None:
    problem = a_full_morning(lock=Lock(LockKind.TECHNICIAN), current=Assignment("s1", 8 * HOUR + 300))

    assert quote_by_moving(problem, nearest_technician_plan(problem), gas(), [TimeWindow(8 * HOUR, 9 * HOUR)]) == ()


def possible_by_one_move(problem: Problem, plan: Plan, visit: Visit, window: TimeWindow) -> bool:
    """By trying every visit, every other place for it, and every place for the new one."""
    facts = Facts(problem).joined_by(visit)
    starts = intersect(hard_windows(problem, visit), ((window.from_seconds, window.until_seconds),))
    entries = {route.shift_id: entries_of(facts, route) for route in plan.routes}
    entries |= {shift.id: () for shift in problem.shifts if shift.id not in entries}
    for route in plan.routes:
        shift = facts.shifts[route.shift_id]
        for stop in route.stops:
            held = Entry(
                facts.visits[stop.visit_id], standing_windows(facts, facts.visits[stop.visit_id], stop.start_seconds)
            )
            if not facts.may_serve(visit, shift) or held.visit.lock or facts.pinned_shift_id(held.visit):
                continue
            kept = [entry for entry in entries[shift.id] if entry.visit.id != stop.visit_id]
            for joined in inserted(kept, Entry(visit, starts)):
                if build_route(facts, shift, joined) is not None:
                    others = [
                        (shift, list(joined)),
                        *((o, list(entries[o.id])) for o in problem.shifts if o is not shift),
                    ]
                    for other, standing in others:
                        if facts.may_serve(held.visit, other):
                            for trial in inserted(standing, held):
                                if build_route(facts, other, trial) is not None:
                                    return True
    return False


def inserted(entries: list[Entry], more: Entry) -> list[tuple[Entry, ...]]:
    return [(*entries[:position], more, *entries[position:]) for position in range(len(entries) + 1)]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40)
def test_a_window_is_found_whenever_one_move_makes_it_possible_and_is_then_proven(seed: int) -> None:
    whole = a_random_problem(seed, visits=10, shifts=2)
    *others, visit = whole.visits
    problem = replace(whole, visits=tuple(others))
    visit = replace(visit, promised_window=None, current=None)
    try:
        validate(problem)
    except ProblemError:
        return
    plan = nearest_technician_plan(problem)
    direct = {quoted.window for quoted in quote(problem, plan, visit, WINDOWS)}

    found = {moved.window: moved for moved in quote_by_moving(problem, plan, visit, WINDOWS)}

    for window in WINDOWS:
        expected = window not in direct and possible_by_one_move(problem, plan, visit, window)
        assert (window in found) == expected
    for moved in found.values():
        assert check(moved.problem, moved.plan) == ()
        assert moved.plan.score.cost_cents - plan.score.cost_cents - moved.extra_cost_cents < 0.01
        assert moved.plan.score.broken_promises <= plan.score.broken_promises
