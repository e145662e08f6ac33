"""Choosing a crew exactly: which technicians, who leads, where in their routes, and the common start (D2).

All ways are looked at, cheapest first by what their driving costs at least, until no other can be cheaper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from dispatch.costs import assignment_cost, is_change_told, is_helper_change, lateness_cost, route_cost
from dispatch.facts import Entry, Facts
from dispatch.places import Place, find_places, may_take, route_with
from dispatch.plan import Route
from dispatch.problem import Visit
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import Windows, earliest_in, latest_in
from dispatch.slack import RouteSlack
from dispatch.tied.forms import CrewPlace, lead_form, member_id
from dispatch.tied.found import Found


@dataclass(slots=True)
class Option:
    """A place for one member; `routes` keeps the routes worked out, by start."""

    place: Place
    can_lead: bool
    can_help: bool
    routes: dict[float, tuple[Route, float] | None] = field(default_factory=dict)

    @property
    def technician_id(self) -> str:
        """Who it is."""
        return self.place.slack.shift.technician_id


class _Choice:
    def __init__(self, facts: Facts, real: Facts, visit: Visit, starts: Windows) -> None:
        self.facts, self.real, self.visit, self.starts = facts, real, visit, starts
        self.anyone = Visit(
            visit.id,
            visit.location,
            visit.duration_seconds,
            kind=visit.kind,
            must_follow_ids=visit.must_follow_ids,
        )
        self.best: Found | None = None

    @property
    def bound(self) -> float:
        return inf if self.best is None else self.best.extra_cents

    def options(self, slacks: Sequence[RouteSlack]) -> list[Option]:
        """Every place somebody could take, the least costly first."""
        lead = lead_form(self.visit)
        found = []
        by_shift: dict[str, tuple[bool, bool]] = {}
        for place in find_places(self.facts, self.anyone, slacks):
            slack = place.slack
            if slack.shift.id not in by_shift:
                helper = self.real.as_helper(self.visit, self.real.shifts[slack.shift.id])
                able = may_take(self.facts, lead, slack), may_take(self.facts, helper, slack)
                by_shift[slack.shift.id] = able
            can_lead, can_help = by_shift[slack.shift.id]
            if can_lead or can_help:
                found.append(Option(place, can_lead, can_help))
        return found

    def crews(self, options: Sequence[Option], chosen: tuple[Option, ...], since: int) -> Iterator[tuple[Option, ...]]:
        """Every set of different technicians that can be there together and may still be the cheapest."""
        missing = self.visit.crew_size - len(chosen)
        if missing == 0:
            if any(option.can_lead for option in chosen):
                yield chosen
            return
        spent = sum(option.place.least_cents for option in chosen)
        for number in range(since, len(options)):
            option = options[number]
            if spent + missing * option.place.least_cents >= self.bound:
                return
            crew = (*chosen, option)
            if any(option.technician_id == other.technician_id for other in chosen):
                continue
            if self.common_starts(crew):
                yield from self.crews(options, crew, number + 1)

    def common_starts(self, crew: Sequence[Option]) -> list[float]:
        """The earliest and the latest moment all of them could start; empty when there is none."""
        since = max(option.place.room.earliest for option in crew)
        until = min(option.place.room.latest for option in crew)
        first, last = earliest_in(self.starts, since), latest_in(self.starts, until)
        if first > until + EPSILON_SECONDS:
            return []
        return [first] if last <= first or last == inf else [first, last]

    def try_crew(self, crew: Sequence[Option]) -> None:
        """Keep the crew if it is the cheapest so far."""
        for start in self.common_starts(crew):
            routes = [self.route(option, start) for option in crew]
            if any(route is None for route in routes):
                continue
            added = sum(route[1] for route in routes if route is not None)
            for number, lead in enumerate(crew):
                others = [*crew[:number], *crew[number + 1 :]]
                if not lead.can_lead or not all(other.can_help for other in others):
                    continue
                extra = added + self.lead_cost(lead, others, start)
                if extra < self.bound:
                    self.best = self.found(lead, others, start, extra)

    def route(self, option: Option, start: float) -> tuple[Route, float] | None:
        """One member's route with the visit starting then, and what that adds."""
        if start not in option.routes:
            place = option.place
            route = route_with(self.facts, place.slack, place.room.position, Entry(self.anyone, ((start, start),)))
            extra = inf if route is None else self.cost_of(route) - place.slack.cost
            option.routes[start] = None if route is None else (route, extra)
        return option.routes[start]

    def cost_of(self, route: Route) -> float:
        self.facts.visits[self.anyone.id] = self.anyone
        cost = route_cost(self.facts, route)
        del self.facts.visits[self.anyone.id]
        return cost

    def lead_cost(self, lead: Option, others: Sequence[Option], start: float) -> float:
        problem, shift = self.real.problem, lead.place.slack.shift
        changes = int(is_change_told(self.visit, shift.id, start))
        changes += sum(is_helper_change(self.visit, other.place.slack.shift.id) for other in others)
        cost = assignment_cost(problem, self.visit, shift) + lateness_cost(self.visit, start)
        return cost + changes * problem.prices.change_cents_per_person_told

    def found(self, lead: Option, others: Sequence[Option], start: float, extra: float) -> Found:
        routes = []
        for number, option in enumerate((lead, *others)):
            known = option.routes[start]
            assert known is not None  # noqa: S101 - worked out before
            stops = (replace(stop, visit_id=self.named(stop.visit_id, number)) for stop in known[0].stops)
            routes.append(replace(known[0], stops=tuple(stops)))
        place = CrewPlace(start, tuple(option.place.slack.shift.id for option in (lead, *others)))
        return Found(tuple(routes), extra, start, crew=place)

    def named(self, visit_id: str, number: int) -> str:
        return member_id(visit_id, number) if visit_id == self.visit.id else visit_id


def best_crew(facts: Facts, real: Facts, visit: Visit, slacks: Sequence[RouteSlack], starts: Windows) -> Found | None:
    """The cheapest crew and common start in these windows: one may lead, the others help, all are different people."""
    choice = _Choice(facts, real, visit, starts)
    for crew in choice.crews(choice.options(slacks), (), 0):
        choice.try_crew(crew)
    return choice.best
