"""What would have to move: a window nobody can keep free becomes possible when one visit goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from dispatch.check import check
from dispatch.costs import assemble, breaks_commitment, is_change_told, route_cost
from dispatch.difference import Moved
from dispatch.facts import Entry, Facts
from dispatch.plan import Plan, Route
from dispatch.problem import Assignment, Problem, Shift, TimeWindow, Visit
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.quoting.rooms import Gaps, find_rooms, starts_in
from dispatch.quoting.route_table import size_of, tabulate
from dispatch.quoting.windows import PlaceSearch, find_windows
from dispatch.rules import Windows, hard_windows, intersect, service_seconds
from dispatch.slack import entries_of, standing_windows
from dispatch.timetable import build_route

MOST_TRIED = 200


@dataclass(frozen=True, slots=True)
class MovedQuote:
    """A window that is possible when `moved` goes where it says, for `extra_cost_cents` in all.

    `told_visit_ids` are the visits whose customers were told otherwise and have to be told anew; the price for that is
    in the cost. `problem` and `plan` are those after the booking; the plan has passed `check`.
    """

    window: TimeWindow
    shift_id: str
    start_seconds: float
    extra_cost_cents: float
    is_inside_commitment: bool
    moved: Moved
    told_visit_ids: tuple[str, ...]
    problem: Problem
    plan: Plan


def quote_by_moving(
    problem: Problem,
    plan: Plan,
    visit: Visit,
    windows: Sequence[TimeWindow],
    *,
    slack: PlanSlack | None = None,
    most_tried: int = MOST_TRIED,
) -> tuple[MovedQuote, ...]:
    """For each window that `quote` cannot offer, the cheapest way with one visit moved; windows without are left out.

    The visit that moves keeps its own promise, deadline and rules; locked and frozen ones stay. At most `most_tried`
    visits are tried per window, those nobody was told about and those with the shortest way to the new one first.
    """
    slack = slack or PlanSlack(problem, plan)
    direct = {quoted.window for quoted in find_windows(slack, visit, windows)}
    wanted = [window for window in windows if window not in direct]
    if not wanted:
        return ()
    search = _MoveSearch(slack, visit)
    search.ask(wanted)
    found = (search.cheapest(window, number, most_tried) for number, window in enumerate(wanted))
    return tuple(quote for quote in found if quote is not None)


@dataclass(frozen=True, slots=True)
class _Exit:
    """A visit that could leave its route, and the route's place among the shifts."""

    row: int
    index: int
    visit: Visit
    start_seconds: float


@dataclass(frozen=True, slots=True)
class _Change:
    """Routes that take the place of the plan's, where the visit that moved is now, and what it all costs more."""

    extra_cents: float
    routes: tuple[Route, ...]
    left: _Exit


class _MoveSearch:
    """One more visit, and every visit that could make room for it."""

    def __init__(self, slack: PlanSlack, visit: Visit) -> None:
        self._slack, self._visit = slack, visit
        self._facts = slack.facts.joined_by(visit)
        self._problem = slack.facts.problem
        self._exits = [
            _Exit(row, index, slack.facts.visits[stop.visit_id], stop.start_seconds)
            for row, shift in enumerate(slack.shifts)
            if slack.facts.may_serve(visit, shift)
            for index, stop in enumerate(slack.planned[row].stops)
            if self._may_move(slack.facts.visits[stop.visit_id])
        ]
        self._has_room = np.zeros((0, 0), dtype=bool)
        self._elsewhere: dict[str, tuple[float, Route] | None] = {}

    def _may_move(self, visit: Visit) -> bool:
        return visit.lock is None and self._facts.pinned_shift_id(visit) is None

    def ask(self, windows: Sequence[TimeWindow]) -> None:
        """Work out in columns which routes, less one visit, have room in which window."""
        own = hard_windows(self._problem, self._visit)
        asked = [intersect(own, ((window.from_seconds, window.until_seconds),)) for window in windows]
        shifts: list[Shift] = [self._slack.shifts[left.row] for left in self._exits]
        routes = [_without(self._slack.planned[left.row], left.index) for left in self._exits]
        size = size_of(self._facts, shifts, routes)
        table = tabulate(self._facts, self._slack.roads, shifts, routes, size)
        gaps = Gaps(self._slack.roads, table)
        rooms = find_rooms(
            self._slack.roads,
            table,
            gaps,
            np.ones(len(shifts), dtype=bool),
            location=self._visit.location,
            service=np.array([service_seconds(self._visit, shift) for shift in shifts]),
            assignment_cents=np.zeros(len(shifts)),
        )
        has_room = np.zeros((len(windows), len(self._exits)), dtype=bool)
        for number, starts in enumerate(starts_in(rooms, asked)):
            has_room[number, gaps.row[rooms.gap[np.isfinite(starts)]]] = True
        self._has_room = has_room

    def cheapest(self, window: TimeWindow, number: int, most_tried: int) -> MovedQuote | None:
        """The cheapest change that frees the window, proven; None when no single move does."""
        hard = intersect(hard_windows(self._problem, self._visit), ((window.from_seconds, window.until_seconds),))
        best: _Change | None = None
        exits = [self._exits[index] for index in np.flatnonzero(self._has_room[number]).tolist()]
        for left in sorted(exits, key=self._likelihood)[:most_tried]:
            change = self._change(left, hard)
            if change is not None and (best is None or change.extra_cents < best.extra_cents):
                best = change
        return None if best is None else self._write(window, best)

    def _likelihood(self, left: _Exit) -> tuple[bool, float, str]:
        current = left.visit.current
        is_told = current is not None and current.is_told
        return is_told, self._facts.roads.seconds(left.visit.location, self._visit.location), left.visit.id

    def _change(self, left: _Exit, hard: Windows) -> _Change | None:
        """The visit leaves its route or its place in it, and the new one goes in, each where it is cheapest."""
        before = self._slack.planned[left.row]
        shift = self._slack.shifts[left.row]
        entries = [entry for index, entry in enumerate(entries_of(self._facts, before)) if index != left.index]
        cost = route_cost(self._facts, before)
        joined = self._best_with(shift, entries, Entry(self._visit, hard))
        if joined is None:
            return None
        held = Entry(left.visit, standing_windows(self._facts, left.visit, left.start_seconds))
        changes = []
        elsewhere = self._find_elsewhere(left, held)
        if elsewhere is not None:
            extra, route = elsewhere
            changes.append(_Change(route_cost(self._facts, joined) - cost + extra, (joined, route), left))
        for position in range(len(entries) + 1):
            with_new = [*entries[:position], Entry(self._visit, hard), *entries[position:]]
            reordered = self._best_with(shift, with_new, held)
            if reordered is not None:
                changes.append(_Change(route_cost(self._facts, reordered) - cost, (reordered,), left))
        return min(changes, key=lambda change: change.extra_cents, default=None)

    def _best_with(self, shift: Shift, entries: Sequence[Entry], more: Entry) -> Route | None:
        """The cheapest route through these entries in order, with one more anywhere."""
        routes = (
            build_route(self._facts, shift, (*entries[:position], more, *entries[position:]))
            for position in range(len(entries) + 1)
        )
        possible = [route for route in routes if route is not None]
        return min(possible, key=lambda route: route_cost(self._facts, route), default=None)

    def _find_elsewhere(self, left: _Exit, held: Entry) -> tuple[float, Route] | None:
        """The cheapest place for a visit in all other routes."""
        if left.visit.id not in self._elsewhere:
            own_shift = self._slack.shifts[left.row].id
            place = PlaceSearch(self._slack, left.visit, without=(own_shift,)).cheapest([held.windows])[0]
            self._elsewhere[left.visit.id] = None if place is None else (place.extra_cents, place.route)
        return self._elsewhere[left.visit.id]

    def _write(self, window: TimeWindow, change: _Change) -> MovedQuote | None:
        where = {stop.visit_id: (route.shift_id, stop.start_seconds) for route in change.routes for stop in route.stops}
        shift_id, start = where[self._visit.id]
        booked = replace(self._visit, promised_window=window, current=Assignment(shift_id, start))
        after = replace(self._problem, visits=(*self._problem.visits, booked))
        changed = {route.shift_id for route in change.routes}
        routes = (*change.routes, *(route for route in self._slack.plan.routes if route.shift_id not in changed))
        reasons = {unplaced.visit_id: unplaced.reason for unplaced in self._slack.plan.unplaced}
        plan = assemble(Facts(after), routes, reasons, {"came_from": "move"})
        if check(after, plan):
            return None
        to_shift, to_start = where[change.left.visit.id]
        return MovedQuote(
            window,
            shift_id,
            start,
            change.extra_cents,
            not breaks_commitment(self._visit, start),
            Moved(
                change.left.visit.id,
                self._slack.shifts[change.left.row].id,
                to_shift,
                change.left.start_seconds,
                to_start,
            ),
            tuple(self._newly_told(where)),
            after,
            plan,
        )

    def _newly_told(self, where: dict[str, tuple[str, float]]) -> Iterator[str]:
        before = {
            stop.visit_id: (route.shift_id, stop.start_seconds)
            for route in self._slack.plan.routes
            for stop in route.stops
        }
        for visit_id, place in where.items():
            visit = self._facts.visits[visit_id]
            if is_change_told(visit, *place) and not is_change_told(visit, *before.get(visit_id, ("", inf))):
                yield visit_id


def _without(route: Route, index: int) -> Route:
    """The route without one stop, not timed anew: the columns only need its visits and their present starts."""
    return replace(route, stops=(*route.stops[:index], *route.stops[index + 1 :]))
