"""How much room a route has: earliest departures and latest starts, with each number of breaks taken.

Built once per plan version; tells in constant time per place whether one more visit fits, and from when until when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from dispatch.costs import breaks_commitment, breaks_promise, route_cost, schedule_cost, waiting_seconds
from dispatch.facts import Entry, Facts, latest_return, needed_breaks
from dispatch.plan import Route
from dispatch.problem import Visit
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import Windows, latest_in, plain_window, service_seconds, within
from dispatch.timetable import leg_to, ready_times


@dataclass(frozen=True, slots=True)
class Room:
    """A place for one more visit before stop `position`.

    It may start from `earliest` until `latest` (both included), and adds `travel_seconds` of driving (before the hour
    factors).
    """

    position: int
    earliest: float
    latest: float
    travel_seconds: float


class StandingRoute:
    """One route of a plan, whose visits keep their order and their windows, and what it costs."""

    def __init__(self, facts: Facts, route: Route) -> None:
        """Hold the visits of a route of the plan to what they were promised."""
        self.route = route
        self.shift = facts.shifts[route.shift_id]
        self.entries = entries_of(facts, route)
        self.schedule_cost = schedule_cost(facts, route)


class RouteSlack(StandingRoute):
    """The room in one route."""

    def __init__(self, facts: Facts, route: Route) -> None:
        """Work the arrays out for a route of the plan."""
        super().__init__(facts, route)
        self.cost = route_cost(facts, route)
        self.waiting_seconds = waiting_seconds(route, self.shift)
        self._facts = facts
        self._rests = needed_breaks(self.shift)
        self._ready = [[end for end, _ in row] for row in ready_times(facts, self.shift, self.entries)]
        self._latest = self._latest_starts()

    def _latest_starts(self) -> list[list[float]]:
        """Per stop, and last for the return: the latest start with this many breaks taken before it."""
        rests, roads = self._rests, self._facts.roads
        limit = latest_return(self.shift)
        rows = [[min(limit, roads.leave_by(inf, 0.0, rests[taken:])) for taken in range(len(rests) + 1)]]
        there = self.shift.end_location
        for entry in reversed(self.entries):
            base = 0.0 if there is None else leg_to(self._facts, self.shift, entry.visit.location, there)[0]
            rows.append([self._latest_start(entry, rows[-1], base, taken) for taken in range(len(rests) + 1)])
            there = entry.visit.location
        return rows[::-1]

    def _latest_start(self, entry: Entry, later: Sequence[float], base: float, taken: int) -> float:
        best = -inf
        for after in range(taken, len(self._rests) + 1):
            if later[after] > -inf:
                leave = self._facts.roads.leave_by(later[after], base, self._rests[taken:after])
                best = max(best, latest_in(entry.windows, leave - service_seconds(entry.visit, self.shift)))
        return best

    def rooms(self, visit: Visit) -> Iterator[Room]:
        """Every place the visit fits in time, and when it may start there; its own windows are not looked at."""
        places = [self.shift.start_location, *(entry.visit.location for entry in self.entries)]
        ends: list[int | None] = [*places[1:], self.shift.end_location]
        for position, (here, there) in enumerate(zip(places, ends, strict=True)):
            to_visit, _ = leg_to(self._facts, self.shift, here, visit.location)
            onward = direct = 0.0
            if there is not None:
                onward, _ = leg_to(self._facts, self.shift, visit.location, there)
                direct, _ = leg_to(self._facts, self.shift, here, there) if self.entries else (0.0, 0.0)
            added = to_visit + onward - direct
            for earliest, latest in self._spans(position, to_visit, onward, service_seconds(visit, self.shift)):
                yield Room(position, earliest, latest, added)

    def _spans(self, position: int, to_visit: float, onward: float, duration: float) -> Iterator[tuple[float, float]]:
        rests, roads = self._rests, self._facts.roads
        ready, later = self._ready[position], self._latest[position]
        for between in range(len(rests) + 1):
            earliest = min(
                (
                    roads.drive(ready[taken], to_visit, rests[taken:between])
                    for taken in range(between + 1)
                    if ready[taken] < inf
                ),
                default=inf,
            )
            if earliest == inf:
                continue
            latest = (
                max(
                    roads.leave_by(later[taken], onward, rests[between:taken])
                    for taken in range(between, len(rests) + 1)
                )
                - duration
            )
            if earliest <= latest + EPSILON_SECONDS:
                yield earliest, latest


def entries_of(facts: Facts, route: Route) -> tuple[Entry, ...]:
    """The route's visits, each held to the best windows its present start keeps; a broken one may not get later."""
    visits = [facts.visits[stop.visit_id] for stop in route.stops]
    return tuple(
        Entry(visit, standing_windows(facts, visit, stop.start_seconds))
        for visit, stop in zip(visits, route.stops, strict=True)
    )


def standing_windows(facts: Facts, visit: Visit, start: float) -> Windows:
    """The best windows a start keeps; where it breaks commitment or promise the visit may not get later."""
    single = plain_window(facts.problem, visit)
    if within(single, start):
        return single
    tier = next((tier for tier in facts.tiers(visit) if within(tier.windows, start)), None)
    windows = tier.windows if tier is not None else ((start, start),)
    if breaks_commitment(visit, start) or breaks_promise(visit, start):
        windows = tuple((a, min(b, start)) for a, b in windows if a <= start)
    return windows
