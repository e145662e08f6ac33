"""Places for one more visit in routes that stand, and the cheapest of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from dispatch.costs import MINUTE_SECONDS, assignment_cost, route_cost
from dispatch.facts import Entry, Facts
from dispatch.plan import Route
from dispatch.problem import ObjectiveKind, Visit
from dispatch.rules import Windows, earliest_in
from dispatch.slack import Room, RouteSlack, StandingRoute
from dispatch.timetable import build_route


@dataclass(frozen=True, slots=True)
class Place:
    """A room in a route, with the least a visit can cost there."""

    least_cents: float
    slack: RouteSlack
    room: Room


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place taken: the route with the visit in it before the former stop `position`, and what that adds."""

    route: Route
    position: int
    extra_cents: float


def may_take(facts: Facts, visit: Visit, slack: StandingRoute) -> bool:
    """Whether the technician may serve the visit, and the van still holds what it needs."""
    visits = (*(entry.visit for entry in slack.entries), visit)
    return facts.may_serve(visit, slack.shift) and facts.may_hold(visits, slack.shift)


def find_places(facts: Facts, visit: Visit, slacks: Iterable[RouteSlack]) -> list[Place]:
    """Every room for the visit, by the least it can cost there."""
    places = [
        Place(_least_cents(facts, visit, slack, room), slack, room)
        for slack in slacks
        if may_take(facts, visit, slack)
        for room in slack.rooms(visit)
    ]
    places.sort(key=lambda place: place.least_cents)
    return places


def _least_cents(facts: Facts, visit: Visit, slack: RouteSlack, room: Room) -> float:
    """The least the visit can cost there: its driving, less the waiting that may end with it.

    With hour factors this leaves out that later stops may be driven to in another hour, so the place found may then
    be dearer than the cheapest by that much; it is never one that does not fit.
    """
    problem = facts.problem
    if problem.objective is not ObjectiveKind.PRODUCT:
        return -inf
    prices = problem.prices
    travel = min(room.travel_seconds, room.travel_seconds * facts.roads.fastest_factor)
    return (
        travel / MINUTE_SECONDS * prices.travel_cents_per_minute
        - slack.waiting_seconds / MINUTE_SECONDS * prices.waiting_cents_per_minute
        + assignment_cost(problem, visit, slack.shift)
        + (0.0 if slack.entries else prices.shift_use_cents)
    )


def cheapest(facts: Facts, visit: Visit, places: Sequence[Place], starts: Windows) -> FoundPlace | None:
    """The cheapest place with a start in `starts`; places come by their lower bound, so the search can stop early."""
    best: FoundPlace | None = None
    for place in places:
        if best is not None and place.least_cents >= best.extra_cents:
            break
        room = place.room
        if earliest_in(starts, room.earliest) > room.latest + 2e-6:
            continue
        route = route_with(facts, place.slack, room.position, Entry(visit, starts))
        if route is None:
            continue
        extra = route_cost(facts, route) - place.slack.cost
        if best is None or extra < best.extra_cents:
            best = FoundPlace(route, room.position, extra)
    return best


def route_with(facts: Facts, slack: StandingRoute, position: int, entry: Entry) -> Route | None:
    """The route with one more entry before its stop `position`, or None where it does not fit."""
    entries = (*slack.entries[:position], entry, *slack.entries[position:])
    return build_route(facts, slack.shift, entries)
