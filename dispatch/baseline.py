"""The simple plan everybody understands: each visit goes to the nearest technician who may and can take it (D7)."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np
import numpy.typing as npt

from dispatch.costs import assemble
from dispatch.facts import Entry, Facts, available_from, latest_return
from dispatch.plan import Plan, Route
from dispatch.problem import Problem, Shift, Visit
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import Tier, earliest_in, service_seconds, start_tiers
from dispatch.timetable import build_route, leg_to


def nearest_technician_plan(problem: Problem) -> Plan:
    """Most urgent visit first, appended to the route of the qualified technician who is nearest at that point.

    Pinned visits keep their places. What nobody can append is left unplaced, and so is what needs a crew, follows
    other visits, or needs something picked up.
    """
    facts = Facts(problem)
    routes = pinned_routes(facts)
    ends = Ends(facts, routes)
    for visit in sorted(problem.visits, key=_urgency):
        if facts.pinned_shift_id(visit) is None and visit.crew_size == 1 and not visit.must_follow_ids:
            _append_to_nearest(facts, routes, ends, visit)
    return assemble(facts, (route for route, _ in routes.values()), {}, {"came_from": "nearest"})


class Ends:
    """Where each route ends so far, to find the nearest technicians for a visit quickly."""

    def __init__(self, facts: Facts, routes: dict[str, tuple[Route, tuple[Entry, ...]]]) -> None:
        """Of these routes."""
        shifts = [facts.shifts[shift_id] for shift_id in sorted(routes)]
        self._seconds = facts.problem.travel.seconds
        self._rows = {shift.id: row for row, shift in enumerate(shifts)}
        self._speeds = np.array([shift.speed_factor for shift in shifts])
        self._here = np.array([_end_of(shift, routes[shift.id][1]) for shift in shifts], np.int64)
        self._known: dict[int, tuple[tuple[Shift, ...], tuple[Shift, ...], npt.NDArray[np.int64]]] = {}

    def move(self, shift: Shift, location: int) -> None:
        """A route ends elsewhere now."""
        self._here[self._rows[shift.id]] = location

    def nearest_first(self, able: tuple[Shift, ...], location: int) -> Iterator[Shift]:
        """These shifts, those without a route left out, by the drive to the location and then by id."""
        known = self._known.get(id(able))
        if known is None:
            held = tuple(sorted((shift for shift in able if shift.id in self._rows), key=lambda shift: shift.id))
            # Visits that ask for the same share one tuple; it is kept, so that no other gets its identity.
            known = able, held, np.array([self._rows[shift.id] for shift in held], np.int64)
            self._known[id(able)] = known
        _, held, rows = known
        away = self._seconds[self._here[rows], location] / self._speeds[rows]
        return (held[index] for index in np.argsort(away, kind="stable"))


def pinned_routes(facts: Facts) -> dict[str, tuple[Route, tuple[Entry, ...]]]:
    """Per shift the route of its pinned visits alone, with its entries."""
    pinned: dict[str, list[Entry]] = {shift_id: [] for shift_id in facts.shifts}
    for visit in facts.visits.values():
        for number, (shift_id, member) in enumerate(facts.pinned_members(visit)):
            pinned[shift_id].append(Entry(member, facts.tiers(visit)[0].windows, helps=number > 0))
    routes = {}
    for shift_id, entries in pinned.items():
        entries.sort(key=lambda entry: (entry.windows[0][0], entry.visit.duration_seconds, entry.visit.id))
        route = build_route(facts, facts.shifts[shift_id], entries)
        if route is not None:
            routes[shift_id] = (route, tuple(entries))
    return routes


def _urgency(visit: Visit) -> tuple[float, int, str]:
    due = [inf if visit.deadline_seconds is None else visit.deadline_seconds]
    if visit.promised_window is not None:
        due.append(visit.promised_window.until_seconds)
    return min(due), -visit.priority, visit.id


def _append_to_nearest(
    facts: Facts, routes: dict[str, tuple[Route, tuple[Entry, ...]]], ends: Ends, visit: Visit
) -> None:
    able = facts.able_shifts(visit)
    for tier in start_tiers(facts.problem, visit):
        for shift in ends.nearest_first(able, visit.location):
            if _is_hopeless(facts, shift, routes[shift.id], visit, tier):
                continue
            entries = (*routes[shift.id][1], Entry(visit, tier.windows))
            route = build_route(facts, shift, entries)
            if route is not None:
                routes[shift.id] = (route, entries)
                ends.move(shift, visit.location)
                return


def _is_hopeless(
    facts: Facts, shift: Shift, standing: tuple[Route, tuple[Entry, ...]], visit: Visit, tier: Tier
) -> bool:
    """Whether driving alone already makes the visit or the return too late; saves building the route."""
    route, entries = standing
    here = _end_of(shift, entries)
    at = route.stops[-1].end_seconds if route.stops else available_from(shift)
    fastest = facts.roads.fastest_factor
    start = earliest_in(tier.windows, at + leg_to(facts, shift, here, visit.location)[0] * fastest)
    home = 0.0
    if shift.end_location is not None:
        home = leg_to(facts, shift, visit.location, shift.end_location)[0] * fastest
    return start + service_seconds(visit, shift) + home > latest_return(shift) + EPSILON_SECONDS


def _end_of(shift: Shift, entries: tuple[Entry, ...]) -> int:
    return entries[-1].visit.location if entries else shift.start_location
