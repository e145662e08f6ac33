"""From the order of visits somebody else keeps (rows of a database) to a timed plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dispatch.costs import assemble
from dispatch.facts import Entry, Facts
from dispatch.plan import Plan, Route
from dispatch.problem import Problem, Shift
from dispatch.tied.forms import single_problem
from dispatch.tied.quotes import time_tied
from dispatch.tied.relations import is_tied
from dispatch.timetable import build_route


def time_routes(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> Plan:
    """Return the plan in which each shift serves its visits in the order given, as early as the problem allows.

    `sequences` maps a shift's id to visit ids; ids the problem does not have are passed over. A visit that can no
    longer keep its promise or deadline in that order is timed as late as it is; one that does not fit the shift at
    all is left unplaced. A crew visit is in the sequence of each member; it, what follows others and what needs a
    pick-up are placed where they fit these shifts best.
    """
    if is_tied(problem):
        plain = single_problem(problem)
        following = {visit.id for visit in problem.visits if visit.must_follow_ids}
        free = tuple(visit for visit in plain.visits if visit.id not in following)
        return time_tied(problem, sequences, time_routes(replace(plain, visits=free), sequences))
    facts = Facts(problem)
    routes = [_time_route(facts, facts.shifts[shift_id], sequences[shift_id]) for shift_id in sequences]
    return assemble(facts, routes, {}, {"came_from": "sequences"})


def _time_route(facts: Facts, shift: Shift, visit_ids: Sequence[str]) -> Route:
    visits = [facts.visits[visit_id] for visit_id in visit_ids if visit_id in facts.visits]
    allowed = [visit for visit in visits if facts.may_serve(visit, shift) and facts.best_windows(visit)]
    wanted = [Entry(visit, facts.best_windows(visit)) for visit in allowed]
    route = build_route(facts, shift, wanted)
    if route is not None:
        return route
    kept: list[Entry] = []
    for visit in allowed:
        entries = (Entry(visit, tier.windows) for tier in facts.tiers(visit))
        fitting = next((entry for entry in entries if build_route(facts, shift, [*kept, entry]) is not None), None)
        if fitting is not None:
            kept.append(fitting)
    built = build_route(facts, shift, kept)
    assert built is not None  # noqa: S101 - every entry was kept because the route with it could be built
    return built
