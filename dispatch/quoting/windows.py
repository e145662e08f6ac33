"""Windows for one more visit: the columns find the places, `build_route` proves the few that win."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf

import numpy as np

from dispatch.costs import assignment_cost, breaks_commitment, schedule_cost
from dispatch.facts import Entry, Facts
from dispatch.places import FoundPlace, route_with
from dispatch.plan import QuotedWindow
from dispatch.problem import ObjectiveKind, TimeWindow, Visit
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.quoting.rooms import OwnPrice, Rooms, find_rooms, least_cents, starts_in
from dispatch.quoting.wide_roads import Floats
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import Windows, hard_windows, intersect, service_seconds


def find_windows(slack: PlanSlack, visit: Visit, windows: Sequence[TimeWindow]) -> tuple[QuotedWindow, ...]:
    """For each window the cheapest proven place, one that keeps the visit's deadline if there is one."""
    search = PlaceSearch(slack, visit)
    own = hard_windows(slack.facts.problem, visit)
    asked = [intersect(own, ((window.from_seconds, window.until_seconds),)) for window in windows]
    quoted = []
    for window, found in zip(windows, search.cheapest(asked), strict=True):
        if found is not None:
            start = float(found.route.stops[found.position].start_seconds)
            is_inside = not breaks_commitment(visit, start)
            quoted.append(
                QuotedWindow(window, found.route.shift_id, found.position, start, float(found.extra_cents), is_inside)
            )
    return tuple(quoted)


class PlaceSearch:
    """The places for one visit in one plan."""

    def __init__(self, slack: PlanSlack, visit: Visit, *, without: Collection[str] = ()) -> None:
        """Find every room for the visit; the shifts named in `without` are left out."""
        self._slack = slack
        self._without = without
        self._visit = visit
        self._facts: Facts = slack.facts.joined_by(visit)
        self._may_serve: dict[int, bool] = {}
        self._rooms = self._find_rooms()

    def _find_rooms(self) -> Rooms:
        slack, visit = self._slack, self._visit
        prices = self._facts.problem.prices
        cents = slack.columns.surplus_levels(visit) * prices.over_qualified_cents
        if visit.preferred_technician_ids:
            cents = cents + np.where(
                slack.columns.among(visit.preferred_technician_ids), 0.0, prices.refused_preference_cents
            )
        return find_rooms(
            slack.roads,
            slack.table,
            slack.gaps,
            slack.may_take(self._facts, visit) & ~slack.rows_of(self._without),
            location=visit.location,
            service=self._service(),
            assignment_cents=cents,
        )

    def _service(self) -> Floats:
        """Seconds on site per route: the time of the technician's grade where the visit knows one."""
        if not self._visit.duration_seconds_by_grade:
            return np.full(len(self._slack.shifts), self._visit.duration_seconds)
        return np.array([service_seconds(self._visit, shift) for shift in self._slack.shifts])

    def cheapest(self, asked: Sequence[Windows]) -> list[FoundPlace | None]:
        """Per question the cheapest place, among those that keep the deadline if there are any."""
        starts = starts_in(self._rooms, asked)
        least = self._least(starts)
        deadline = self._visit.deadline_seconds
        found: list[FoundPlace | None] = []
        for number, windows in enumerate(asked):
            place = None
            if deadline is not None:
                in_time = np.where(starts[number] <= deadline + EPSILON_SECONDS, least[number], inf)
                place = self._prove(in_time, intersect(windows, ((-inf, deadline),)))
            if place is None:
                place = self._prove(least[number], windows)
            found.append(place)
        return found

    def _least(self, starts: Floats) -> Floats:
        slack, visit = self._slack, self._visit
        problem = self._facts.problem
        if problem.objective is not ObjectiveKind.PRODUCT:
            return np.where(np.isfinite(starts), -inf, inf)
        own = OwnPrice(
            inf if visit.deadline_seconds is None else visit.deadline_seconds, visit.lateness_cents_per_minute
        )
        return least_cents(slack.roads, slack.table, slack.gaps, self._rooms, starts, problem.prices, own)

    def _prove(self, least: Floats, windows: Windows) -> FoundPlace | None:
        """The cheapest place by building routes in the order of what each costs at least."""
        best: FoundPlace | None = None
        tried: set[int] = set()
        open_rooms = np.flatnonzero(least < inf)
        for room in open_rooms[np.argsort(least[open_rooms], kind="stable")].tolist():
            if best is not None and least[room] >= best.extra_cents:
                break
            gap = int(self._rooms.gap[room])
            if gap not in tried:
                tried.add(gap)
                found = self._build(gap, windows)
                if found is not None and (best is None or found.extra_cents < best.extra_cents):
                    best = found
        return best

    def _build(self, gap: int, windows: Windows) -> FoundPlace | None:
        row, position = int(self._slack.gaps.row[gap]), int(self._slack.gaps.position[gap])
        if not self._is_able(row):
            return None
        standing = self._slack.standing(row)
        route = route_with(self._facts, standing, position, Entry(self._visit, windows))
        if route is None:
            return None
        extra = schedule_cost(self._facts, route) - standing.schedule_cost
        if self._facts.problem.objective is ObjectiveKind.PRODUCT:
            extra += assignment_cost(self._facts.problem, self._visit, standing.shift)
        return FoundPlace(route, position, extra)

    def _is_able(self, row: int) -> bool:
        known = self._may_serve.get(row)
        if known is None:
            known = self._may_serve[row] = self._facts.may_serve(self._visit, self._slack.shifts[row])
        return known
