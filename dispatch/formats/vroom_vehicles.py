"""The vehicles of a VROOM file as shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.formats.details import Vehicle
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import (
    Fields,
    Json,
    as_amount,
    as_count,
    as_fields,
    as_list,
    as_number,
    as_text,
    as_whole,
)  # fmt: skip
from dispatch.formats.vroom_places import ALWAYS, Places, place_of, read_windows
from dispatch.problem import Break, Shift

VEHICLE = frozenset({
    "id", "profile", "description", "start", "start_index", "end", "end_index", "capacity", "costs", "skills", "type",
    "time_window", "breaks", "speed_factor", "max_tasks", "max_travel_time", "max_distance", "steps",
})  # fmt: skip
BREAK = frozenset({"id", "description", "time_windows", "service", "max_load"})
STEP = frozenset({"type", "id", "service_at", "service_after", "service_before", "description"})
STEP_TYPES = frozenset({"start", "job", "pickup", "delivery", "break", "end"})
FASTEST = 5.0
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Fleet:
    """The vehicles read; `steps` are those of a route to start from, with their paths."""

    raw: Sequence[Fields]
    read: list[Shift]
    details: Mapping[str, Vehicle]
    capacities: Sequence[Sequence[int]]
    steps: Mapping[str, Sequence[tuple[str, str, int]]]

    @property
    def amounts(self) -> int:
        """How many kinds of amounts vehicles can carry."""
        return max(map(len, self.capacities), default=0)

    @property
    def speed(self) -> float | None:
        """The speed factor all vehicles share, None when they differ."""
        speeds = {shift.speed_factor for shift in self.read}
        return next(iter(speeds), 1.0) if len(speeds) <= 1 else None

    def shifts(self, anywhere: int, *, are_loads_skills: bool) -> list[Shift]:
        """The shifts; those without a start begin at the location `anywhere`.

        What one visit at a time carries only has to fit alone, like a level of skill; otherwise it is used up.
        """
        shifts = []
        for shift, capacity in zip(self.read, self.capacities, strict=True):
            loads = {f"load {i}": amount for i, amount in enumerate(capacity)}
            start = anywhere if shift.start_location == NOWHERE else shift.start_location
            skills = {**shift.skills, **(loads if are_loads_skills else {})}
            shifts.append(replace(shift, start_location=start, skills=skills, parts=loads))
        return shifts


def read_fleet(root: Fields, places: Places, *, is_city: bool) -> Fleet:
    """The vehicles of the file; raises `FileFormatError`."""
    items = as_list(root.get("vehicles"), "vehicles")
    raw = [as_fields(item, f"vehicles[{i}]", VEHICLE) for i, item in enumerate(items)]
    shifts = [_shift(vehicle, f"vehicles[{i}]", places, is_city=is_city) for i, vehicle in enumerate(raw)]
    ids = [shift.id for shift in shifts]
    for i, identity in enumerate(ids):
        if identity in ids[:i]:
            raise FileFormatError(f"vehicles[{i}].id", f"{identity} is the id of vehicles[{ids.index(identity)}] too")
    return Fleet(
        raw,
        shifts,
        {
            shift.id: _details(vehicle, f"vehicles[{i}]")
            for i, (shift, vehicle) in enumerate(zip(shifts, raw, strict=True))
        },
        [_capacity(vehicle, f"vehicles[{i}]") for i, vehicle in enumerate(raw)],
        {
            shift.id: _steps(vehicle, f"vehicles[{i}]")
            for i, (shift, vehicle) in enumerate(zip(shifts, raw, strict=True))
        },
    )


def read_skills(fields: Fields, path: str) -> dict[str, int]:
    """Skills are numbers in VROOM and have no levels."""
    return {str(as_count(item, f"{path}.skills")): 1 for item in as_list(fields.get("skills"), f"{path}.skills")}


def read_amounts(fields: Fields, path: str, name: str) -> list[int]:
    """Amounts of several kinds; none when the field is missing."""
    given = as_list(fields.get(name), f"{path}.{name}")
    return [as_count(item, f"{path}.{name}[{i}]") for i, item in enumerate(given)]


def _capacity(vehicle: Fields, path: str) -> list[int]:
    return read_amounts(vehicle, path, "capacity")


def _shift(vehicle: Fields, path: str, places: Places, *, is_city: bool) -> Shift:
    start, end = places.number(vehicle, path, "start"), places.number(vehicle, path, "end")
    if start is None:
        places.needs_anywhere = True
        if end is None:
            raise FileFormatError(f"{path}.start", "a start or an end is needed")
    given = vehicle.get("time_window")
    window = ALWAYS if given is None else read_windows([given], f"{path}.time_window")[0]
    until = _shift_end(vehicle, path) if is_city else window.until_seconds
    number = str(as_whole(vehicle.get("id"), f"{path}.id"))
    max_travel, max_tasks = vehicle.get("max_travel_time"), vehicle.get("max_tasks")
    return Shift(
        id=number,
        technician_id=number,
        from_seconds=window.from_seconds,
        until_seconds=until,
        start_location=NOWHERE if start is None else start,
        end_location=end,
        skills=read_skills(vehicle, path),
        breaks=tuple(_break(item, path, i) for i, item in enumerate(as_list(vehicle.get("breaks"), f"{path}.breaks"))),
        overtime_limit_seconds=window.until_seconds - until,
        speed_factor=_speed(vehicle, path),
        max_travel_seconds=None if max_travel is None else as_amount(max_travel, f"{path}.max_travel_time"),
        max_visits=None if max_tasks is None else as_count(max_tasks, f"{path}.max_tasks"),
        grade=as_text(vehicle.get("type"), f"{path}.type"),
    )


def _speed(vehicle: Fields, path: str) -> float:
    speed = as_number(vehicle.get("speed_factor"), f"{path}.speed_factor", 1.0)
    if not 0.0 < speed <= FASTEST:
        raise FileFormatError(f"{path}.speed_factor", f"{speed:g} is not above 0 and at most {FASTEST:g}")
    return speed


def _shift_end(vehicle: Fields, path: str) -> float:
    """The city days write it into the description: `shift_end=63000`."""
    description = str(vehicle.get("description", ""))
    _, found, value = description.partition("shift_end=")
    if not found or not value.strip().isascii() or not value.strip().isdigit():
        raise FileFormatError(f"{path}.description", "shift_end=… is expected in a city day")
    return as_number(int(value[:20]), f"{path}.description")


def _break(item: Json, vehicle: str, number: int) -> Break:
    path = f"{vehicle}.breaks[{number}]"
    fields = as_fields(item, path, BREAK)
    as_whole(fields.get("id"), f"{path}.id")
    if fields.get("max_load") is not None:
        raise FileFormatError(f"{path}.max_load", "breaks that depend on the load cannot be planned")
    windows = read_windows(fields.get("time_windows"), f"{path}.time_windows") or (ALWAYS,)
    if len(windows) > 1:
        raise FileFormatError(f"{path}.time_windows", "several windows for one break cannot be planned")
    return Break(as_amount(fields.get("service"), f"{path}.service", 0.0), windows[0])


def _details(vehicle: Fields, path: str) -> Vehicle:
    rests = [as_fields(item, f"{path}.breaks", BREAK) for item in as_list(vehicle.get("breaks"), f"{path}.breaks")]
    named = [(as_whole(rest.get("id"), path), as_text(rest.get("description"), f"{path}.breaks")) for rest in rests]
    for number, (identity, _) in enumerate(named):
        if identity in {other for other, _ in named[:number]}:
            raise FileFormatError(
                f"{path}.breaks[{number}].id", f"{identity} is the id of another break of this vehicle"
            )
    description = as_text(vehicle.get("description"), f"{path}.description")
    return Vehicle(description, place_of(vehicle, "start"), place_of(vehicle, "end"), named)


def _steps(vehicle: Fields, path: str) -> list[tuple[str, str, int]]:
    """Path, type and id of each task of the route to start from; its times are not used, as in VROOM."""
    found = []
    for i, item in enumerate(as_list(vehicle.get("steps"), f"{path}.steps")):
        where = f"{path}.steps[{i}]"
        step = as_fields(item, where, STEP)
        kind = step.get("type")
        if not isinstance(kind, str) or kind not in STEP_TYPES:
            raise FileFormatError(f"{where}.type", f"one of {', '.join(sorted(STEP_TYPES))} is expected")
        if kind in {"job", "pickup", "delivery"}:
            found.append((where, kind, as_whole(step.get("id"), f"{where}.id")))
    return found
