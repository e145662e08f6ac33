"""Taking an earlier plan over into a problem that has changed since: what still fits stays where it is."""

from __future__ import annotations

from dispatch.baseline import pinned_routes
from dispatch.costs import assemble
from dispatch.facts import Entry, Facts
from dispatch.plan import Plan, Route
from dispatch.problem import Shift
from dispatch.slack import entries_of
from dispatch.timetable import build_route


def carry_over(facts: Facts, plan: Plan) -> Plan:
    """The earlier plan's routes as far as they still keep the rules; visits that no longer fit are left unplaced.

    Where a route no longer fits, promised visits are kept before others and high priorities before low ones.
    """
    routes = []
    pinned = pinned_routes(facts)
    planned = {route.shift_id: route for route in plan.routes}
    for shift in facts.shifts.values():
        if shift.id in pinned:
            order = _standing_order(facts, shift, planned.get(shift.id), pinned[shift.id][1])
            routes.append(_fit(facts, shift, order))
    return assemble(facts, routes, {}, {"came_from": "carry_over"})


def _standing_order(facts: Facts, shift: Shift, route: Route | None, pinned: tuple[Entry, ...]) -> list[Entry]:
    """The visits of the old route that still exist and may be here, and the pinned ones, by their old starts."""
    timed = {entry.visit.id: (entry.windows[0][0], index, entry) for index, entry in enumerate(pinned)}
    if route is not None:
        known = tuple(stop for stop in route.stops if stop.visit_id in facts.visits)
        standing = entries_of(facts, Route(shift.id, known, route.leave_seconds, route.return_seconds))
        for index, (stop, entry) in enumerate(zip(known, standing, strict=True)):
            if entry.visit.id not in timed and facts.may_serve(entry.visit, shift):
                timed[entry.visit.id] = (stop.start_seconds, index, entry)
    return [entry for _, _, entry in sorted(timed.values(), key=lambda item: item[:2])]


def _fit(facts: Facts, shift: Shift, order: list[Entry]) -> Route:
    """The old route if it fits; else without one visit, the least important that helps; else with one fewer, again."""
    entries = list(order)
    while True:
        route = build_route(facts, shift, entries)
        if route is not None:
            return route
        free = sorted((entry for entry in entries if facts.pinned_shift_id(entry.visit) is None), key=_importance)
        for entry in free:
            route = build_route(facts, shift, [other for other in entries if other is not entry])
            if route is not None:
                return route
        entries.remove(free[0])


def _importance(entry: Entry) -> tuple[bool, bool, int, str]:
    visit = entry.visit
    return visit.promised_window is not None, visit.deadline_seconds is not None, visit.priority, visit.id
