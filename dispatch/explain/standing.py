"""A plan with one visit left open, and where it could go while all others stay: the proof behind every claim."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch.check import check
from dispatch.costs import assemble
from dispatch.facts import Facts
from dispatch.places import FoundPlace
from dispatch.plan import Plan
from dispatch.problem import Problem, Visit
from dispatch.quote import remove
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.quoting.windows import PlaceSearch
from dispatch.rules import Windows


@dataclass(frozen=True, slots=True)
class Standing:
    """One visit, and the problem and plan without it."""

    problem: Problem
    plan: Plan
    visit: Visit


def leave_open(problem: Problem, plan: Plan, visit_id: str) -> Standing:
    """Take one visit out; the other visits keep technician and order.

    Raises `VisitUnknownError` when the problem does not have it, `RouteCannotCloseUpError` when its route would be late
    without it.
    """
    others, without = remove(problem, plan, visit_id)
    return Standing(others, without, next(visit for visit in problem.visits if visit.id == visit_id))


def place_in(standing: Standing, windows: Windows) -> FoundPlace | None:
    """The cheapest place with a start in these windows, all others keeping what they were promised."""
    if not windows:
        return None
    search = PlaceSearch(PlanSlack(standing.problem, standing.plan), standing.visit)
    return search.cheapest([windows])[0]


def place_in_time(standing: Standing) -> FoundPlace | None:
    """The cheapest place that keeps the visit's windows, its commitment and its promise."""
    facts = Facts(standing.problem).joined_by(standing.visit)
    tiers = facts.tiers(standing.visit)
    if not tiers or tiers[0].broken_commitments or tiers[0].broken_promises:
        return None
    return place_in(standing, tiers[0].windows)


def put_back(standing: Standing, found: FoundPlace) -> tuple[Problem, Plan] | None:
    """Problem and plan with the visit in its place, or None if `check` finds anything (it then proves nothing)."""
    problem = replace(standing.problem, visits=(*standing.problem.visits, standing.visit))
    others = (route for route in standing.plan.routes if route.shift_id != found.route.shift_id)
    plan = assemble(Facts(problem), (found.route, *others), {}, {"came_from": "explain"})
    return None if check(problem, plan) else (problem, plan)
