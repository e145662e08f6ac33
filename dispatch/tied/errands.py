"""Choosing where to pick up what the van lacks: which point, when in the route, and the visit behind it (P2).

A pick-up that is in the route already is shared where it has what is needed; otherwise every pair of places for a new
one and the visit is looked at, cheapest driving first, until no other can be cheaper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import inf

from dispatch.costs import MINUTE_SECONDS, assignment_cost, route_cost
from dispatch.facts import Entry, Facts
from dispatch.places import cheapest, find_places, may_take
from dispatch.plan import Route
from dispatch.problem import PickUpPoint, Shift, Visit
from dispatch.rules import Windows, intersect
from dispatch.slack import RouteSlack
from dispatch.tied.forms import Errand, Picked, errand_visit
from dispatch.tied.found import Found
from dispatch.timetable import build_route, leg_to

MOST_POINTS = 2
"""What one visit needs may come from up to so many new stops, one after the other."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a van lacks for one visit."""

    tools: frozenset[str]
    parts: Mapping[str, int]


class Stocks:
    """What the points still hold when everything planned so far is fetched."""

    def __init__(
        self,
        points: Sequence[PickUpPoint],
        errands: Mapping[str, Errand],
        picked: Mapping[str, tuple[Picked, ...]],
    ) -> None:
        """Count what is taken."""
        self.points = points
        self.errands = errands
        self._taken: Counter[tuple[str, str]] = Counter()
        for visits_picks in picked.values():
            for one in visits_picks:
                point_id = errands[one.errand_id].point.id
                self._taken.update({(point_id, part): count for part, count in one.parts.items()})

    def share(self, point: PickUpPoint, need: Need) -> Need:
        """What of the need this point can give."""
        tools = need.tools if point.tools is None else need.tools & point.tools
        if point.parts is None:
            return Need(tools, need.parts)
        held = point.parts
        left = {part: held.get(part, 0) - self._taken[point.id, part] for part in need.parts}
        return Need(tools, {part: count for part, count in need.parts.items() if count <= left[part]})


def lacking(visit: Visit, slack: RouteSlack) -> Need:
    """What the van lacks for this visit, the other visits of the route served."""
    held = Counter(slack.shift.parts)
    for entry in slack.entries:
        held.subtract(entry.visit.parts)
    parts = {part: count - max(0, held[part]) for part, count in visit.parts.items() if count > max(0, held[part])}
    return Need(visit.tools - slack.shift.tools, parts)


def without(visit: Visit, need: Need) -> Visit:
    """The visit with only what the van brings."""
    parts = Counter(visit.parts)
    parts.subtract(need.parts)
    return replace(visit, tools=visit.tools - need.tools, parts=dict(+parts))


def ready_at(point: PickUpPoint, need: Need) -> float:
    """From when on the point has all of it."""
    return max([-inf, *(point.part_arrivals_seconds.get(part, -inf) for part in need.parts)])


def best_errand(
    facts: Facts,
    visit: Visit,
    slacks: Sequence[RouteSlack],
    starts: Windows,
    stocks: Stocks,
    name: str,
    below: float,
) -> Found | None:
    """The cheapest way below `below` to serve the visit from a van that lacks something, by way of a pick-up."""
    best: Found | None = None
    tries: list[_Try] = []
    for slack in slacks:
        need = lacking(visit, slack)
        bare = without(visit, need)
        if not (need.tools or need.parts) or not may_take(facts, bare, slack):
            continue
        found = _by_standing_errand(facts, bare, slack, starts, stocks, need)
        if found is not None and found.extra_cents < below:
            best, below = found, found.extra_cents
        tries.extend(_tries(facts, bare, slack, stocks, need))
    for one in sorted(tries, key=lambda one: one.least_cents):
        if one.least_cents >= below:
            break
        found = one.build(facts, starts, name)
        if found is not None and found.extra_cents < below:
            best, below = found, found.extra_cents
    return best


def _by_standing_errand(
    facts: Facts, bare: Visit, slack: RouteSlack, starts: Windows, stocks: Stocks, need: Need
) -> Found | None:
    best: Found | None = None
    for entry in slack.entries:
        errand = stocks.errands.get(entry.visit.id)
        if errand is None or stocks.share(errand.point, need) != need:
            continue
        if errand.start_seconds < ready_at(errand.point, need):
            continue
        later = intersect(starts, ((errand.end_seconds, inf),))
        found = cheapest(facts, bare, find_places(facts, bare, [slack]), later)
        if found is not None and (best is None or found.extra_cents < best.extra_cents):
            stop = next(stop for stop in found.route.stops if stop.visit_id == bare.id)
            picked = (Picked(errand.id, need.tools, need.parts),)
            best = Found((found.route,), found.extra_cents, stop.start_seconds, picked=picked)
    return best


def covers(stocks: Stocks, need: Need, most: int) -> Iterator[tuple[tuple[PickUpPoint, Need], ...]]:
    """The ways to get all of it at up to `most` points, each with what it gives, in every order."""
    for count in range(1, most + 1):
        is_found = False
        for points in permutations(stocks.points, count):
            shares = []
            left = need
            for point in points:
                share = stocks.share(point, left)
                parts = {part: number for part, number in left.parts.items() if part not in share.parts}
                left = Need(left.tools - share.tools, parts)
                shares.append((point, share))
            if not left.tools and not left.parts and all(share.tools or share.parts for _, share in shares):
                is_found = True
                yield tuple(shares)
        if is_found:
            return


@dataclass(frozen=True, slots=True)
class _Try:
    """New pick-ups before entry `first` of a route, and the visit behind them, before entry `second`."""

    least_cents: float
    slack: RouteSlack
    bare: Visit
    cover: tuple[tuple[PickUpPoint, Need], ...]
    first: int
    second: int

    def build(self, facts: Facts, starts: Windows, name: str) -> Found | None:
        entries, shift = self.slack.entries, self.slack.shift
        names = [f"{name}.{number}" for number in range(len(self.cover))]
        freeze = facts.problem.freeze_until_seconds
        earliest = -inf if freeze is None else freeze
        stops = [
            Entry(errand_visit(own, point), ((max(earliest, ready_at(point, need)), inf),))
            for own, (point, need) in zip(names, self.cover, strict=True)
        ]
        order = [*entries[: self.first], *stops, *entries[self.first : self.second]]
        order += [Entry(self.bare, starts), *entries[self.second :]]
        most = shift.max_visits
        roomy = replace(shift, max_visits=None if most is None else most + len(stops))
        route = build_route(facts, roomy, order)
        if route is None:
            return None
        at = {stop.visit_id: stop.start_seconds for stop in route.stops}
        errands = tuple(
            Errand(own, point, shift.id, at[own]) for own, (point, _) in zip(names, self.cover, strict=True)
        )
        picked = tuple(Picked(own, need.tools, need.parts) for own, (_, need) in zip(names, self.cover, strict=True))
        extra = _cost_of(facts, route, stops) - self.slack.cost
        return Found((route,), extra, at[self.bare.id], errands=errands, picked=picked)


def _cost_of(facts: Facts, route: Route, stops: Sequence[Entry]) -> float:
    for entry in stops:
        facts.visits[entry.visit.id] = entry.visit
    cost = route_cost(facts, route)
    for entry in stops:
        del facts.visits[entry.visit.id]
    return cost


def _tries(facts: Facts, bare: Visit, slack: RouteSlack, stocks: Stocks, need: Need) -> Iterator[_Try]:
    shift = slack.shift
    prices = facts.problem.prices
    fixed = assignment_cost(facts.problem, bare, shift) + (0.0 if slack.entries else prices.shift_use_cents)
    fixed -= slack.waiting_seconds / MINUTE_SECONDS * prices.waiting_cents_per_minute
    per_second = prices.travel_cents_per_minute / MINUTE_SECONDS * min(1.0, facts.roads.fastest_factor)
    places: list[int | None] = [shift.start_location, *(entry.visit.location for entry in slack.entries)]
    places.append(shift.end_location)
    count = len(slack.entries)
    for cover in covers(stocks, need, MOST_POINTS):
        points = [point.location for point, _ in cover]
        for first in range(count + 1):
            for second in range(first, count + 1):
                if first == second:
                    added = _detour(facts, shift, places, first, [*points, bare.location])
                else:
                    added = _detour(facts, shift, places, first, points)
                    added += _detour(facts, shift, places, second, [bare.location])
                if added < inf:
                    yield _Try(fixed + added * per_second, slack, bare, cover, first, second)


def _detour(facts: Facts, shift: Shift, places: Sequence[int | None], before: int, over: Sequence[int]) -> float:
    """Seconds of driving added by these places between two that follow each other; an unused shift has not driven."""
    here, there = places[before], places[before + 1]
    assert here is not None  # noqa: S101 - only the end may be open
    at, added = here, 0.0
    for place in over:
        added += leg_to(facts, shift, at, place)[0]
        at = place
    if there is None:
        return added
    is_empty = len(places) == 2  # noqa: PLR2004 - start and end alone
    return added + leg_to(facts, shift, at, there)[0] - (0.0 if is_empty else leg_to(facts, shift, here, there)[0])
