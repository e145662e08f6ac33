"""Where else a visit could go, what that would cost more, and what keeps the others from it."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.costs import route_cost
from dispatch.explain.reasons import LOCK, NO_ROOM, NO_TIME
from dispatch.explain.standing import Standing
from dispatch.facts import Entry, Facts
from dispatch.places import may_take
from dispatch.plan import Route
from dispatch.problem import Problem, Shift
from dispatch.rules import blocking_rules
from dispatch.slack import StandingRoute
from dispatch.timetable import build_route


@dataclass(frozen=True, slots=True)
class Alternative:
    """One shift: the visit's best start there and what it costs, more or less than now; or what excludes it.

    `excluded_by` has rule names, `full` (stock or number of visits), `lock` (pinned elsewhere), `no_time` (not even on
    an empty day) or `no_room` (other visits fill the day).
    """

    shift_id: str
    start_seconds: float | None
    extra_cost_cents: float | None
    excluded_by: tuple[str, ...] = ()


def list_alternatives(problem: Problem, standing: Standing, place: tuple[str, float] | None) -> tuple[Alternative, ...]:
    """Every shift, those where it could go by cost, then the others; `place` is where it is now, left out of the list.

    The cost is against the visit's present place, or against its absence where it has none.
    """
    facts = Facts(standing.problem).joined_by(standing.visit)
    planned = {route.shift_id: route for route in standing.plan.routes}
    found = []
    here = 0.0
    for shift in problem.shifts:
        empty = Route(shift.id, (), shift.from_seconds, shift.from_seconds)
        alternative = _alternative(facts, standing, shift, planned.get(shift.id, empty))
        if place is not None and shift.id == place[0]:
            here = alternative.extra_cost_cents or 0.0
        else:
            found.append(alternative)
    against = [
        Alternative(
            known.shift_id,
            known.start_seconds,
            None if known.extra_cost_cents is None else known.extra_cost_cents - here,
            known.excluded_by,
        )
        for known in found
    ]
    return tuple(
        sorted(
            against, key=lambda known: (known.extra_cost_cents is None, known.extra_cost_cents or 0.0, known.shift_id)
        )
    )


def _alternative(facts: Facts, standing: Standing, shift: Shift, route: Route) -> Alternative:
    visit = standing.visit
    rules = blocking_rules(visit, shift)
    if rules or not facts.may_serve(visit, shift):
        return Alternative(shift.id, None, None, rules or (LOCK,))
    held = StandingRoute(facts, route)
    if not may_take(facts, visit, held):
        return Alternative(shift.id, None, None, ("full",))
    for tier in facts.tiers(visit):
        routes = [
            build_route(facts, shift, (*held.entries[:position], Entry(visit, tier.windows), *held.entries[position:]))
            for position in range(len(held.entries) + 1)
        ]
        possible = [with_it for with_it in routes if with_it is not None]
        if possible:
            best = min(possible, key=lambda with_it: route_cost(facts, with_it))
            start = next(stop.start_seconds for stop in best.stops if stop.visit_id == visit.id)
            return Alternative(shift.id, start, route_cost(facts, best) - route_cost(facts, route))
    alone = any(build_route(facts, shift, (Entry(visit, tier.windows),)) is not None for tier in facts.tiers(visit))
    return Alternative(shift.id, None, None, (NO_ROOM if alone else NO_TIME,))
