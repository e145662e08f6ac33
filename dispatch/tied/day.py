"""Routes being worked on when visits are tied to one another.

`facts` knows the visits as the search for single visits sees them (`dispatch.tied.forms`), so everything that plans
single visits works on these routes unchanged; `plan` gives the plan in the problem's own terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

from dispatch.baseline import pinned_routes
from dispatch.costs import assemble
from dispatch.facts import Entry, Facts
from dispatch.plan import PickUp, Plan, Route, Stop
from dispatch.problem import Problem, Visit
from dispatch.rules import Windows, intersect
from dispatch.slack import RouteSlack
from dispatch.tied.crews import best_crew
from dispatch.tied.errands import Stocks, best_errand
from dispatch.tied.forms import (
    CrewPlace,
    Errand,
    Picked,
    errand_visit,
    members,
    narrowed,
    pinned,
    shift_form,
    single_problem,
    supplied,
)
from dispatch.tied.found import Found, best_single
from dispatch.tied.relations import Relations, longest_seconds
from dispatch.timetable import build_route

Order = Callable[[Visit], tuple[float, ...]]


@dataclass(slots=True)
class _Removal:
    routes: list[Route]
    errands: set[str]


class TiedDay:
    """Routes, the crews and pick-ups in them, and what is not placed. Pinned visits stand from the beginning."""

    def __init__(self, problem: Problem) -> None:
        """Start with the pinned visits alone; the problem has passed `validate`."""
        self.problem = problem
        self.real = Facts(problem)
        self.relations = Relations(problem)
        self.facts = Facts(single_problem(problem))
        self.crews: dict[str, CrewPlace] = {}
        self.errands: dict[str, Errand] = {}
        self.picked: dict[str, tuple[Picked, ...]] = {}
        self.member_of: dict[str, str] = {}
        self.slacks: dict[str, RouteSlack] = {}
        self.where: dict[str, str] = {}
        self.errand_count = 0
        for visit in problem.visits:
            shift_ids = tuple(shift_id for shift_id, _ in self.real.pinned_members(visit))
            if visit.crew_size > 1 and shift_ids and visit.current is not None:
                self.set_crew(visit, CrewPlace(visit.current.start_seconds, shift_ids))
        for route, _ in pinned_routes(self.facts).values():
            self.put(route)
        self.missing = [visit for visit in problem.visits if not self.is_placed(visit.id)]

    def copy(self) -> TiedDay:
        """The same day, to try something on."""
        other = object.__new__(TiedDay)
        other.problem, other.real, other.relations = self.problem, self.real, self.relations
        other.facts = self.facts.copy()
        other.crews, other.errands, other.picked = dict(self.crews), dict(self.errands), dict(self.picked)
        other.member_of, other.where = dict(self.member_of), dict(self.where)
        other.slacks, other.missing = dict(self.slacks), list(self.missing)
        other.errand_count = self.errand_count
        return other

    def become(self, other: TiedDay) -> None:
        """Be as a copy was."""
        twin = other.copy()
        for name in ("facts", "crews", "errands", "picked", "member_of", "where", "slacks", "missing", "errand_count"):
            setattr(self, name, getattr(twin, name))

    # What stands where.

    def is_placed(self, visit_id: str) -> bool:
        """Whether the visit is in a route, or its crew in theirs."""
        return visit_id in self.crews or visit_id in self.where

    def is_free(self, visit: Visit) -> bool:
        """Whether the visit may be taken out."""
        return self.real.pinned_shift_id(visit) is None

    def times(self, visit_id: str) -> tuple[float, float] | None:
        """Start and end of a placed visit."""
        place = self.crews.get(visit_id)
        if place is not None:
            return place.start_seconds, place.start_seconds + self.relations.visits[visit_id].duration_seconds
        shift_id = self.where.get(visit_id)
        if shift_id is None:
            return None
        stop = next(stop for stop in self.slacks[shift_id].route.stops if stop.visit_id == visit_id)
        return stop.start_seconds, stop.end_seconds

    def span(self, visit: Visit) -> tuple[float, float] | None:
        """Between which times the visit may start because of those before and after it; None while one is missing."""
        since, until = -inf, inf
        for earlier_id in self.relations.before.get(visit.id, ()):
            times = self.times(earlier_id)
            if times is None:
                return None
            since = max(since, times[1])
        for later_id in self.relations.after.get(visit.id, ()):
            times = self.times(later_id)
            if times is not None and self.is_free(self.relations.visits[later_id]):
                until = min(until, times[0] - longest_seconds(visit))
        return since, until

    # Placing.

    def put_in(self, order: Order) -> None:
        """Insert the missing visits, each at its cheapest place in its best tier; what follows others after them."""
        waiting = sorted(self.missing, key=order)
        is_moving = True
        while waiting and is_moving:
            self.missing = []
            for visit in waiting:
                found = self.find(visit)
                if found is None:
                    self.missing.append(visit)
                else:
                    self.commit(visit, found)
            is_moving = len(self.missing) < len(waiting) and bool(self.relations.before)
            waiting = list(self.missing)

    def find(self, visit: Visit, only: frozenset[str] | None = None) -> Found | None:
        """The cheapest way to place the visit in its best tier, in the shifts of `only` when given."""
        for tier in self.real.tiers(visit):
            found = self.find_in(visit, tier.windows, only)
            if found is not None:
                return found
        return None

    def find_in(self, visit: Visit, windows: Windows, only: frozenset[str] | None = None) -> Found | None:
        """The cheapest way to place the visit with a start in these windows."""
        span = self.span(visit)
        starts = () if span is None else intersect(windows, (span,))
        if not starts:
            return None
        slacks = [slack for slack in self.slacks.values() if only is None or slack.shift.id in only]
        if visit.crew_size > 1:
            return best_crew(self.facts, self.real, visit, slacks, starts)
        found = best_single(self.facts, visit, slacks, starts)
        if not self.problem.pick_up_points or not (visit.tools or visit.parts):
            return found
        below = inf if found is None else found.extra_cents
        stocks = Stocks(self.problem.pick_up_points, self.errands, self.picked)
        name = f"pick-up\n{self.errand_count}"
        return best_errand(self.facts, visit, slacks, starts, stocks, name, below) or found

    def commit(self, visit: Visit, found: Found) -> None:
        """Place the visit the way it was found."""
        if found.crew is not None:
            self.set_crew(visit, found.crew)
        for errand in found.errands:
            self.set_errand(errand)
        if found.picked:
            self.picked[visit.id] = found.picked
        for route in found.routes:
            self.put(route)
        self.refresh([visit.id, *self._touched(found.routes)])

    def set_crew(self, visit: Visit, place: CrewPlace) -> None:
        """Make the members known; their routes are put by the caller."""
        self.crews[visit.id] = place
        for member in members(self.real, visit, place):
            self.member_of[member.id] = visit.id
            self.facts.learn(member)

    def set_errand(self, errand: Errand) -> None:
        """Make a pick-up known; its route is put by the caller."""
        self.errand_count += 1
        self.errands[errand.id] = errand
        self.facts.learn(pinned(errand_visit(errand.id, errand.point), errand.shift_id, errand.start_seconds))
        self._reshape(errand.shift_id)

    def put(self, route: Route) -> None:
        """Replace one shift's route."""
        known = self.slacks.get(route.shift_id)
        for stop in () if known is None else known.route.stops:
            if self.where.get(stop.visit_id) == route.shift_id:
                del self.where[stop.visit_id]
        for stop in route.stops:
            self.where[stop.visit_id] = route.shift_id
        self.slacks[route.shift_id] = RouteSlack(self.facts, route)

    # Taking out.

    def take_out(self, visits: Iterable[Visit]) -> None:
        """Remove free visits and what follows them; nothing happens where a route cannot do without one."""
        ids = self.relations.with_followers(visit.id for visit in visits)
        chosen = [self.relations.visits[visit_id] for visit_id in ids]
        wanted = {visit.id for visit in chosen if self.is_placed(visit.id) and self.is_free(visit)}
        removal = self._removal(wanted)
        if removal is None:
            return
        for errand_id in removal.errands:
            del self.errands[errand_id]
        for route in removal.routes:
            self._reshape(route.shift_id)
            self.put(route)
        for visit_id in [*wanted, *removal.errands]:
            self._forget(visit_id)
        self.missing.extend(self.relations.visits[visit_id] for visit_id in ids if visit_id in wanted)
        self.refresh([*ids, *self.relations.neighbours(ids), *self._touched(removal.routes)])

    def _removal(self, wanted: set[str]) -> _Removal | None:
        """The routes without these, and without the pick-ups nobody else needs."""
        needed = {one.errand_id for visit_id, picked in self.picked.items() if visit_id not in wanted for one in picked}
        idle = {errand_id for errand_id in self.errands if errand_id not in needed}
        gone = wanted | idle | {member for member, visit_id in self.member_of.items() if visit_id in wanted}
        routes = []
        for shift_id in {self.where[core_id]: None for core_id in sorted(gone) if core_id in self.where}:
            slack = self.slacks[shift_id]
            kept = [entry for entry in slack.entries if entry.visit.id not in gone]
            route = build_route(self.facts, slack.shift, kept)
            if route is None:
                return None
            routes.append(route)
        return _Removal(routes, idle)

    def _forget(self, visit_id: str) -> None:
        self.picked.pop(visit_id, None)
        if self.crews.pop(visit_id, None) is not None:
            for member in [member for member, owner in self.member_of.items() if owner == visit_id]:
                del self.member_of[member]
                self.facts.forget(member)
        elif visit_id not in self.relations.visits:
            self.facts.forget(visit_id)

    # Keeping forms up to date.

    def form(self, visit: Visit, *, span: tuple[float, float] | None = None) -> Visit:
        """A single visit as it now looks to the search: its supplies taken off, its neighbours' times kept to."""
        if not self.is_free(visit):
            return replace(visit, must_follow_ids=())
        bare = visit
        shift_id = self.where.get(visit.id)
        if visit.id in self.picked and shift_id is not None:
            bare = self.supplied(bare, shift_id)
        if span is None:
            since, until = self.span(visit) or (-inf, inf)
            at = self.times(visit.id)
            span = (since, until) if at is None else (min(since, at[0]), max(until, at[0]))
        return narrowed(bare, *span)

    def supplied(self, visit: Visit, shift_id: str) -> Visit:
        """The visit with what was picked up for it taken off its needs, held to that shift."""
        return supplied(visit, self.real.shifts[shift_id], self.picked[visit.id], self.errands)

    def _touched(self, routes: Iterable[Route]) -> list[str]:
        """What has to come before or after a visit in these routes, whose times may be others now."""
        if not self.relations.before:
            return []
        inside = [self.member_of.get(stop.visit_id, stop.visit_id) for route in routes for stop in route.stops]
        return self.relations.neighbours(inside)

    def refresh(self, visit_ids: Sequence[str]) -> None:
        """Learn the present forms of these single visits, and the room in the routes they are in."""
        stale: dict[str, None] = {}
        for visit_id in visit_ids:
            visit = self.relations.visits[visit_id]
            if visit.crew_size > 1:
                continue
            form = self.form(visit)
            if form != self.facts.visits.get(visit_id):
                self.facts.learn(form)
                if visit_id in self.where:
                    stale[self.where[visit_id]] = None
        for shift_id in stale:
            self.slacks[shift_id] = RouteSlack(self.facts, self.slacks[shift_id].route)

    def _reshape(self, shift_id: str) -> None:
        self.facts.shifts[shift_id] = shift_form(self.real.shifts[shift_id], self.errands.values())

    # In the problem's own terms.

    def plan(self, trace: dict[str, float | int | str]) -> Plan:
        """The day as a plan of the problem."""
        return assemble(self.real, (self._own_terms(slack.route) for slack in self.slacks.values()), {}, trace)

    def _own_terms(self, route: Route) -> Route:
        stops: list[Stop] = []
        pick_ups: list[PickUp] = []
        for stop in route.stops:
            errand, crew_id = self.errands.get(stop.visit_id), self.member_of.get(stop.visit_id)
            if errand is not None:
                pick_ups.append(self._pick_up(errand, stop, len(stops)))
            elif crew_id is not None:
                helps = self.crews[crew_id].shift_ids[0] != route.shift_id
                stops.append(replace(stop, visit_id=crew_id, helps=helps))
            else:
                stops.append(stop)
        return replace(route, stops=tuple(stops), pick_ups=tuple(pick_ups))

    def _pick_up(self, errand: Errand, stop: Stop, position: int) -> PickUp:
        taken = [one for picked in self.picked.values() for one in picked if one.errand_id == errand.id]
        parts: Counter[str] = Counter()
        for one in taken:
            parts.update(one.parts)
        return PickUp(
            errand.point.id,
            position,
            stop.arrive_seconds,
            stop.end_seconds,
            stop.travel_seconds,
            stop.travel_metres,
            stop.start_seconds,
            frozenset().union(*(one.tools for one in taken)),
            dict(parts),
        )

    def entries(self, shift_id: str) -> tuple[Entry, ...]:
        """A route's entries, pick-ups and members among them."""
        return self.slacks[shift_id].entries
