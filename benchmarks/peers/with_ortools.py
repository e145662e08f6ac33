"""The OR-Tools routing model of our benchmarks: a constructed first plan and guided local search.

- Technician benchmark: exact. Node 0 has one optional copy per technician that fills up every part and tool.
- City day: exact, breaks and the price of overtime included.
- Distance: as it is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.peers.orders import PICK_UP, CannotExpressError, Effort, Orders
from dispatch.problem import ObjectiveKind, Problem, Shift, Visit

CANNOT = {
    ObjectiveKind.TOTAL_DURATION: "nothing left out; one thread",
    ObjectiveKind.CITY_DAY: "nothing left out; one thread",
    ObjectiveKind.TOTAL_DISTANCE: "nothing left out; one thread",
}
SCALE = {ObjectiveKind.TOTAL_DURATION: 1000, ObjectiveKind.CITY_DAY: 1, ObjectiveKind.TOTAL_DISTANCE: 10}
SECONDS_PER_POINT = 600
FEW_VISITS = 100
NEVER = 10**9
"""Visits may be left out at first, or no first plan would be found; a plan without all of them does not count."""


def _first(problem: Problem) -> int:
    """How the first plan is made: what did best on the benchmark in question."""
    strategy = routing_enums_pb2.FirstSolutionStrategy
    if problem.objective is not ObjectiveKind.CITY_DAY:
        return int(strategy.PATH_CHEAPEST_ARC)
    return int(strategy.SAVINGS if len(problem.visits) <= FEW_VISITS else strategy.PARALLEL_CHEAPEST_INSERTION)


def solve(problem: Problem, effort: Effort) -> Orders:
    """The orders OR-Tools finds in the time; empty when it finds none."""
    model = _Model(problem)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = _first(problem)
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(effort.seconds * 1000))
    answer = model.routing.SolveWithParameters(parameters)
    return {} if answer is None else model.orders(answer)


class _Model:
    """Nodes: the visits, one copy of the pick-up point per shift if there is one, then starts, then ends."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.scale = problem, SCALE[problem.objective]
        self.visits, self.shifts = problem.visits, problem.shifts
        self.fill_ups = len(self.shifts) if problem.pick_up_points else 0
        self.inner = len(self.visits) + self.fill_ups
        point = problem.pick_up_points[0].location if problem.pick_up_points else 0
        places = [visit.location for visit in self.visits] + [point] * self.fill_ups
        places += [shift.start_location for shift in self.shifts]
        for shift in self.shifts:
            if shift.end_location is None or len(shift.breaks) > 1:
                raise CannotExpressError("shifts that end anywhere, or with several breaks")
            places.append(shift.end_location)
        starts = [self.inner + number for number in range(len(self.shifts))]
        ends = [start + len(self.shifts) for start in starts]
        self.manager = pywrapcp.RoutingIndexManager(len(places), len(self.shifts), starts, ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        seconds = np.ceil(problem.travel.seconds * self.scale - 1e-6).astype(np.int64)
        self.away = seconds[np.ix_(places, places)]
        self.services = [round(visit.duration_seconds * self.scale) for visit in self.visits]
        self.services += [0] * (len(places) - len(self.services))
        self._add_time()
        self._add_goods()
        self._add_crews()

    def _add_time(self) -> None:
        routing, objective = self.routing, self.problem.objective
        drive = routing.RegisterTransitMatrix(self.away.tolist())
        work = routing.RegisterTransitMatrix((self.away + np.array(self.services)[:, None]).tolist())
        horizon = max(self._at(shift.until_seconds + shift.overtime_limit_seconds) for shift in self.shifts)
        routing.AddDimension(work, horizon, horizon, False, "time")
        time = routing.GetDimensionOrDie("time")
        if objective is ObjectiveKind.TOTAL_DURATION:
            routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix((self.away * 0).tolist()))
            time.SetSpanCostCoefficientForAllVehicles(1)
        else:
            routing.SetArcCostEvaluatorOfAllVehicles(drive)
        for node, visit in enumerate(self.visits):
            index = self.manager.NodeToIndex(node)
            windows = [(self._at(window.from_seconds), self._at(window.until_seconds)) for window in visit.time_windows]
            if len(windows) > 1:
                raise CannotExpressError("several windows for one visit")
            for since, until in windows:
                time.CumulVar(index).SetRange(max(0, since), min(until, horizon))
            is_city = objective is ObjectiveKind.CITY_DAY
            routing.AddDisjunction([index], visit.priority * SECONDS_PER_POINT if is_city else NEVER)
        for number, shift in enumerate(self.shifts):
            self._add_shift(time, number, shift)

    def _at(self, seconds: float) -> int:
        return int(np.floor(seconds * self.scale + 1e-6))

    def _add_shift(self, time: pywrapcp.RoutingDimension, number: int, shift: Shift) -> None:
        routing = self.routing
        begins, until = self._at(shift.from_seconds), self._at(shift.until_seconds)
        latest = self._at(shift.until_seconds + shift.overtime_limit_seconds)
        start, end = routing.Start(number), routing.End(number)
        time.CumulVar(start).SetRange(begins, latest)
        time.CumulVar(end).SetRange(begins, latest)
        routing.AddVariableMinimizedByFinalizer(time.CumulVar(end))
        routing.AddVariableMaximizedByFinalizer(time.CumulVar(start))
        if shift.overtime_limit_seconds:
            time.SetCumulVarSoftUpperBound(end, until, 2)
        solver = routing.solver()
        rests = []
        for rest in shift.breaks:
            since, until = self._at(rest.window.from_seconds), self._at(rest.window.until_seconds)
            length = self._at(rest.duration_seconds)
            rests.append(solver.FixedDurationIntervalVar(since, until, length, False, f"rest {number}"))
        if rests:
            time.SetBreakIntervalsOfVehicle(rests, number, self.services)

    def _add_goods(self) -> None:
        """Parts and tools used up to now, per technician; what is missing at the start counts as used."""
        goods = sorted({part for visit in self.visits for part, count in visit.parts.items() if count})
        tools = sorted({tool for visit in self.visits for tool in visit.tools})
        for part in goods:
            self._add_good(part, lambda visit, part=part: visit.parts.get(part, 0),  # type: ignore[misc]
                           [shift.parts.get(part, 0) for shift in self.shifts])  # fmt: skip
        for tool in tools:
            self._add_good(f"tool {tool}", lambda visit, tool=tool: int(tool in visit.tools),  # type: ignore[misc]
                           [len(self.visits) if tool in shift.tools else 0 for shift in self.shifts])  # fmt: skip

    def _add_good(self, name: str, needed: Callable[[Visit], int], stocks: list[int]) -> None:
        needs = [needed(visit) for visit in self.visits]
        full = max(sum(needs), *stocks)
        steps = needs + [-full] * self.fill_ups + [0] * (2 * len(self.shifts))
        evaluator = self.routing.RegisterUnaryTransitVector(steps)
        self.routing.AddDimension(evaluator, full, full, False, name)
        used = self.routing.GetDimensionOrDie(name)
        for node in range(len(self.visits)):
            used.SlackVar(self.manager.NodeToIndex(node)).SetValue(0)
        for number, stock in enumerate(stocks):
            start = self.routing.Start(number)
            used.CumulVar(start).SetValue(full - stock)
            used.SlackVar(start).SetValue(0)

    def _add_crews(self) -> None:
        """Who may serve what; a copy of the pick-up point belongs to one technician and may be left out."""
        for node, visit in enumerate(self.visits):
            able = [number for number, shift in enumerate(self.shifts) if set(visit.skills) <= set(shift.skills)]
            if len(able) < len(self.shifts):
                self.routing.VehicleVar(self.manager.NodeToIndex(node)).SetValues([-1, *able])
        for number in range(self.fill_ups):
            index = self.manager.NodeToIndex(len(self.visits) + number)
            self.routing.VehicleVar(index).SetValues([-1, number])
            self.routing.AddDisjunction([index], 0)

    def orders(self, answer: pywrapcp.Assignment) -> Orders:
        orders: dict[str, list[str | None]] = {}
        for number, shift in enumerate(self.shifts):
            index = answer.Value(self.routing.NextVar(self.routing.Start(number)))
            while not self.routing.IsEnd(index):
                node = self.manager.IndexToNode(index)
                stop = self.visits[node].id if node < len(self.visits) else PICK_UP
                orders.setdefault(shift.id, []).append(stop)
                index = answer.Value(self.routing.NextVar(index))
        return orders
