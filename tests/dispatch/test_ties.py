"""Crews that start together, visits that follow others, parts picked up on the way (D2, D14, P2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, permutations, product
from math import inf

import pytest
from hypothesis import given, settings, strategies as st

from dispatch import (
    Assignment,
    Limits,
    Lock,
    LockKind,
    PickUpPoint,
    Plan,
    Problem,
    ProblemError,
    QuoteNoLongerFitsError,
    TimeWindow,
    Visit,
    check,
    difference,
    insert,
    let_pinned_slip,
    nearest_technician_plan,
    quote,
    remove,
    replan,
    solve,
    time_routes,
    validate,
)
from dispatch.costs import route_cost
from dispatch.facts import Entry, Facts
from dispatch.improve import improve
from dispatch.tied.search import Budget, search_tied, simple_day
from dispatch.tied.untied import carry_tied
from dispatch.timetable import build_route, leg_to
from tests.dispatch.problems import HOUR, a_problem, a_shift, a_tied_problem, a_visit

SHORT = Limits(seconds=None, iterations=20)
LONGER = Limits(seconds=None, iterations=150)
WHOLE_DAY = (TimeWindow(0.0, 24 * HOUR),)


def a_valid_problem(seed: int, *, visits: int = 8, shifts: int = 3) -> Problem | None:
    problem = a_tied_problem(seed, visits=visits, shifts=shifts)
    try:
        validate(problem)
    except ProblemError:
        return None
    return problem


def starts(plan: Plan) -> dict[str, list[tuple[str, float, bool]]]:
    """Per visit where it starts: shift, time, and whether this member only helps."""
    found: dict[str, list[tuple[str, float, bool]]] = {}
    for route in plan.routes:
        for stop in route.stops:
            found.setdefault(stop.visit_id, []).append((route.shift_id, stop.start_seconds, stop.helps))
    return found


def rules(problem: Problem, plan: Plan) -> set[str]:
    return {violation.rule for violation in check(problem, plan)}


# Every plan.


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_every_plan_with_ties_passes_the_check_and_is_no_worse_than_the_nearest_technicians(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert "refused_by_check" not in plan.trace
    assert plan.score <= nearest_technician_plan(problem).score


def plain_search(facts: Facts, begin: Plan, turn: int) -> Plan:
    """A search for single visits that sees to it that the problem and the plan it is given are in order."""
    validate(facts.problem)
    assert check(facts.problem, begin) == ()
    return improve(facts, begin, seed=turn, iterations=5, is_over=lambda: False)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=6, deadline=None)
def test_rounds_around_any_search_for_single_visits_only_make_the_day_better(seed: int) -> None:
    problem = a_valid_problem(seed, visits=14, shifts=4)
    if problem is None:
        return
    day = simple_day(problem)

    plan = search_tied(day, Budget(8, lambda _share: False), seed, plain_search)

    assert check(problem, plan) == ()
    assert plan.score <= day.plan({}).score


@given(seed=st.integers(0, 10**6))
@settings(max_examples=5, deadline=None)
def test_the_compiled_search_around_ties_is_checked_repeatable_and_no_worse_than_its_start(seed: int) -> None:
    problem = a_valid_problem(seed, visits=18, shifts=5)
    if problem is None:
        return
    limits = Limits(seconds=None, iterations=40, threads=1)

    plan = solve(problem, limits=limits)

    assert check(problem, plan) == ()
    assert plan.routes == solve(problem, limits=limits).routes
    assert solve(problem, limits=replace(limits, seed=9), warm_start=plan).score <= plan.score


@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_replanning_nothing_new_keeps_a_plan_with_ties_as_good_as_it_was(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return
    plan = solve(problem, limits=SHORT)

    after = replan(problem, plan, limits=Limits(seconds=None, iterations=2))

    assert check(problem, after) == ()
    assert after.score <= plan.score


@given(seed=st.integers(0, 10**6), size=st.integers(1, 3))
@settings(max_examples=8, deadline=None)
def test_every_window_quoted_in_a_plan_with_ties_can_be_booked_and_freed_again(seed: int, size: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return
    plan = solve(problem, limits=SHORT)
    new = Visit("new", 2, 900.0, crew_size=size, parts={"lamp": 1} if size == 1 else {})

    for window in quote(problem, plan, new, [TimeWindow(hour * HOUR, (hour + 3) * HOUR) for hour in (7, 10, 13)]):
        booked, with_it = insert(problem, plan, new, window)
        assert check(booked, with_it) == ()
        assert len(starts(with_it)["new"]) == size
        freed, without_it = remove(booked, with_it, "new")
        assert check(freed, without_it) == ()


@given(seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_a_plan_with_ties_taken_over_loses_no_visit_and_can_do_without_any(seed: int) -> None:
    problem = a_valid_problem(seed)
    if problem is None:
        return
    plan = solve(problem, limits=Limits(seconds=None, iterations=5))

    assert set(starts(carry_tied(problem, plan).plan({}))) == set(starts(plan))
    for visit_id in starts(plan):
        assert check(*remove(problem, plan, visit_id)) == ()


# Crews.


def a_day_for_two() -> Problem:
    visits = [a_visit("heavy", 3, crew_size=2, skills={"gas": 1}), a_visit("a", 1), a_visit("b", 6)]
    return a_problem(visits, [a_shift("s1", skills={"gas": 2}), a_shift("s2", start_location=8, end_location=8)])


def test_a_visit_for_two_starts_together_led_by_the_one_who_has_the_skill() -> None:
    problem = a_day_for_two()

    plan = solve(problem, limits=LONGER)

    assert check(problem, plan) == ()
    (lead, helper) = sorted(starts(plan)["heavy"], key=lambda member: member[2])
    assert (lead[0], lead[2]) == ("s1", False)
    assert (helper[0], helper[2]) == ("s2", True)
    assert lead[1] == pytest.approx(helper[1])


def test_two_shifts_of_one_technician_are_no_crew() -> None:
    shifts = [a_shift("s1", technician_id="t"), a_shift("s2", technician_id="t")]

    plan = solve(a_problem([a_visit("heavy", 1, crew_size=2)], shifts), limits=SHORT)

    assert [visit.visit_id for visit in plan.unplaced] == ["heavy"]


def test_a_crew_that_starts_apart_is_too_small_or_has_two_leads_is_named() -> None:
    problem = a_day_for_two()
    plan = solve(problem, limits=SHORT)
    alone = replace(plan, routes=tuple(
        replace(route, stops=tuple(stop for stop in route.stops if not stop.helps)) for route in plan.routes
    ))  # fmt: skip
    led_twice = replace(plan, routes=tuple(
        replace(route, stops=tuple(replace(stop, helps=False) for stop in route.stops)) for route in plan.routes
    ))  # fmt: skip
    apart = replace(plan, routes=tuple(
        replace(route, stops=tuple(
            replace(stop, start_seconds=stop.start_seconds + 60 * stop.helps) for stop in route.stops
        )) for route in plan.routes
    ))  # fmt: skip

    assert rules(problem, alone) == {"visit_count"}
    assert "crew" in rules(problem, led_twice)
    assert "crew" in rules(problem, apart)


def test_a_pinned_crew_keeps_its_members_and_its_start() -> None:
    problem = a_day_for_two()
    current = Assignment("s1", 10 * HOUR, other_shift_ids=("s2",))
    pinned = replace(problem.visits[0], lock=Lock(LockKind.BOTH), current=current)
    problem = replace(problem, visits=(pinned, *problem.visits[1:]))

    plan = solve(problem, limits=LONGER)

    assert check(problem, plan) == ()
    assert sorted(starts(plan)["heavy"]) == [("s1", 10 * HOUR, False), ("s2", 10 * HOUR, True)]


def test_a_crew_waits_for_its_last_member_when_he_is_late() -> None:
    problem = a_day_for_two()
    current = Assignment("s1", 10 * HOUR, other_shift_ids=("s2",))
    pinned = replace(problem.visits[0], lock=Lock(LockKind.BOTH), current=current)
    late = replace(problem.shifts[1], available_from_seconds=11 * HOUR)
    problem = replace(problem, visits=(pinned, *problem.visits[1:]), shifts=(problem.shifts[0], late))

    slipped = let_pinned_slip(problem).visits[0].current

    assert slipped is not None
    assert slipped.start_seconds == 11 * HOUR + 5 * 300.0
    assert check(let_pinned_slip(problem), solve(let_pinned_slip(problem), limits=SHORT)) == ()


def test_a_quote_for_a_crew_that_has_lost_a_member_no_longer_fits() -> None:
    problem = a_day_for_two()
    problem = replace(problem, visits=problem.visits[1:])
    plan = solve(problem, limits=SHORT)
    heavy = a_day_for_two().visits[0]
    (quoted,) = quote(problem, plan, heavy, WHOLE_DAY)

    with pytest.raises(QuoteNoLongerFitsError):
        insert(replace(problem, shifts=problem.shifts[:1]), replace(plan, routes=plan.routes[:1]), heavy, quoted)


def test_a_helper_hears_of_the_visit_he_is_added_to() -> None:
    problem = a_day_for_two()
    before = solve(replace(problem, visits=problem.visits[1:]), limits=SHORT)

    changes = {shift.shift_id: shift for shift in difference(before, replan(problem, before, limits=SHORT)).shifts}

    assert "heavy" in changes["s1"].added
    assert "heavy" in changes["s2"].added


def sequences_of(problem: Problem) -> Iterator[dict[str, tuple[str, ...]]]:
    """Every way to order everything in two shifts, the crew of two being in both."""
    both = [visit.id for visit in problem.visits if visit.crew_size > 1]
    single = [visit.id for visit in problem.visits if visit.crew_size == 1]
    first, second = (shift.id for shift in problem.shifts)
    for sides in product((0, 1), repeat=len(single)):
        mine = [visit_id for visit_id, side in zip(single, sides, strict=True) if side == 0]
        others = [visit_id for visit_id, side in zip(single, sides, strict=True) if side == 1]
        for one in permutations([*mine, *both]):
            for two in permutations([*others, *both]):
                yield {first: one, second: two}


def cost_by_hand(problem: Problem, sequences: dict[str, tuple[str, ...]]) -> float:
    """The cost of these sequences when everything starts as early as it can, those tied waiting for each other."""
    facts = Facts(problem)
    at: dict[str, float] = dict.fromkeys(facts.visits, 0.0)
    for _ in range(20):
        before = dict(at)
        for visit in problem.visits:
            ends = [at[earlier] + facts.visits[earlier].duration_seconds for earlier in visit.must_follow_ids]
            at[visit.id] = max([at[visit.id], *ends])
        for shift_id, order in sequences.items():
            shift = facts.shifts[shift_id]
            here, now = shift.start_location, shift.from_seconds
            for visit_id in order:
                visit = facts.visits[visit_id]
                now = max(now + leg_to(facts, shift, here, visit.location)[0], at[visit_id])
                at[visit_id] = now
                here, now = visit.location, now + visit.duration_seconds
        if at == before:
            return sum(fixed_cost(facts, shift_id, order, at) for shift_id, order in sequences.items())
    return inf


def fixed_cost(facts: Facts, shift_id: str, order: Sequence[str], at: dict[str, float]) -> float:
    entries = [Entry(replace(facts.visits[v], must_follow_ids=()), ((at[v], at[v]),)) for v in order]
    route = build_route(facts, facts.shifts[shift_id], entries)
    return inf if route is None else route_cost(facts, route)


@pytest.mark.parametrize("seed", range(3))
def test_small_days_with_a_crew_and_an_order_are_planned_to_the_proven_optimum(seed: int) -> None:
    places = [(3, 9, 2, 7), (11, 1, 6, 4), (5, 5, 10, 8)][seed]
    visits = [
        a_visit("heavy", places[0], crew_size=2),
        a_visit("a", places[1]),
        a_visit("b", places[2], must_follow_ids=("a",)),
        a_visit("c", places[3], must_follow_ids=("heavy",) if seed == 1 else ()),
    ]
    problem = a_problem(visits, [a_shift("s1"), a_shift("s2", start_location=9, end_location=9)])

    plan = solve(problem, limits=Limits(seconds=None, iterations=250))

    assert check(problem, plan) == ()
    assert plan.unplaced == ()
    assert plan.score.cost_cents <= min(cost_by_hand(problem, order) for order in sequences_of(problem)) + 1e-6


# Order.


def test_a_visit_starts_after_the_one_it_follows_whoever_does_that() -> None:
    visits = [
        a_visit("cure", 5, must_follow_ids=("look",), required_technician_ids=frozenset({"t-s2"})),
        a_visit("look", 5, required_technician_ids=frozenset({"t-s1"})),
    ]
    problem = a_problem(visits, [a_shift("s1"), a_shift("s2")])

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    where = starts(plan)
    assert where["cure"][0][1] >= where["look"][0][1] + HOUR
    early = {"cure": where["cure"][0][1], "look": where["look"][0][1]}
    swapped = replace(problem, visits=(replace(visits[0], must_follow_ids=()), replace(visits[1], must_follow_ids=())))
    apart = solve(swapped, limits=SHORT)
    assert starts(apart)["cure"][0][1] < early["look"] + HOUR
    assert "order" in rules(problem, apart)


def test_what_follows_a_visit_nobody_can_serve_is_left_out_too() -> None:
    visits = [a_visit("look", 1, skills={"none": 1}), a_visit("cure", 1, must_follow_ids=("look",))]

    plan = solve(a_problem(visits, [a_shift()]), limits=SHORT)

    assert {visit.visit_id for visit in plan.unplaced} == {"look", "cure"}


# Pick-ups.


def a_day_with_a_store(**point: object) -> Problem:
    store = replace(PickUpPoint("store", 4, 600.0), **point)  # type: ignore[arg-type]
    visits = [
        a_visit("pump", 2, parts={"pump": 1}),
        a_visit("plain", 7),
        a_visit("saw", 9, tools=frozenset({"saw"})),
    ]
    return a_problem(visits, [a_shift(parts={"lamp": 1})], pick_up_points=(store,))


def test_what_the_van_lacks_is_picked_up_before_the_first_visit_that_needs_it() -> None:
    problem = a_day_with_a_store()

    plan = solve(problem, limits=LONGER)

    assert check(problem, plan) == ()
    assert plan.unplaced == ()
    (pick_up,) = plan.routes[0].pick_ups
    assert (pick_up.tools, dict(pick_up.parts)) == (frozenset({"saw"}), {"pump": 1})
    # Out and home again at the far end of the road; the store lies on the way and costs no driving.
    assert plan.score.cost_cents == pytest.approx(best_with_a_store(problem))
    without = replace(plan, routes=(replace(plan.routes[0], pick_ups=()),))
    assert {"tool", "part"} & rules(problem, without)


def best_with_a_store(problem: Problem) -> float:
    """The least driving over all orders with the store before what needs it, at a hundred cents a minute."""
    place = {visit.id: visit.location for visit in problem.visits} | {"store": problem.pick_up_points[0].location}
    best = inf
    for order in permutations(place):
        if all(order.index("store") < order.index(needy) for needy in ("pump", "saw")):
            path = [0, *(place[name] for name in order), 0]
            best = min(best, sum(abs(a - b) for a, b in pairwise(path)) * 5 * 100.0)
    return best


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ({"parts": {"pump": 0}}, {"pump"}),
        ({"tools": frozenset()}, {"saw"}),
        ({"parts": {"pump": 1}, "part_arrivals_seconds": {"pump": 20 * HOUR}}, {"pump"}),
    ],
)
def test_a_point_gives_only_what_it_stocks_and_has_received(point: dict[str, object], left: set[str]) -> None:
    problem = a_day_with_a_store(**point)

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert {visit.visit_id for visit in plan.unplaced} == left


def test_a_part_still_on_its_way_is_waited_for() -> None:
    problem = a_day_with_a_store(parts={"pump": 1}, part_arrivals_seconds={"pump": 13 * HOUR})

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert starts(plan)["pump"][0][1] >= 13 * HOUR + 600.0
    soon = replace(
        problem, pick_up_points=(replace(problem.pick_up_points[0], part_arrivals_seconds={"pump": 14 * HOUR}),)
    )
    assert "pick_up" in rules(soon, plan)


def test_a_stock_is_not_given_away_twice() -> None:
    problem = a_day_with_a_store(parts={"pump": 1})
    twin = replace(problem.visits[0], id="twin", location=3)
    problem = replace(problem, visits=(*problem.visits, twin), shifts=(*problem.shifts, a_shift("s2")))

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert len(plan.unplaced) == 1
    assert plan.unplaced[0].visit_id in {"pump", "twin"}


def test_what_one_visit_needs_may_come_from_two_points() -> None:
    problem = a_day_with_a_store(tools=frozenset(), parts={"pump": 1})
    both = replace(problem.visits[0], tools=frozenset({"saw"}))
    depot = PickUpPoint("depot", 6, 0.0, frozenset({"saw"}), {})
    problem = replace(problem, visits=(both,), pick_up_points=(*problem.pick_up_points, depot))

    plan = solve(problem, limits=SHORT)

    assert check(problem, plan) == ()
    assert {pick_up.pick_up_point_id for pick_up in plan.routes[0].pick_ups} == {"store", "depot"}


# Plans from sequences, and bad input.


def test_a_crew_and_a_follower_are_timed_from_the_sequences_of_their_shifts() -> None:
    problem = a_day_for_two()
    later = replace(problem.visits[2], must_follow_ids=("heavy",))
    problem = replace(problem, visits=(*problem.visits[:2], later))

    plan = time_routes(problem, {"s1": ["a", "heavy"], "s2": ["heavy", "b"]})

    assert check(problem, plan) == ()
    assert {visit_id: {member[0] for member in crew} for visit_id, crew in starts(plan).items()} == {
        "a": {"s1"},
        "heavy": {"s1", "s2"},
        "b": {"s2"},
    }


LOCKED = Lock(LockKind.BOTH)


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        (a_problem([a_visit("v", 1, crew_size=0)], []), "visit v: crew_size"),
        (a_problem([a_visit("v", 1, must_follow_ids=("w",))], []), "visit v: must_follow_ids: there is no visit w"),
        (a_problem([a_visit("v", 1, must_follow_ids=("v",))], []), "visit v: must_follow_ids: a circle: v after v"),
        (
            a_problem([a_visit("v", 1, must_follow_ids=("w",)), a_visit("w", 1, must_follow_ids=("v",))], []),
            "must_follow_ids: a circle: (v after w after v|w after v after w)",
        ),
        (
            a_problem([a_visit("v", 1, crew_size=2, duration_seconds_by_grade={"a": 1.0})], []),
            "visit v: duration_seconds_by_grade",
        ),
        (
            a_problem([a_visit("v", 1, crew_size=2, lock=LOCKED, current=Assignment("s1", 9 * HOUR))], [a_shift()]),
            "visit v: lock: the locked crew has 1 of 2",
        ),
        (
            a_problem([a_visit("v", 1, current=Assignment("s1", 0.0, other_shift_ids=("s2",)))], [a_shift()]),
            "visit v: current: 1 helpers in a crew of 1",
        ),
        (
            a_problem(
                [a_visit("v", 1, crew_size=2, current=Assignment("s1", 0.0, other_shift_ids=("s1",)))], [a_shift()]
            ),
            "visit v: current: one technician twice",
        ),
        (a_problem([], [], pick_up_points=(PickUpPoint("p", 99),)), "pick-up point p: location"),
        (a_problem([], [], pick_up_points=(PickUpPoint("p", 1, -1.0),)), "pick-up point p: duration_seconds"),
        (a_problem([], [], pick_up_points=(PickUpPoint("p", 1), PickUpPoint("p", 2))), "pick-up point p: id"),
        (a_problem([], [], pick_up_points=(PickUpPoint("p", 1, parts={"a": -1}),)), r"point p: parts\[a\]"),
        (
            a_problem([], [], pick_up_points=(PickUpPoint("p", 1, parts={}, part_arrivals_seconds={"a": 1.0}),)),
            r"point p: part_arrivals_seconds\[a\]: the point does not stock",
        ),
    ],
    ids=range(13),
)
def test_ties_that_contradict_themselves_are_refused_by_name(problem: Problem, named: str) -> None:
    with pytest.raises(ProblemError, match=named):
        solve(problem, limits=SHORT)
