"""Peers answer with orders of stops; what they are worth is worked out and checked by us."""

from __future__ import annotations

import pytest

from benchmarks.peers.orders import PICK_UP, Effort, plan_of
from benchmarks.peers.with_ortools import solve
from dispatch import ObjectiveKind, Problem, check
from dispatch.formats.technicians import read_technicians
from tests.dispatch.problems import HOUR, a_problem, a_shift, a_visit, lunch
from tests.dispatch.test_formats import TECHNICIANS

EFFORT = Effort(seconds=0.5, threads=1, seed=1)


def a_city_day() -> Problem:
    visits = [a_visit(f"v{place}", place, priority=40) for place in (1, 3, 5)]
    shift = a_shift(breaks=(lunch(),), overtime_limit_seconds=HOUR)
    return a_problem(visits, [shift], objective=ObjectiveKind.CITY_DAY)


def test_a_peers_orders_become_a_plan_that_passes_the_check() -> None:
    problem = a_city_day()

    plan = plan_of(problem, {"s1": ["v1", "v3", "v5"]}, "a peer")

    assert check(problem, plan) == ()
    assert plan.score.cost_cents == pytest.approx(2 * 5 * 5)


def test_what_a_peers_route_cannot_keep_is_dropped_and_counted() -> None:
    problem = a_problem(
        [a_visit(f"v{place}", place, priority=place) for place in range(1, 11)],
        [a_shift()],
        objective=ObjectiveKind.CITY_DAY,
    )

    plan = plan_of(problem, {"s1": [f"v{place}" for place in range(1, 11)]}, "a peer")

    assert check(problem, plan) == ()
    assert plan.trace["dropped"] == len(plan.unplaced) > 0


def test_a_stop_at_the_depot_is_kept_where_the_peer_made_it() -> None:
    problem = read_technicians(TECHNICIANS)

    plan = plan_of(problem, {"1": [PICK_UP, "3", "4"]}, "a peer")

    assert check(problem, plan) == ()
    assert plan.routes[0].pick_ups[0].position == 0


def test_the_routing_library_solves_a_city_day_with_its_lunch() -> None:
    problem = a_city_day()

    plan = plan_of(problem, solve(problem, EFFORT), "ortools")

    assert check(problem, plan) == ()
    assert plan.unplaced == ()


def test_the_routing_library_fetches_what_is_missing_at_the_depot() -> None:
    problem = read_technicians(TECHNICIANS)

    plan = plan_of(problem, solve(problem, EFFORT), "ortools")

    assert check(problem, plan) == ()
    assert plan.unplaced == ()
    assert [len(route.pick_ups) for route in plan.routes if route.stops] == [1]
