"""A way to place one visit, crew and pick-ups included, as routes of the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.facts import Facts
from dispatch.places import cheapest, find_places
from dispatch.plan import Route
from dispatch.problem import Visit
from dispatch.rules import Windows
from dispatch.slack import RouteSlack
from dispatch.tied.forms import CrewPlace, Errand, Picked


@dataclass(frozen=True, slots=True)
class Found:
    """The routes with the visit in them, the lead's first, what that adds, and the ties it makes."""

    routes: tuple[Route, ...]
    extra_cents: float
    start_seconds: float
    crew: CrewPlace | None = None
    errands: tuple[Errand, ...] = ()
    picked: tuple[Picked, ...] = ()


def best_single(facts: Facts, visit: Visit, slacks: Sequence[RouteSlack], starts: Windows) -> Found | None:
    """The cheapest place for one technician with what is on his van."""
    found = cheapest(facts, visit, find_places(facts, visit, slacks), starts)
    if found is None:
        return None
    stop = next(stop for stop in found.route.stops if stop.visit_id == visit.id)
    return Found((found.route,), found.extra_cents, stop.start_seconds)
