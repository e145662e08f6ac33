"""Small days are planned as well as can be: compared with every way to share, order and time the visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product

import pytest

from dispatch import Limits, ObjectiveKind, Plan, Problem, ProblemError, Score, Shift, check, solve, validate
from dispatch.costs import assemble
from dispatch.engine.run import search
from dispatch.facts import Entry, Facts
from dispatch.plan import Route
from dispatch.solver import timed
from dispatch.timetable import build_route
from tests.dispatch.problems import a_random_problem, without_pinning

LIMITS = Limits(seconds=None, iterations=4000, threads=1)
OBJECTIVES = (ObjectiveKind.PRODUCT, ObjectiveKind.CITY_DAY, ObjectiveKind.TOTAL_DISTANCE)


def a_small_problem(seed: int, objective: ObjectiveKind) -> Problem | None:
    """Four visits and two shifts with every rule; None when the draw contradicts itself."""
    problem = replace(without_pinning(a_random_problem(seed, visits=4, shifts=2)), objective=objective)
    if objective is not ObjectiveKind.PRODUCT:  # the benchmarks know neither commitments nor promises
        plain = (replace(visit, deadline_seconds=None, promised_window=None) for visit in problem.visits)
        problem = replace(problem, visits=tuple(plain))
    try:
        validate(problem)
    except ProblemError:
        return None
    return replace(problem, freeze_until_seconds=None)


def routes_of(facts: Facts, shift: Shift) -> Iterator[tuple[frozenset[str], Route | None]]:
    """Every route of one shift: which visits, in which order, held to which windows."""
    able = [visit for visit in facts.problem.visits if facts.may_serve(visit, shift) and facts.tiers(visit)]
    yield frozenset(), None
    for count in range(1, len(able) + 1):
        for order in permutations(able, count):
            for windows in product(*([tier.windows for tier in facts.tiers(visit)] for visit in order)):
                entries = [Entry(visit, held) for visit, held in zip(order, windows, strict=True)]
                route = build_route(facts, shift, entries)
                if route is not None:
                    yield frozenset(visit.id for visit in order), route


def best_of_all(problem: Problem) -> Score:
    """The best score of any plan of two shifts."""
    facts = Facts(problem)
    kept: list[dict[frozenset[str], Route | None]] = []
    for shift in problem.shifts:
        best: dict[frozenset[str], tuple[Score, Route | None]] = {}
        for served, route in routes_of(facts, shift):
            score = plan_of(facts, [] if route is None else [route]).score
            if served not in best or score < best[served][0]:
                best[served] = (score, route)
        kept.append({served: route for served, (_, route) in best.items()})
    plans = (
        plan_of(facts, [route for route in (one, other) if route is not None])
        for (first, one), (second, other) in product(kept[0].items(), kept[1].items())
        if not first & second
    )
    return min(plan.score for plan in plans)


def plan_of(facts: Facts, routes: Sequence[Route]) -> Plan:
    return assemble(facts, routes, {}, {})


def is_as_good(score: Score, best: Score) -> bool:
    levels = ("broken_commitments", "broken_promises", "unplaced_priority", "changes_told")
    same = all(getattr(score, level) == getattr(best, level) for level in levels)
    return same and score.cost_cents == pytest.approx(best.cost_cents, abs=0.01)


def by_the_compiled_search(problem: Problem) -> Plan:
    facts = Facts(problem)
    found = search(facts, {}, seconds=None, iterations=LIMITS.iterations, seed=1, threads=1)
    routes = [timed(facts, shift, found.stops.get(shift.id, ())) for shift in problem.shifts]
    return plan_of(facts, [route for route in routes if route is not None])


def compare(seed: int, objective: ObjectiveKind) -> None:
    problem = a_small_problem(seed, objective)
    if problem is None:
        return
    best = best_of_all(problem)
    for plan in (solve(problem, limits=LIMITS), by_the_compiled_search(problem)):
        assert check(problem, plan) == ()
        assert is_as_good(plan.score, best), f"{plan.score} instead of {best}"


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("seed", range(3))
def test_a_small_day_is_planned_to_the_optimum(seed: int, objective: ObjectiveKind) -> None:
    compare(seed, objective)


@pytest.mark.proof
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_many_small_days_are_planned_to_the_optimum(objective: ObjectiveKind) -> None:
    for seed in range(100, 115):
        compare(seed, objective)


def test_trying_everything_finds_what_one_sees_at_a_glance() -> None:
    problem = a_small_problem(0, ObjectiveKind.CITY_DAY)
    assert problem is not None
    nobody = replace(problem, shifts=tuple(replace(shift, skills={}, max_visits=0) for shift in problem.shifts))

    assert best_of_all(nobody).cost_cents == 10.0 * sum(visit.priority for visit in problem.visits)
