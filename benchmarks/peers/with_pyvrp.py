"""PyVRP's model of our benchmarks.

- Technician benchmark: exact. Node 0 is a reload depot that may be visited once; every part and every tool is a load
  dimension, what is missing on the van at the start is a load already on it; one profile per set of skills.
- City day: travel and overtime at their prices, an unserved visit costs its prize. PyVRP has no breaks: 45 minutes are
  cut out of everybody's clock at a moment from which the break can be moved before or after whatever it falls on.
- Distance: the vehicle routing problem with time windows as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from pyvrp import (
    Client,
    Depot,
    Location,
    ProblemData,
    ScheduledActivity,
    Solution,
    VehicleType,
    solve as solve_with_pyvrp,
)
from pyvrp.stop import MaxRuntime

from benchmarks.peers.orders import PICK_UP, CannotExpressError, Effort, Orders
from dispatch.problem import Break, FloatMatrix, ObjectiveKind, Problem, Shift, Visit

CANNOT = {
    ObjectiveKind.TOTAL_DURATION: "nothing left out; one thread",
    ObjectiveKind.CITY_DAY: "no breaks: the clock skips 45 minutes instead; one thread",
    ObjectiveKind.TOTAL_DISTANCE: "nothing left out; one thread",
}
SCALE = {ObjectiveKind.TOTAL_DURATION: 1000, ObjectiveKind.CITY_DAY: 1, ObjectiveKind.TOTAL_DISTANCE: 10}
MANY = 10**6
FOREVER = int(np.iinfo(np.int64).max)
Whole = npt.NDArray[Any]
FORBIDDEN = 10**9
MOST_CELLS = 10**7
"""Skills are profiles, each with matrices of its own, up to this size; beyond it they are load dimensions."""
SECONDS_PER_POINT = 600
"""A city day's unserved visit costs ten minutes per point of priority."""


def solve(problem: Problem, effort: Effort) -> Orders:
    """The orders PyVRP finds in the time."""
    model = _Model(problem)
    result = solve_with_pyvrp(
        model.data(), stop=MaxRuntime(effort.seconds), seed=effort.seed, collect_stats=False, display=False
    )
    return model.orders(result.best)


class _Clock:
    """Time with the breaks cut out; breaks of different shifts must not overlap other shifts' work."""

    def __init__(self, problem: Problem) -> None:
        longest = max((visit.duration_seconds for visit in problem.visits), default=0.0)
        rests = {rest for shift in problem.shifts for rest in shift.breaks}
        self.cuts = sorted((_moment(rest, longest), rest.duration_seconds) for rest in rests)
        for shift in problem.shifts:
            if len(shift.breaks) > 1:
                raise CannotExpressError("several breaks in one shift")
            until = shift.until_seconds + shift.overtime_limit_seconds
            inside = sum(at < until and at + length > shift.from_seconds for at, length in self.cuts)
            if inside > len(shift.breaks):
                raise CannotExpressError("breaks at different times in overlapping shifts")

    def __call__(self, at: float) -> float:
        cut = 0.0
        for begin, length in self.cuts:
            cut += min(max(0.0, at - begin), length)
        return at - cut


def _moment(rest: Break, longest: float) -> float:
    """Late enough to leave room before, early enough that a visit it falls on ends inside the window."""
    return max(rest.window.from_seconds, rest.window.until_seconds - longest)


def _alike(problem: Problem) -> list[list[Shift]]:
    """Shifts that differ in nothing but their names: one type of vehicle."""
    groups: dict[str, list[Shift]] = {}
    for shift in problem.shifts:
        groups.setdefault(repr(replace(shift, id="", technician_id="")), []).append(shift)
    return list(groups.values())


class _Model:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.scale = SCALE[problem.objective]
        self.clock = _Clock(problem)
        homes = [place for shift in problem.shifts for place in (shift.start_location, shift.end_location)]
        self.places = sorted({place for place in homes if place is not None})
        self.points = [point.location for point in problem.pick_up_points]
        self.depots = [*self.places, *(point for point in self.points if point not in self.places)]
        self.goods = sorted({part for visit in problem.visits for part, count in visit.parts.items() if count})
        self.tools = sorted({tool for visit in problem.visits for tool in visit.tools})
        self.skills = sorted({skill for visit in problem.visits for skill in visit.skills})
        self.is_duration = problem.objective is ObjectiveKind.TOTAL_DURATION
        self.fleet = _alike(problem)
        crews = {self._crew(shift) for shift in problem.shifts}
        self.uses_profiles = len(crews) * len(problem.travel.seconds) ** 2 <= MOST_CELLS
        self.crews: list[tuple[str, ...]] = sorted(crews) if self.uses_profiles else [()]

    def _crew(self, shift: Shift) -> tuple[str, ...]:
        return tuple(skill for skill in self.skills if skill in shift.skills)

    def data(self) -> ProblemData:
        problem = self.problem
        seconds = self._scaled(problem.travel.seconds)
        metres = self._scaled(problem.travel.metres) if self._is_distance() else seconds
        return ProblemData(
            locations=[Location(0, 0) for _ in range(len(seconds))],
            clients=[self._client(visit) for visit in problem.visits],
            depots=[Depot(place) for place in self.depots],
            vehicle_types=[self._vehicle(shifts[0], len(shifts)) for shifts in self.fleet],
            distance_matrices=cast("Any", [self._for(crew, metres) for crew in self.crews]),
            duration_matrices=cast("Any", [self._for(crew, seconds) for crew in self.crews]),
        )

    def _is_distance(self) -> bool:
        return self.problem.objective is ObjectiveKind.TOTAL_DISTANCE

    def _scaled(self, matrix: FloatMatrix) -> Whole:
        """Whole numbers, rounded up: what fits them fits the true times."""
        return np.ceil(matrix * self.scale - 1e-6).astype(np.int64)

    def _for(self, crew: tuple[str, ...], away: Whole) -> Whole:
        """Roads to visits that ask for more than this crew can are barred."""
        if not self.uses_profiles:
            return away
        barred = away.copy()
        for visit in self.problem.visits:
            if not set(visit.skills) <= set(crew):
                barred[:, visit.location] = FORBIDDEN
        np.fill_diagonal(barred, 0)
        return barred

    def _at(self, seconds: float) -> int:
        return int(np.floor(self.clock(seconds) * self.scale + 1e-6))

    def _client(self, visit: Visit) -> Client:
        if len(visit.time_windows) > 1:
            raise CannotExpressError("several windows for one visit")
        window = visit.time_windows[0] if visit.time_windows else None
        loads = [visit.parts.get(part, 0) for part in self.goods] + [int(tool in visit.tools) for tool in self.tools]
        if not self.uses_profiles:
            loads += [int(skill in visit.skills) for skill in self.skills]
        is_city = self.problem.objective is ObjectiveKind.CITY_DAY
        return Client(
            location=visit.location,
            delivery=loads,
            service_duration=round(visit.duration_seconds * self.scale),
            tw_early=0 if window is None else int(np.ceil(self.clock(window.from_seconds) * self.scale - 1e-6)),
            tw_late=FOREVER if window is None else self._at(window.until_seconds),
            prize=visit.priority * SECONDS_PER_POINT * self.scale if is_city else 0,
            required=not is_city,
        )

    def _vehicle(self, shift: Shift, count: int) -> VehicleType:
        if shift.end_location is None:
            raise CannotExpressError("shifts that end anywhere")
        stock = [shift.parts.get(part, 0) for part in self.goods]
        held = [MANY if tool in shift.tools else 0 for tool in self.tools]
        skilled = [] if self.uses_profiles else [MANY if skill in shift.skills else 0 for skill in self.skills]
        has_depot = bool(self.points)
        begins, ends = self._at(shift.from_seconds), self._at(shift.until_seconds)
        latest = self._at(shift.until_seconds + shift.overtime_limit_seconds)
        is_city = self.problem.objective is ObjectiveKind.CITY_DAY
        return VehicleType(
            num_available=count,
            capacity=[MANY] * len(stock + held) if has_depot else stock + held + skilled,
            initial_load=[MANY - held for held in stock + held] if has_depot else [],
            start_depot=self.depots.index(shift.start_location),
            end_depot=self.depots.index(shift.end_location),
            tw_early=begins,
            tw_late=latest,
            profile=self.crews.index(self._crew(shift)) if self.uses_profiles else 0,
            reload_depots=[self.depots.index(place) for place in self.points],
            max_reloads=1 if has_depot else 0,
            unit_distance_cost=0 if self.is_duration else 1,
            unit_duration_cost=1 if self.is_duration else 0,
            start_late=begins if is_city else None,
            shift_duration=ends - begins if is_city else FOREVER,
            max_overtime=latest - ends if is_city else 0,
            unit_overtime_cost=2 if is_city else 0,
        )

    def orders(self, solution: Solution) -> Orders:
        idle = [list(shifts) for shifts in self.fleet]
        return {idle[route.vehicle_type()].pop().id: self._stops(list(route.schedule())) for route in solution.routes()}

    def _stops(self, schedule: Sequence[ScheduledActivity]) -> list[str | None]:
        """The visits in order, and the stop between start and end at a depot that is not home."""
        inner = schedule[1:-1]
        return [self.problem.visits[stop.idx].id if stop.is_client() else PICK_UP for stop in inner]
