"""VROOM's model of our benchmarks, through pyvroom.

- Technician benchmark: tools are skills, parts are loads brought along. VROOM has no stop for more parts and counts
  driving only, not the waiting that the objective counts.
- City day: breaks, windows and skills as they are; the last hour (overtime) is there for nothing, since VROOM has no
  price for it; priorities come before driving, scaled to VROOM's 0 to 100.
- Distance: as it is.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import vroom

from benchmarks.peers.orders import CannotExpressError, Effort, Orders
from dispatch.problem import ObjectiveKind, Problem, Shift, TimeWindow, Visit

CANNOT = {
    ObjectiveKind.TOTAL_DURATION: "no stop at the depot, waiting has no price",
    ObjectiveKind.CITY_DAY: "overtime has no price; priorities come before driving",
    ObjectiveKind.TOTAL_DISTANCE: "nothing left out",
}
SCALE = {ObjectiveKind.TOTAL_DURATION: 100, ObjectiveKind.CITY_DAY: 1, ObjectiveKind.TOTAL_DISTANCE: 10}
EXPLORATION = 5
HIGHEST_PRIORITY = 100


def solve(problem: Problem, effort: Effort) -> Orders:
    """The orders VROOM finds; it ends by itself when it sees no improvement."""
    model = _Model(problem)
    seconds = np.ceil(problem.travel.seconds * model.scale - 1e-6).astype(np.uint32)
    question = vroom.Input()
    question.set_durations_matrix(profile="car", matrix_input=seconds)
    question.add_vehicle([model.vehicle(number, shift) for number, shift in enumerate(problem.shifts)])
    question.add_job([model.job(number, visit) for number, visit in enumerate(problem.visits)])
    answer = question.solve(
        exploration_level=EXPLORATION, nb_threads=effort.threads, timeout=timedelta(seconds=effort.seconds)
    )
    steps = answer.routes
    jobs = steps[steps["type"] == "job"]
    orders: dict[str, list[str | None]] = {}
    for number, job in zip(jobs["vehicle_id"], jobs["id"], strict=True):
        orders.setdefault(problem.shifts[int(number)].id, []).append(problem.visits[int(job)].id)
    return orders


class _Model:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.scale = SCALE[problem.objective]
        self.goods = sorted({part for visit in problem.visits for part, count in visit.parts.items() if count})
        tools = {f"tool {tool}" for visit in problem.visits for tool in visit.tools}
        skills = {f"skill {skill}" for visit in problem.visits for skill in visit.skills}
        self.numbers = {name: number for number, name in enumerate(sorted(tools | skills))}

    def _abilities(self, owner: Visit | Shift) -> set[int]:
        names = [f"tool {tool}" for tool in owner.tools] + [f"skill {skill}" for skill in owner.skills]
        return {self.numbers[name] for name in names if name in self.numbers}

    def _window(self, window: TimeWindow) -> vroom.TimeWindow:
        return vroom.TimeWindow(round(window.from_seconds * self.scale), round(window.until_seconds * self.scale))

    def vehicle(self, number: int, shift: Shift) -> vroom.Vehicle:
        if shift.end_location is None:
            raise CannotExpressError("shifts that end anywhere")
        until = shift.until_seconds + shift.overtime_limit_seconds
        return vroom.Vehicle(
            number,
            start=shift.start_location,
            end=shift.end_location,
            capacity=[shift.parts.get(part, 0) for part in self.goods],
            skills=self._abilities(shift),
            time_window=self._window(TimeWindow(shift.from_seconds, until)),
            breaks=[
                vroom.Break(
                    index, time_windows=[self._window(rest.window)], service=round(rest.duration_seconds * self.scale)
                )
                for index, rest in enumerate(shift.breaks)
            ],
        )

    def job(self, number: int, visit: Visit) -> vroom.Job:
        return vroom.Job(
            number,
            location=visit.location,
            default_service=round(visit.duration_seconds * self.scale),
            delivery=vroom.Amount([visit.parts.get(part, 0) for part in self.goods]),
            skills=self._abilities(visit),
            priority=min(HIGHEST_PRIORITY, visit.priority) if self.problem.objective is ObjectiveKind.CITY_DAY else 0,
            time_windows=[self._window(window) for window in visit.time_windows],
        )
