"""Windows for one more visit, each proven against the current plan (H5), and booking or freeing one.

The visits already planned keep technician and order; their starts move only inside what they were promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from dispatch.costs import assemble
from dispatch.facts import Entry, Facts
from dispatch.places import may_take, route_with
from dispatch.plan import Plan, QuotedWindow, Route
from dispatch.problem import Assignment, Problem, TimeWindow, Visit
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.quoting.windows import find_windows
from dispatch.rules import Windows, hard_windows, intersect
from dispatch.slack import StandingRoute, entries_of
from dispatch.tied.quotes import book_tied, joined, quote_tied, remove_tied
from dispatch.tied.relations import is_tied
from dispatch.timetable import build_route


class QuoteNoLongerFitsError(Exception):
    """The plan has changed since the window was quoted, and the visit does not fit there any more."""


class VisitAlreadyPlannedError(Exception):
    """The visit is already in the problem; it cannot be inserted a second time."""


class VisitUnknownError(Exception):
    """There is no such visit in the problem."""


class RouteCannotCloseUpError(Exception):
    """Without this stop the route is late elsewhere: its roads are longer directly than by way of the stop."""


def quote(
    problem: Problem,
    plan: Plan,
    visit: Visit,
    windows: Sequence[TimeWindow],
    *,
    slack: PlanSlack | None = None,
) -> tuple[QuotedWindow, ...]:
    """For each window the cheapest place that keeps every rule and promise; windows without one are left out.

    The visit is not in the problem yet. Its own deadline does not rule a window out, but places that keep it are
    preferred and the answer says which do. Keep a `PlanSlack` per plan version and pass it to save the preparation.
    """
    if is_tied(joined(problem, visit)):
        return quote_tied(problem, plan, visit, windows)
    return find_windows(slack or PlanSlack(problem, plan), visit, windows)


def insert(problem: Problem, plan: Plan, visit: Visit, quoted: QuotedWindow) -> tuple[Problem, Plan]:
    """Book a quoted window: the problem with the visit promised that window, and the plan with the visit in its place.

    Raises `VisitAlreadyPlannedError`, or `QuoteNoLongerFitsError` when the plan has changed too much since the quote.
    """
    if any(known.id == visit.id for known in problem.visits):
        raise VisitAlreadyPlannedError(visit.id)
    window = quoted.window
    starts = intersect(hard_windows(problem, visit), ((window.from_seconds, window.until_seconds),))
    if quoted.is_inside_commitment and visit.deadline_seconds is not None:
        starts = intersect(starts, ((-inf, visit.deadline_seconds),))
    if is_tied(joined(problem, visit)):
        booked = book_tied(problem, plan, visit, quoted, starts)
        if booked is None:
            raise QuoteNoLongerFitsError(visit.id, quoted.shift_id, "tied")
        return booked
    facts = Facts(problem).joined_by(visit)
    route = _insert_into_route(facts, plan, visit, quoted, starts)
    start = route.stops[quoted.position].start_seconds
    after = joined(problem, replace(visit, promised_window=window, current=Assignment(route.shift_id, start)))
    routes = (*(other for other in plan.routes if other.shift_id != route.shift_id), route)
    return after, assemble(Facts(after), routes, _reasons(plan), {"came_from": "insert"})


def _insert_into_route(facts: Facts, plan: Plan, visit: Visit, quoted: QuotedWindow, starts: Windows) -> Route:
    shift = facts.shifts.get(quoted.shift_id)
    if shift is None:
        raise QuoteNoLongerFitsError(visit.id, quoted.shift_id, "shift")
    empty = Route(shift.id, (), shift.from_seconds, shift.from_seconds)
    before = next((route for route in plan.routes if route.shift_id == shift.id), empty)
    slack = StandingRoute(facts, before)
    if quoted.position > len(before.stops) or not may_take(facts, visit, slack):
        raise QuoteNoLongerFitsError(visit.id, shift.id, "technician")
    route = route_with(facts, slack, quoted.position, Entry(visit, starts))
    if route is None:
        raise QuoteNoLongerFitsError(visit.id, shift.id, "time")
    return route


def remove(problem: Problem, plan: Plan, visit_id: str) -> tuple[Problem, Plan]:
    """The problem and the plan without one visit; the others of its route close up, inside what was promised.

    Raises `VisitUnknownError` when the problem does not have it.
    """
    if all(visit.id != visit_id for visit in problem.visits):
        raise VisitUnknownError(visit_id)
    if is_tied(problem):
        shorter = remove_tied(problem, plan, visit_id)
        if shorter is None:
            raise RouteCannotCloseUpError(visit_id)
        return shorter
    facts = Facts(problem)
    after = replace(problem, visits=tuple(visit for visit in problem.visits if visit.id != visit_id))
    routes = tuple(_without(facts, route, visit_id) for route in plan.routes)
    return after, assemble(Facts(after), routes, _reasons(plan), {"came_from": "remove"})


def _without(facts: Facts, route: Route, visit_id: str) -> Route:
    if all(stop.visit_id != visit_id for stop in route.stops):
        return route
    entries = tuple(entry for entry in entries_of(facts, route) if entry.visit.id != visit_id)
    closed_up = build_route(facts, facts.shifts[route.shift_id], entries)
    if closed_up is None:
        raise RouteCannotCloseUpError(route.shift_id, visit_id)
    return closed_up


def _reasons(plan: Plan) -> dict[str, str]:
    return {visit.visit_id: visit.reason for visit in plan.unplaced}
