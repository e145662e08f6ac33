"""Problems in VROOM's JSON format (its API documentation, version 1.15), and the city days of the benchmarks.

Without matrices, locations are longitude and latitude and travel is the straight line × 1.3 at 50 km/h; where the file
says `_rule`, they are kilometres on a plane and the rules of the city days hold. What VROOM knows and this reader does
not is refused by the name of the field: shipments, set-up times, mixed pick-ups and deliveries, several profiles,
costs per vehicle other than one fixed price, maximal distances, fixed steps, breaks with several windows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np

from dispatch.engine.model import Floats
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import Fields, Json, as_fields, as_list, as_number, as_whole, refuse
from dispatch.problem import Break, ObjectiveKind, Prices, Problem, Shift, TimeWindow, Travel, Visit
from dispatch.straight_line import straight_line_travel

ROOT = frozenset({"jobs", "shipments", "vehicles", "matrices", "matrix"})
JOB = frozenset({
    "id", "description", "location", "location_index", "setup", "service", "delivery", "amount", "pickup", "skills",
    "priority", "time_windows", "setup_per_type", "service_per_type",
})  # fmt: skip
VEHICLE = frozenset({
    "id", "profile", "description", "start", "start_index", "end", "end_index", "capacity", "costs", "skills", "type",
    "time_window", "breaks", "speed_factor", "max_tasks", "max_travel_time", "max_distance", "steps",
})  # fmt: skip
BREAK = frozenset({"id", "description", "time_windows", "service", "max_load"})
COSTS = frozenset({"fixed", "per_hour", "per_km", "per_task_hour"})
ALWAYS = TimeWindow(0.0, 10.0**9)
SECONDS_PER_HOUR = 3600.0
PRIORITY_STEP = 1000
"""VROOM's priorities count before the number of jobs: a job without one is worth 1, a point of priority 1,000."""
CITY_SECONDS_PER_KM = 120.0
CIRCUITY, KM_PER_HOUR = 1.3, 50.0


class Places:
    """The locations of a file, numbered as they are met or as the file's indices say."""

    def __init__(self, *, has_matrix: bool) -> None:
        """With a matrix every place has to have an index into it."""
        self.has_matrix = has_matrix
        self.points: dict[tuple[float, float], int] = {}
        self.needs_anywhere = False

    def number(self, fields: Fields, path: str, name: str) -> int | None:
        """The location of `name` or `name_index`, None when neither is given."""
        index, point = fields.get(f"{name}_index"), fields.get(name)
        if self.has_matrix:
            if index is None and point is not None:
                raise FileFormatError(f"{path}.{name}_index", "is needed because the file has matrices")
            return None if index is None else as_whole(index, f"{path}.{name}_index")
        if point is None:
            return None
        pair = [as_number(item, f"{path}.{name}") for item in as_list(point, f"{path}.{name}")]
        if len(pair) != 2:  # noqa: PLR2004 - x and y
            raise FileFormatError(f"{path}.{name}", "two coordinates are expected")
        return self.points.setdefault((pair[0], pair[1]), len(self.points))


def read_vroom(text: str) -> Problem:
    """The problem in the file; raises `FileFormatError` naming the field that is wrong or not supported."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileFormatError(error.lineno, error.msg) from None
    root = as_fields(content, "problem", ROOT)
    refuse(root, "problem", "shipments")
    is_city = "_rule" in root
    vehicles = [
        as_fields(item, f"vehicles[{i}]", VEHICLE) for i, item in enumerate(as_list(root.get("vehicles"), "vehicles"))
    ]
    jobs = [as_fields(item, f"jobs[{i}]", JOB) for i, item in enumerate(as_list(root.get("jobs"), "jobs"))]
    matrices = _matrices(root, vehicles)
    places = Places(has_matrix=matrices is not None)
    kind = _load_kind(jobs)
    visits = tuple(_visit(job, f"jobs[{i}]", places, kind, is_city=is_city) for i, job in enumerate(jobs))
    shifts = [_shift(vehicle, f"vehicles[{i}]", places, is_city=is_city) for i, vehicle in enumerate(vehicles)]
    travel = _travel(places, matrices, is_city=is_city)
    if places.needs_anywhere:
        travel, shifts = _with_anywhere(travel, shifts)
    return Problem(
        visits,
        tuple(shifts),
        travel,
        prices=_prices(vehicles),
        objective=ObjectiveKind.CITY_DAY if is_city else ObjectiveKind.PRODUCT,
    )


def _matrices(root: Fields, vehicles: Sequence[Fields]) -> tuple[Floats, Floats] | None:
    """Durations and distances of the one profile in use."""
    profiles = {str(vehicle.get("profile", "car")) for vehicle in vehicles}
    if root.get("matrix") is not None:
        return _matrix(root["matrix"], "matrix"), _matrix(root["matrix"], "matrix")
    given = root.get("matrices")
    if given is None:
        return None
    if len(profiles) > 1:
        raise FileFormatError("vehicles.profile", f"several profiles are not supported: {', '.join(sorted(profiles))}")
    if not isinstance(given, dict) or not profiles <= set(given):
        raise FileFormatError("matrices", f"no matrices for {', '.join(sorted(profiles))}")
    profile = next(iter(profiles), "car")
    fields = as_fields(given[profile], f"matrices.{profile}", frozenset({"durations", "distances", "costs"}))
    refuse(fields, f"matrices.{profile}", "costs")
    seconds = _matrix(fields.get("durations"), f"matrices.{profile}.durations")
    metres = fields.get("distances")
    return seconds, seconds if metres is None else _matrix(metres, f"matrices.{profile}.distances")


def _matrix(value: Json, path: str) -> Floats:
    rows = [
        [as_number(item, f"{path}[{i}]") for item in as_list(row, path)] for i, row in enumerate(as_list(value, path))
    ]
    if any(len(row) != len(rows) for row in rows) or not rows:
        raise FileFormatError(path, "a square matrix is expected")
    return np.array(rows)


def _load_kind(jobs: Sequence[Fields]) -> str | None:
    """Whether loads are brought or fetched; both in one problem is not supported."""
    kinds = {name for job in jobs for name in ("delivery", "amount", "pickup") if any(as_list(job.get(name), name))}
    if "pickup" in kinds and len(kinds) > 1:
        raise FileFormatError("jobs.pickup", "jobs with pick-ups and jobs with deliveries together are not supported")
    return "pickup" if "pickup" in kinds else "delivery" if kinds else None


def _skills(fields: Fields, path: str) -> dict[str, int]:
    return {str(as_whole(item, f"{path}.skills")): 1 for item in as_list(fields.get("skills"), f"{path}.skills")}


def _amounts(fields: Fields, path: str, name: str) -> dict[str, int]:
    amounts = as_list(fields.get(name), f"{path}.{name}")
    return {str(i): as_whole(item, f"{path}.{name}[{i}]") for i, item in enumerate(amounts)}


def _windows(value: Json, path: str) -> tuple[TimeWindow, ...]:
    windows = []
    for item in as_list(value, path):
        pair = [as_number(end, path) for end in as_list(item, path)]
        if len(pair) != 2 or pair[0] > pair[1]:  # noqa: PLR2004 - from and until
            raise FileFormatError(path, f"a window of two times is expected, not {item!r}")
        windows.append(TimeWindow(pair[0], pair[1]))
    return tuple(windows)


def _visit(job: Fields, path: str, places: Places, kind: str | None, *, is_city: bool) -> Visit:
    refuse(job, path, "setup", "setup_per_type", "service_per_type")
    location = places.number(job, path, "location")
    if location is None:
        raise FileFormatError(f"{path}.location", "a location is needed")
    priority = as_whole(job.get("priority"), f"{path}.priority", 0)
    name = "amount" if kind == "delivery" and job.get("amount") else kind
    return Visit(
        id=str(as_whole(job.get("id"), f"{path}.id")),
        location=location,
        duration_seconds=as_number(job.get("service"), f"{path}.service", 0.0),
        time_windows=_windows(job.get("time_windows"), f"{path}.time_windows"),
        priority=priority if is_city else priority * PRIORITY_STEP + 1,
        skills=_skills(job, path),
        parts={} if name is None else {part: n for part, n in _amounts(job, path, name).items() if n},
    )


def _shift(vehicle: Fields, path: str, places: Places, *, is_city: bool) -> Shift:
    refuse(vehicle, path, "max_distance", "steps")
    start, end = places.number(vehicle, path, "start"), places.number(vehicle, path, "end")
    if start is None:
        places.needs_anywhere = True
    window = (_windows([vehicle["time_window"]], f"{path}.time_window") if vehicle.get("time_window") else (ALWAYS,))[0]
    until = _shift_end(vehicle, path) if is_city else window.until_seconds
    number = str(as_whole(vehicle.get("id"), f"{path}.id"))
    max_travel, max_tasks = vehicle.get("max_travel_time"), vehicle.get("max_tasks")
    return Shift(
        id=number,
        technician_id=number,
        from_seconds=window.from_seconds,
        until_seconds=until,
        start_location=-1 if start is None else start,
        end_location=end,
        skills=_skills(vehicle, path),
        parts=_amounts(vehicle, path, "capacity"),
        breaks=tuple(
            _break(item, f"{path}.breaks[{i}]")
            for i, item in enumerate(as_list(vehicle.get("breaks"), f"{path}.breaks"))
        ),
        overtime_limit_seconds=window.until_seconds - until,
        speed_factor=as_number(vehicle.get("speed_factor"), f"{path}.speed_factor", 1.0),
        max_travel_seconds=None if max_travel is None else as_number(max_travel, f"{path}.max_travel_time"),
        max_visits=None if max_tasks is None else as_whole(max_tasks, f"{path}.max_tasks"),
    )


def _shift_end(vehicle: Fields, path: str) -> float:
    """The city days write it into the description: `shift_end=63000`."""
    description = str(vehicle.get("description", ""))
    _, found, value = description.partition("shift_end=")
    if not found or not value.strip().isdigit():
        raise FileFormatError(f"{path}.description", "shift_end=… is expected in a city day")
    return float(value)


def _break(item: Json, path: str) -> Break:
    fields = as_fields(item, path, BREAK)
    refuse(fields, path, "max_load")
    windows = _windows(fields.get("time_windows"), f"{path}.time_windows") or (ALWAYS,)
    if len(windows) > 1:
        raise FileFormatError(f"{path}.time_windows", "several windows for one break are not supported")
    return Break(as_number(fields.get("service"), f"{path}.service", 0.0), windows[0])


def _prices(vehicles: Sequence[Fields]) -> Prices:
    """VROOM's cost is the seconds at the wheel, and a fixed price per vehicle used."""
    fixed = set()
    for i, vehicle in enumerate(vehicles):
        path = f"vehicles[{i}].costs"
        costs = as_fields(vehicle.get("costs") or {}, path, COSTS)
        refuse(costs, path, "per_km", "per_task_hour")
        if as_number(costs.get("per_hour"), f"{path}.per_hour", SECONDS_PER_HOUR) != SECONDS_PER_HOUR:
            raise FileFormatError(f"{path}.per_hour", "only 3600 is supported")
        fixed.add(as_number(costs.get("fixed"), f"{path}.fixed", 0.0))
    if len(fixed) > 1:
        raise FileFormatError("vehicles.costs.fixed", "different fixed prices are not supported")
    return Prices(
        travel_cents_per_minute=60.0,
        waiting_cents_per_minute=0.0,
        overtime_cents_per_minute=0.0,
        shift_use_cents=next(iter(fixed), 0.0),
        over_qualified_cents=0.0,
    )


def _travel(places: Places, matrices: tuple[Floats, Floats] | None, *, is_city: bool) -> Travel:
    if matrices is not None:
        return Travel(*matrices)
    points = np.array(list(places.points)).reshape(-1, 2)
    if not is_city:
        pairs = [(float(latitude), float(longitude)) for longitude, latitude in points]
        return straight_line_travel(pairs, circuity=CIRCUITY, speed_km_per_hour=KM_PER_HOUR)
    kilometres = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    return Travel(seconds=np.ceil(CITY_SECONDS_PER_KM * kilometres - 1e-9), metres=kilometres * 1000.0)


def _with_anywhere(travel: Travel, shifts: Sequence[Shift]) -> tuple[Travel, list[Shift]]:
    """One more place, no time away from all others, for vehicles that start at their first job."""
    size = len(travel.seconds)
    seconds, metres = np.full((size + 1, size + 1), inf), np.full((size + 1, size + 1), inf)
    seconds[:size, :size], metres[:size, :size] = travel.seconds, travel.metres
    seconds[size, :], metres[size, :] = 0.0, 0.0
    moved = [replace(shift, start_location=size) if shift.start_location < 0 else shift for shift in shifts]
    return Travel(seconds, metres), moved
