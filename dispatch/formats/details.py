"""What a file says beyond the problem: names, places and parts of tasks that its solution repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.plan import Route
from dispatch.problem import FloatMatrix, Problem, Shift

Place = Mapping[str, object]
"""`location` and `location_index` as the file gave them."""


@dataclass(frozen=True, slots=True)
class Task:
    """A job, or one end of a shipment: `kind` is job, pickup or delivery. Seconds by type of vehicle come first."""

    kind: str
    id: int
    place: Place
    location: int
    description: str | None = None
    setup_seconds: float = 0.0
    service_seconds: float = 0.0
    setup_by_type: Mapping[str, float] = field(default_factory=dict)
    service_by_type: Mapping[str, float] = field(default_factory=dict)
    delivery: Sequence[int] = ()
    pickup: Sequence[int] = ()
    priority: int = 0

    def setup_for(self, grade: str | None) -> float:
        """Seconds of setting up for a vehicle of this type."""
        return self.setup_seconds if grade is None else self.setup_by_type.get(grade, self.setup_seconds)

    def service_for(self, grade: str | None) -> float:
        """Seconds of service for a vehicle of this type."""
        return self.service_seconds if grade is None else self.service_by_type.get(grade, self.service_seconds)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A shift's description, its ends as the file gave them, and its breaks in the order of the shift's breaks."""

    description: str | None = None
    start: Place | None = None
    end: Place | None = None
    breaks: Sequence[tuple[int, str | None]] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """Tasks by visit (two for a shipment, served one after the other) and vehicles by shift.

    `cost_per_task_second` and the driving inside shipments are the same whoever serves them; the search does not see
    them and the solution adds them. `seconds` and `metres` are the file's own.
    """

    tasks: Mapping[str, Sequence[Task]]
    vehicles: Mapping[str, Vehicle]
    seconds: FloatMatrix
    metres: FloatMatrix
    costs: FloatMatrix
    amounts: int = 0
    has_distances: bool = False
    cost_per_task_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Document:
    """A file read: the problem, what its solution repeats, and the order of visits it asks to start from.

    `points` are the places of its locations on a plane, where the file has coordinates.
    """

    problem: Problem
    details: Details | None = None
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    points: FloatMatrix | None = None


def unseen_cost(details: Details, shift: Shift, route: Route) -> float:
    """What the search did not have to weigh: work by the hour, and driving inside shipments."""
    cost = 0.0
    for stop in route.stops:
        tasks = details.tasks.get(stop.visit_id, ())
        work = sum(task.setup_for(shift.grade) + task.service_for(shift.grade) for task in tasks)
        cost += work * details.cost_per_task_second
        if len(tasks) > 1:
            cost += float(details.costs[tasks[0].location, tasks[1].location])
    return cost
