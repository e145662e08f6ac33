"""The room in every route of one plan, kept per plan version."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from dispatch.facts import Facts
from dispatch.plan import Plan, Route
from dispatch.problem import Problem, Shift, Visit
from dispatch.quoting.rooms import Gaps
from dispatch.quoting.route_table import RouteTable, size_of, tabulate
from dispatch.quoting.shift_rules import ShiftColumns, may_be_able
from dispatch.quoting.wide_roads import Truths, WideRoads
from dispatch.slack import StandingRoute


class PlanSlack:
    """The room in every route of one plan; keep it as long as problem and plan stay the same."""

    def __init__(self, problem: Problem, plan: Plan, *, earlier: PlanSlack | None = None) -> None:
        """Prepare the columns, taking over the routes `earlier` knows unchanged; pass it after a booking."""
        self.facts = Facts(problem)
        self.plan = plan
        self.shifts = problem.shifts
        planned = {route.shift_id: route for route in plan.routes}
        self.planned = [planned.get(shift.id) or _nothing_planned(shift) for shift in problem.shifts]
        self._standing: dict[int, StandingRoute] = {}
        if earlier is None or not _is_same_day(earlier.facts.problem, problem) or not self._take_over(earlier):
            self.roads = WideRoads(problem.travel)
            self.columns = ShiftColumns(problem.shifts)
            size = size_of(self.facts, problem.shifts, self.planned)
            self.table: RouteTable = tabulate(self.facts, self.roads, problem.shifts, self.planned, size)
            self._used_parts = [self._parts_on(route) for route in self.planned]
        self.gaps = Gaps(self.roads, self.table)

    def _take_over(self, earlier: PlanSlack) -> bool:
        """Use the earlier columns for all routes that are the same; False when they have no room for the others."""
        changed = [row for row in range(len(self.shifts)) if not self._is_unchanged(earlier, row)]
        shifts, routes = [self.shifts[row] for row in changed], [self.planned[row] for row in changed]
        if not earlier.table.size.holds(size_of(self.facts, shifts, routes, spare=0)):
            return False
        self.roads, self.columns = earlier.roads, earlier.columns
        self._standing = dict(earlier._standing)
        self._used_parts = list(earlier._used_parts)
        for row in changed:
            self._standing.pop(row, None)
            self._used_parts[row] = self._parts_on(self.planned[row])
        rows = np.array(changed, dtype=np.int64)
        fresh = tabulate(self.facts, self.roads, shifts, routes, earlier.table.size)
        self.table = earlier.table.with_rows(rows, fresh)
        return True

    def _is_unchanged(self, earlier: PlanSlack, row: int) -> bool:
        before, route = earlier.planned[row], self.planned[row]
        if before is not route and before != route:
            return False
        known, visits = earlier.facts.visits, self.facts.visits
        for stop in route.stops:
            visit = visits[stop.visit_id]
            if visit is not known[stop.visit_id] and visit != known[stop.visit_id]:
                return False
        return True

    def _parts_on(self, route: Route) -> dict[str, int]:
        """How many of each part the route's visits need."""
        needed: dict[str, int] = {}
        for stop in route.stops:
            for part, count in self.facts.visits[stop.visit_id].parts.items():
                needed[part] = needed.get(part, 0) + count
        return needed

    def standing(self, row: int) -> StandingRoute:
        """One route with its visits held to their windows, worked out when first asked for."""
        known = self._standing.get(row)
        if known is None:
            known = self._standing[row] = StandingRoute(self.facts, self.planned[row])
        return known

    def may_take(self, facts: Facts, visit: Visit) -> Truths:
        """Per route whether it may take one more such visit, as far as columns can tell; no able route is left out."""
        able = may_be_able(facts, self.columns, self.shifts, visit)
        able &= self.table.count < self.table.visit_limit
        for part, count in visit.parts.items():
            held = self.columns.stock.get(part)
            used = np.array([needed.get(part, 0) for needed in self._used_parts])
            able &= used + count <= (0 if held is None else held)
        return able

    def rows_of(self, shift_ids: Collection[str]) -> Truths:
        """Which routes are those of the shifts named."""
        if not shift_ids:
            return np.zeros(len(self.shifts), dtype=bool)
        return np.array([shift.id in shift_ids for shift in self.shifts], dtype=bool)


def _nothing_planned(shift: Shift) -> Route:
    return Route(shift.id, (), shift.from_seconds, shift.from_seconds)


def _is_same_day(before: Problem, after: Problem) -> bool:
    return (
        before.travel is after.travel
        and _is_same(before.shifts, after.shifts)
        and before.prices == after.prices
        and before.objective is after.objective
        and before.freeze_until_seconds == after.freeze_until_seconds
        and before.pick_up_points == after.pick_up_points
    )


def _is_same(before: Sequence[Shift], after: Sequence[Shift]) -> bool:
    return before is after or before == after
