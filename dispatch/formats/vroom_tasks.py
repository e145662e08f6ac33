"""The jobs and shipments of a VROOM file as visits; a shipment is one that begins here and ends there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.formats.details import Task
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import Fields, Json, as_amount, as_count, as_fields, as_list, as_text, as_whole
from dispatch.formats.vroom_places import ALWAYS, Places, place_of, read_windows
from dispatch.formats.vroom_vehicles import Fleet, read_amounts, read_skills
from dispatch.problem import FloatMatrix, TimeWindow, Visit

PLACED = frozenset({
    "id", "description", "location", "location_index", "setup", "service", "setup_per_type", "service_per_type",
    "time_windows",
})  # fmt: skip
JOB = PLACED | {"delivery", "amount", "pickup", "skills", "priority"}
SHIPMENT = frozenset({"pickup", "delivery", "amount", "skills", "priority"})
PRIORITY_STEP = 1000
"""VROOM's priorities count before the number of tasks: a task without one is worth 1, a point of priority 1,000."""
HIGHEST_PRIORITY = 100


@dataclass(frozen=True, slots=True)
class Unit:
    """What becomes one visit: a job, or the two ends of a shipment."""

    path: str
    tasks: Sequence[Task]
    windows: Sequence[Sequence[TimeWindow]]
    skills: Mapping[str, int]
    amounts: Sequence[int]

    @property
    def id(self) -> str:
        """The visit's id: the job's number, or both numbers of a shipment."""
        return "-".join(str(task.id) for task in self.tasks)

    @property
    def is_shipment(self) -> bool:
        """Whether it begins in one place and ends in another."""
        return len(self.tasks) > 1


@dataclass(frozen=True, slots=True)
class Tasks:
    """The units of the file. `is_shared_load`: whatever a vehicle carries in its day has to fit it together."""

    units: Sequence[Unit]
    is_shared_load: bool
    is_city: bool

    @property
    def by_visit(self) -> dict[str, Sequence[Task]]:
        """The tasks behind each visit."""
        return {unit.id: unit.tasks for unit in self.units}

    @property
    def shipments(self) -> int:
        """How many units are shipments."""
        return sum(unit.is_shipment for unit in self.units)

    @property
    def amounts(self) -> int:
        """How many kinds of amounts there are."""
        return max((len(unit.amounts) for unit in self.units), default=0)

    def extend(self, matrix: FloatMatrix) -> FloatMatrix:
        """The matrix with one more place per shipment: reached like its pick-up, left like its delivery."""
        pairs = [(unit.tasks[0].location, unit.tasks[1].location) for unit in self.units if unit.is_shipment]
        if not pairs:
            return matrix
        into = np.array([*range(len(matrix)), *(pickup for pickup, _ in pairs)])
        out_of = np.array([*range(len(matrix)), *(delivery for _, delivery in pairs)])
        return np.asarray(matrix[np.ix_(out_of, into)])

    def visits(self, seconds: FloatMatrix, fleet: Fleet, size: int) -> tuple[Visit, ...]:
        """The visits; shipments are at the places from `size` on."""
        visits = []
        for unit in self.units:
            location = unit.tasks[0].location
            if unit.is_shipment:
                location, size = size, size + 1
            visits.append(self._visit(unit, location, seconds, fleet))
        return tuple(visits)

    def _visit(self, unit: Unit, location: int, seconds: FloatMatrix, fleet: Fleet) -> Visit:
        inside = 0.0
        windows: Sequence[TimeWindow] = _joined(
            (window.from_seconds, window.until_seconds) for window in unit.windows[0]
        )
        if unit.is_shipment:
            inside = _inside(unit, seconds, fleet)
            windows, inside = _shipment_windows(unit, inside)
        grades = {grade for task in unit.tasks for grade in (*task.setup_by_type, *task.service_by_type)}
        loads = {f"load {i}": count for i, count in enumerate(unit.amounts) if count}
        priority = sum(
            task.priority if self.is_city else task.priority * PRIORITY_STEP + 1 for task in unit.tasks
        )  # fmt: skip
        return Visit(
            id=unit.id,
            location=location,
            duration_seconds=_action(unit, None) + inside,
            duration_seconds_by_grade={grade: _action(unit, grade) + inside for grade in sorted(grades)},
            time_windows=tuple(windows),
            priority=priority,
            skills={**unit.skills, **({} if self.is_shared_load else loads)},
            parts=loads if self.is_shared_load else {},
        )

    def orders(self, fleet: Fleet) -> dict[str, Sequence[str]]:
        """Visit ids in the order of the routes the file asks to start from."""
        return {shift_id: self._order(steps) for shift_id, steps in fleet.steps.items() if steps}

    def _order(self, steps: Sequence[tuple[str, str, int]]) -> list[str]:
        known = {(task.kind, task.id): unit for unit in self.units for task in unit.tasks}
        order: list[str] = []
        begun: Unit | None = None
        for where, kind, identity in steps:
            unit = known.get((kind, identity))
            if unit is None:
                raise FileFormatError(f"{where}.id", f"the file has no {kind} {identity}")
            if (begun is not None) != (kind == "delivery") or (begun is not None and begun is not unit):
                raise FileFormatError(where, "a shipment's delivery has to follow its pick-up at once")
            begun = unit if kind == "pickup" else None
            if kind != "delivery":
                order.append(unit.id)
        if begun is not None:
            raise FileFormatError(steps[-1][0], "a shipment's delivery has to follow its pick-up at once")
        return order


def read_tasks(root: Fields, places: Places, fleet: Fleet, *, is_city: bool) -> Tasks:
    """The jobs and shipments of the file; raises `FileFormatError`."""
    jobs = as_list(root.get("jobs"), "jobs")
    shipments = as_list(root.get("shipments"), "shipments")
    units = [_job(item, f"jobs[{i}]", places) for i, item in enumerate(jobs)]
    has_loads = any(sum(unit.amounts) for unit in units)
    units += [_shipment(item, f"shipments[{i}]", places) for i, item in enumerate(shipments)]
    _refuse_twice(units)
    _refuse_shared_setups(units, fleet)
    _refuse_limits(units, fleet)
    _check_amounts(units, fleet)
    return Tasks(units, has_loads, is_city)


def _job(item: Json, path: str, places: Places) -> Unit:
    job = as_fields(item, path, JOB)
    delivery = read_amounts(job, path, "delivery") or read_amounts(job, path, "amount")
    pickup = read_amounts(job, path, "pickup")
    if delivery and pickup and len(delivery) != len(pickup):
        raise FileFormatError(f"{path}.pickup", f"{len(pickup)} amounts, but {len(delivery)} to deliver")
    task = _task(job, path, places, "job", _priority(job, path), delivery, pickup)
    both = [sum(pair) for pair in zip(delivery, pickup, strict=True)] if delivery and pickup else delivery or pickup
    return Unit(path, [task], [_task_windows(job, path)], read_skills(job, path), both)


def _shipment(item: Json, path: str, places: Places) -> Unit:
    shipment = as_fields(item, path, SHIPMENT)
    amounts, priority = read_amounts(shipment, path, "amount"), _priority(shipment, path)
    tasks, windows = [], []
    for kind in ("pickup", "delivery"):
        fields, where = as_fields(shipment.get(kind), f"{path}.{kind}", PLACED), f"{path}.{kind}"
        tasks.append(_task(fields, where, places, kind, priority, amounts, amounts))
        windows.append(_task_windows(fields, where))
    return Unit(path, tasks, windows, read_skills(shipment, path), amounts)


def _task(
    fields: Fields, path: str, places: Places, kind: str, priority: int, delivery: Sequence[int], pickup: Sequence[int]
) -> Task:
    location = places.number(fields, path, "location")
    if location is None:
        raise FileFormatError(f"{path}.location", "a location is needed")
    return Task(
        kind=kind,
        id=as_whole(fields.get("id"), f"{path}.id"),
        place=place_of(fields, "location") or {},
        location=location,
        description=as_text(fields.get("description"), f"{path}.description"),
        setup_seconds=as_amount(fields.get("setup"), f"{path}.setup", 0.0),
        service_seconds=as_amount(fields.get("service"), f"{path}.service", 0.0),
        setup_by_type=_by_type(fields, path, "setup_per_type"),
        service_by_type=_by_type(fields, path, "service_per_type"),
        delivery=delivery if kind != "pickup" else (),
        pickup=pickup if kind != "delivery" else (),
        priority=priority,
    )


def _by_type(fields: Fields, path: str, name: str) -> dict[str, float]:
    given = fields.get(name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise FileFormatError(f"{path}.{name}", "an object is expected")
    return {kind: as_amount(value, f"{path}.{name}.{kind}") for kind, value in given.items()}


def _priority(fields: Fields, path: str) -> int:
    priority = as_count(fields.get("priority"), f"{path}.priority", 0)
    if priority > HIGHEST_PRIORITY:
        raise FileFormatError(f"{path}.priority", f"{priority} is above {HIGHEST_PRIORITY}")
    return priority


def _task_windows(fields: Fields, path: str) -> tuple[TimeWindow, ...]:
    return read_windows(fields.get("time_windows"), f"{path}.time_windows")


def _action(unit: Unit, grade: str | None) -> float:
    return sum(task.setup_for(grade) + task.service_for(grade) for task in unit.tasks)


def _inside(unit: Unit, seconds: FloatMatrix, fleet: Fleet) -> float:
    """Driving from the pick-up to the delivery."""
    if fleet.speed is None:
        raise FileFormatError("vehicles.speed_factor", "different speeds cannot be planned with shipments")
    pickup, delivery = unit.tasks
    return float(seconds[pickup.location, delivery.location]) / fleet.speed


def _shipment_windows(unit: Unit, inside: float) -> tuple[Sequence[TimeWindow], float]:
    """Windows for the pick-up that reach the delivery's, and the seconds between the two, waiting included."""
    if not unit.windows[1]:
        return _joined((window.from_seconds, window.until_seconds) for window in unit.windows[0]), inside
    pickup = unit.tasks[0]
    if pickup.setup_by_type or pickup.service_by_type:
        raise FileFormatError(f"{unit.path}.delivery.time_windows", "cannot be planned with times of pick-up by type")
    before = pickup.setup_seconds + pickup.service_seconds + inside
    pairs = [(begin, end) for begin in unit.windows[0] or (ALWAYS,) for end in unit.windows[1]]
    direct = [
        (max(begin.from_seconds, end.from_seconds - before), min(begin.until_seconds, end.until_seconds - before))
        for begin, end in pairs
    ]
    kept = [(since, until) for since, until in direct if since <= until]
    if kept:
        return _joined(kept), inside
    waits = [
        (end.from_seconds - before - begin.until_seconds, begin.until_seconds)
        for begin, end in pairs
        if end.from_seconds - before > begin.until_seconds
    ]
    if not waits:
        raise FileFormatError(f"{unit.path}.delivery.time_windows", "cannot be reached from the pick-up")
    wait, at = min(waits)
    return (TimeWindow(at, at),), inside + wait


def _joined(windows: Iterable[tuple[float, float]]) -> list[TimeWindow]:
    """Windows in order and without overlap."""
    joined: list[list[float]] = []
    for since, until in sorted(windows):
        if joined and since <= joined[-1][1]:
            joined[-1][1] = max(until, joined[-1][1])
        else:
            joined.append([since, until])
    return [TimeWindow(since, until) for since, until in joined]


def _refuse_twice(units: Sequence[Unit]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for unit in units:
        for task in unit.tasks:
            path = f"{unit.path}.{task.kind}" if unit.is_shipment else unit.path
            before = seen.setdefault((task.kind, task.id), path)
            if before != path:
                raise FileFormatError(f"{path}.id", f"{task.id} is the id of {before} too")


def _refuse_shared_setups(units: Sequence[Unit], fleet: Fleet) -> None:
    """Setting up is left out when the vehicle is already there; that is only planned where it cannot happen."""
    used = Counter(task.location for unit in units for task in unit.tasks)
    starts = {shift.start_location for shift in fleet.read}
    for unit in units:
        for task in unit.tasks:
            needs = task.setup_seconds > 0 or any(task.setup_by_type.values())
            if needs and (used[task.location] > 1 or task.location in starts):
                other = "a vehicle starts there too" if task.location in starts else "another task is there too"
                raise FileFormatError(f"{unit.path}.setup", f"cannot be planned where {other}")


def _refuse_limits(units: Sequence[Unit], fleet: Fleet) -> None:
    """A shipment is one visit to the planner: two tasks, and driving of its own, to these limits."""
    if not any(unit.is_shipment for unit in units):
        return
    for i, vehicle in enumerate(fleet.raw):
        for name in ("max_tasks", "max_travel_time", "max_distance"):
            if vehicle.get(name) is not None:
                raise FileFormatError(f"vehicles[{i}].{name}", "cannot be planned with shipments")


def _check_amounts(units: Sequence[Unit], fleet: Fleet) -> None:
    """All amounts have as many kinds as there are capacities."""
    if not any(unit.amounts for unit in units):
        return
    count = max(len(unit.amounts) for unit in units)
    for i, capacity in enumerate(fleet.capacities):
        if len(capacity) != count:
            raise FileFormatError(f"vehicles[{i}].capacity", f"{len(capacity)} amounts, but {count} elsewhere")
    for unit in units:
        if unit.amounts and len(unit.amounts) != count:
            raise FileFormatError(f"{unit.path}.amount", f"{len(unit.amounts)} amounts, but {count} elsewhere")
