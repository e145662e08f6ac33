"""Ruin and recreate on small plans, in plain Python: take some neighbouring visits out, put them back better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from dispatch.costs import assemble
from dispatch.facts import Facts
from dispatch.places import cheapest, find_places
from dispatch.plan import Plan, Route
from dispatch.problem import Visit
from dispatch.slack import RouteSlack, entries_of
from dispatch.timetable import build_route

LARGEST_RUIN = 8


class Day:
    """Routes being worked on, with their slack."""

    def __init__(self, facts: Facts, plan: Plan) -> None:
        """Start from a plan of the same problem."""
        self.facts = facts
        planned = {route.shift_id: route for route in plan.routes}
        self.slacks: dict[str, RouteSlack] = {}
        for shift in facts.shifts.values():
            route = planned.get(shift.id) or build_route(facts, shift, ())
            if route is not None:
                self.slacks[shift.id] = RouteSlack(facts, route)
        self.missing = [facts.visits[visit.visit_id] for visit in plan.unplaced]

    def copy(self) -> Day:
        """The same day, to try something on."""
        other = object.__new__(Day)
        other.facts, other.slacks, other.missing = self.facts, dict(self.slacks), list(self.missing)
        return other

    def plan(self, trace: dict[str, float | int | str]) -> Plan:
        """The day as a plan."""
        return assemble(self.facts, (slack.route for slack in self.slacks.values()), {}, trace)

    def put(self, route: Route) -> None:
        """Replace one shift's route."""
        self.slacks[route.shift_id] = RouteSlack(self.facts, route)

    def take_out(self, visits: Sequence[Visit]) -> None:
        """Remove visits; a route that cannot do without one keeps it."""
        wanted = {visit.id for visit in visits}
        for slack in list(self.slacks.values()):
            held = {entry.visit.id for entry in slack.entries} & wanted
            if not held:
                continue
            kept = [entry for entry in entries_of(self.facts, slack.route) if entry.visit.id not in held]
            route = build_route(self.facts, slack.shift, kept)
            if route is not None:
                self.put(route)
                self.missing.extend(self.facts.visits[visit_id] for visit_id in sorted(held))

    def put_in(self, order: Callable[[Visit], tuple[float, ...]]) -> None:
        """Insert the missing visits one after the other, each at its cheapest place in its best tier."""
        waiting = sorted(self.missing, key=order)
        self.missing = []
        for visit in waiting:
            route = self._place(visit)
            if route is None:
                self.missing.append(visit)
            else:
                self.put(route)

    def _place(self, visit: Visit) -> Route | None:
        tiers = self.facts.tiers(visit)
        places = find_places(self.facts, visit, self.slacks.values()) if tiers else []
        for tier in tiers:
            found = cheapest(self.facts, visit, places, tier.windows)
            if found is not None:
                return found.route
        return None


def improve(facts: Facts, plan: Plan, *, seed: int, iterations: int, is_over: Callable[[], bool]) -> Plan:
    """A plan at least as good: visits near a random one are taken out and put back, kept when the score is no worse."""
    random = Random(seed)
    best, day = plan, Day(facts, plan)
    free = [visit for visit in facts.visits.values() if facts.pinned_shift_id(visit) is None]
    done = 0
    while done < iterations and free and not is_over():
        done += 1
        trial = day.copy()
        centre = random.choice(free)
        near = sorted(free, key=lambda visit: facts.roads.seconds(centre.location, visit.location))
        size = random.randint(1, min(LARGEST_RUIN, len(near)))
        trial.take_out([visit for visit in near[: 2 * size] if random.random() < 2 / 3][:size])
        noise = {visit.id: random.random() for visit in trial.missing}
        trial.put_in(_order(noise, is_by_importance=done % 2 == 1))
        found = trial.plan({"came_from": "improve", "iterations": done})
        if found.score <= best.score:
            best, day = found, trial
    return best


def _order(noise: dict[str, float], *, is_by_importance: bool) -> Callable[[Visit], tuple[float, ...]]:
    def key(visit: Visit) -> tuple[float, ...]:
        if not is_by_importance:
            return (noise[visit.id],)
        return visit.deadline_seconds is None, visit.promised_window is None, -visit.priority, noise[visit.id]

    return key
