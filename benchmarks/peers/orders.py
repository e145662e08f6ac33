"""What a peer answers, and the plan of ours it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.costs import assemble
from dispatch.facts import Entry, Facts
from dispatch.plan import Plan, Route
from dispatch.problem import ObjectiveKind, Problem, Shift, Visit
from dispatch.shortest import shortest_route
from dispatch.timetable import build_route

PICK_UP = None
Orders = Mapping[str, Sequence[str | None]]
"""Visit ids in the order served, by shift; `PICK_UP` stands for the stop at the pick-up point."""


class CannotExpressError(Exception):
    """The peer has no model for this problem."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a peer may use: seconds at the search, threads, and a seed if it takes one."""

    seconds: float
    threads: int
    seed: int


def plan_of(problem: Problem, orders: Orders, said_by: str) -> Plan:
    """The peer's orders, timed by our own timetable; a visit its route cannot keep is dropped and is unplaced."""
    facts = Facts(problem)
    dropped = 0
    routes: list[Route] = []
    for shift_id, stops in orders.items():
        route, left_out = _time(facts, facts.shifts[shift_id], stops)
        dropped += left_out
        if route is not None:
            routes.append(route)
    plan = assemble(facts, routes, {}, {"came_from": said_by})
    return replace(plan, trace={**plan.trace, "dropped": dropped})


def _time(facts: Facts, shift: Shift, stops: Sequence[str | None]) -> tuple[Route | None, int]:
    visits = [facts.visits[visit_id] for visit_id in stops if visit_id is not None]
    if facts.problem.objective is ObjectiveKind.TOTAL_DURATION:
        position = stops.index(PICK_UP) if PICK_UP in stops and visits else None
        if position == len(visits):
            position = None
        route = shortest_route(facts, shift, visits, position)
        return (route, 0) if route is not None else (None, len(visits))
    kept = list(visits)
    while kept:
        route = build_route(facts, shift, [_entry(facts, visit) for visit in kept])
        if route is not None:
            return route, len(visits) - len(kept)
        kept.remove(_spoiler(facts, shift, kept))
    return None, len(visits)


def _entry(facts: Facts, visit: Visit) -> Entry:
    tiers = facts.tiers(visit)
    return Entry(visit, tiers[0].windows if tiers else ())


def _spoiler(facts: Facts, shift: Shift, visits: Sequence[Visit]) -> Visit:
    """The least important visit without which the others fit; the least important of all when there is none."""
    by_priority = sorted(visits, key=lambda visit: visit.priority)
    for visit in by_priority:
        others = [_entry(facts, other) for other in visits if other is not visit]
        if not others or build_route(facts, shift, others) is not None:
            return visit
    return by_priority[0]
