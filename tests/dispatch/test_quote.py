"""Windows offered in the call: each can be kept, and none that could be kept is missed (H5)."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings, strategies as st

from dispatch import (
    Limits,
    Plan,
    PlanSlack,
    Problem,
    ProblemError,
    QuotedWindow,
    QuoteNoLongerFitsError,
    TimeWindow,
    Visit,
    VisitAlreadyPlannedError,
    VisitUnknownError,
    check,
    insert,
    nearest_technician_plan,
    quote,
    remove,
    solve,
    validate,
)
from dispatch.costs import route_cost
from dispatch.facts import Entry, Facts
from dispatch.plan import Route
from dispatch.rules import hard_windows, intersect
from dispatch.slack import entries_of
from dispatch.timetable import build_route
from tests.dispatch.problems import HOUR, a_problem, a_random_problem, a_shift, a_visit, lunch

WINDOWS = tuple(TimeWindow(hour * HOUR, (hour + 2) * HOUR) for hour in range(7, 18))


def by_trying_everything(problem: Problem, plan: Plan, visit: Visit) -> dict[TimeWindow, float]:
    """The cheapest extra cost per window, found by building every route with the visit at every position."""
    facts = Facts(problem).joined_by(visit)
    planned = {route.shift_id: route for route in plan.routes}
    best: dict[TimeWindow, float] = {}
    for window in WINDOWS:
        starts = intersect(hard_windows(problem, visit), ((window.from_seconds, window.until_seconds),))
        kept = starts if visit.deadline_seconds is None else intersect(starts, ((-inf, visit.deadline_seconds),))
        for allowed in (kept, starts):
            for shift in problem.shifts:
                route = planned.get(shift.id, Route(shift.id, (), 0.0, 0.0))
                if not facts.may_serve(visit, shift):
                    continue
                entries = entries_of(facts, route)
                for position in range(len(entries) + 1):
                    trial = (*entries[:position], Entry(visit, allowed), *entries[position:])
                    longer = build_route(facts, shift, trial)
                    if longer is not None:
                        extra = route_cost(facts, longer) - route_cost(facts, route)
                        best[window] = min(best.get(window, inf), extra)
            if window in best:
                break
    return best


def a_day_and_one_more_visit(seed: int, *, factors: bool = False) -> tuple[Problem, Plan, Visit] | None:
    whole = a_random_problem(seed, visits=9, factors=factors)
    *others, visit = whole.visits
    problem = replace(whole, visits=tuple(others))
    visit = replace(visit, promised_window=None, current=None)
    try:
        validate(problem)
    except ProblemError:
        return None
    return problem, nearest_technician_plan(problem), visit


@given(
    seed=st.integers(0, 10**6),
    factors=st.booleans(),
    max_travel=st.sampled_from([None, 3600.0, 5400.0]),
    lateness=st.sampled_from([0.0, 20.0]),
    grade=st.sampled_from([None, 600.0]),
)
@settings(max_examples=150, deadline=None)
def test_quote_finds_exactly_the_windows_that_trying_every_place_finds_and_their_cheapest_cost(
    seed: int,
    factors: bool,  # noqa: FBT001
    max_travel: float | None,
    lateness: float,
    grade: float | None,
) -> None:
    case = a_day_and_one_more_visit(seed, factors=factors)
    if case is None:
        return
    problem, _, visit = case
    shifts = tuple(replace(shift, max_travel_seconds=max_travel, grade="new") for shift in problem.shifts)
    problem = replace(problem, shifts=shifts)
    plan = nearest_technician_plan(problem)
    by_grade = {} if grade is None else {"new": grade}
    visit = replace(visit, lateness_cents_per_minute=lateness, duration_seconds_by_grade=by_grade)

    quoted = quote(problem, plan, visit, WINDOWS)

    expected = by_trying_everything(problem, plan, visit)
    assert {window.window: pytest.approx(window.extra_cost_cents, abs=0.01) for window in quoted} == expected


@given(seed=st.integers(0, 10**6), factors=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_quoted_window_can_be_booked_and_the_booked_plan_passes_the_check(seed: int, factors: bool) -> None:  # noqa: FBT001
    case = a_day_and_one_more_visit(seed, factors=factors)
    if case is None:
        return
    problem, plan, visit = case

    for quoted in quote(problem, plan, visit, WINDOWS):
        booked_problem, booked = insert(problem, plan, visit, quoted)

        assert check(booked_problem, booked) == ()
        before, after = plan.score, booked.score
        assert after.broken_promises <= before.broken_promises
        assert after.broken_commitments <= before.broken_commitments + (not quoted.is_inside_commitment)
        assert quoted.window.from_seconds <= quoted.start_seconds <= quoted.window.until_seconds


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_slack_kept_across_a_booking_quotes_what_a_fresh_one_quotes(seed: int) -> None:
    case = a_day_and_one_more_visit(seed)
    if case is None:
        return
    problem, plan, visit = case
    slack = PlanSlack(problem, plan)
    another = replace(visit, id="another")
    for quoted in quote(problem, plan, visit, WINDOWS, slack=slack)[:1]:
        problem, plan = insert(problem, plan, visit, quoted)

    kept = PlanSlack(problem, plan, earlier=slack)

    assert quote(problem, plan, another, WINDOWS, slack=kept) == quote(problem, plan, another, WINDOWS)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_removing_a_booked_visit_leaves_a_plan_that_passes_the_check(seed: int) -> None:
    case = a_day_and_one_more_visit(seed)
    if case is None:
        return
    problem, plan, visit = case
    for quoted in quote(problem, plan, visit, WINDOWS)[:2]:
        booked = insert(problem, plan, visit, quoted)

        after_problem, after = remove(*booked, visit.id)

        assert check(after_problem, after) == ()
        assert all(known.id != visit.id for known in after_problem.visits)


def test_a_visit_is_quoted_around_lunch_and_never_into_it() -> None:
    problem = a_problem([], [a_shift(breaks=(lunch(12, 12, 45),))])
    plan = solve(problem, limits=Limits(seconds=None, iterations=1))
    noon = TimeWindow(12 * HOUR, 12.5 * HOUR)
    after = TimeWindow(12.5 * HOUR, 13 * HOUR)

    quoted = quote(problem, plan, a_visit("v", 1), [noon, after])

    assert [window.window for window in quoted] == [after]
    assert quoted[0].start_seconds == 12.75 * HOUR


def test_a_window_that_would_break_another_promise_is_not_quoted() -> None:
    promised = a_visit("old", 2, promised_window=TimeWindow(9 * HOUR, 9.5 * HOUR))
    problem = a_problem([promised], [a_shift(until_seconds=10.7 * HOUR)])
    plan = nearest_technician_plan(problem)

    assert quote(problem, plan, a_visit("new", 2), [TimeWindow(9 * HOUR, 9.4 * HOUR)]) == ()


def test_a_window_after_the_deadline_is_quoted_as_outside_the_commitment() -> None:
    problem = a_problem([], [a_shift()])
    visit = a_visit("new", 1, deadline_seconds=10 * HOUR)
    windows = [TimeWindow(9 * HOUR, 11 * HOUR), TimeWindow(11 * HOUR, 13 * HOUR)]

    quoted = quote(problem, nearest_technician_plan(problem), visit, windows)

    assert [window.is_inside_commitment for window in quoted] == [True, False]


def test_a_window_taken_meanwhile_is_refused_by_name() -> None:
    problem = a_problem([], [a_shift(until_seconds=9.5 * HOUR)])
    plan = nearest_technician_plan(problem)
    window = [TimeWindow(8 * HOUR, 9 * HOUR)]
    first, second = a_visit("first", 1), a_visit("second", 1)
    mine = quote(problem, plan, first, window)[0]
    theirs = quote(problem, plan, second, window)[0]

    problem, plan = insert(problem, plan, first, mine)

    with pytest.raises(QuoteNoLongerFitsError):
        insert(problem, plan, second, theirs)
    with pytest.raises(VisitAlreadyPlannedError):
        insert(problem, plan, first, mine)


def test_a_booked_visit_carries_its_promise_and_its_place() -> None:
    problem = a_problem([], [a_shift()])
    plan = nearest_technician_plan(problem)
    window = TimeWindow(9 * HOUR, 11 * HOUR)
    quoted = QuotedWindow(window, "s1", 0, 9 * HOUR, 0.0, is_inside_commitment=True)

    after, booked = insert(problem, plan, a_visit("v", 1), quoted)

    assert after.visits[0].promised_window == window
    assert after.visits[0].current is not None
    assert after.visits[0].current.shift_id == "s1"
    assert booked.routes[0].stops[0].start_seconds == 9 * HOUR


def test_removing_a_visit_nobody_knows_is_refused_by_name() -> None:
    problem = a_problem([], [a_shift()])

    with pytest.raises(VisitUnknownError):
        remove(problem, nearest_technician_plan(problem), "nobody")


@given(seed=st.integers(0, 10**6))
def test_the_window_plain_to_see_is_the_best_of_all_tiers(seed: int) -> None:
    facts = Facts(a_random_problem(seed))

    for visit in facts.problem.visits:
        tiers = facts.tiers(visit)
        assert facts.best_windows(visit) == (tiers[0].windows if tiers else ())
