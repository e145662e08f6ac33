"""What a VROOM file's plan costs, in the planner's prices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import Fields, as_amount, as_fields
from dispatch.formats.vroom_tasks import Tasks
from dispatch.formats.vroom_vehicles import Fleet
from dispatch.problem import FloatMatrix, ObjectiveKind, Prices, Shift, Travel

COSTS = frozenset({"fixed", "per_hour", "per_km", "per_task_hour"})
SECONDS_PER_HOUR = 3600.0
METRES_PER_KM = 1000.0


@dataclass(frozen=True, slots=True)
class Costs:
    """The objective with its prices. `matrix` is what a drive costs; `lengths` is what the planner takes for metres."""

    objective: ObjectiveKind
    prices: Prices
    matrix: FloatMatrix
    lengths: FloatMatrix
    per_task_second: float = 0.0


def read_costs(
    root: Fields, travel: Travel, given: FloatMatrix | None, fleet: Fleet, tasks: Tasks, *, is_city: bool
) -> Costs:
    """The costs of the file: by time at the wheel, or by a matrix of costs where distance or the file's own count."""
    _set_longest(fleet, travel, has_distances=not _is_without_distances(root, travel))
    if is_city:
        return Costs(ObjectiveKind.CITY_DAY, Prices(), _paid(travel, 1 / 60.0, tasks), travel.metres)
    same = _the_same(fleet)
    fixed, per_hour, per_km, per_task = (same[name] for name in ("fixed", "per_hour", "per_km", "per_task_hour"))
    if per_task and any(task.service_by_type or task.setup_by_type for unit in tasks.units for task in unit.tasks):
        raise FileFormatError("vehicles.costs.per_task_hour", "cannot be planned with times by type of vehicle")
    per_second = per_task / SECONDS_PER_HOUR
    if given is None and not per_km:
        prices = Prices(
            travel_cents_per_minute=per_hour / 60.0,
            waiting_cents_per_minute=0.0,
            overtime_cents_per_minute=0.0,
            shift_use_cents=fixed,
            over_qualified_cents=0.0,
        )
        paid = _paid(travel, per_hour / SECONDS_PER_HOUR / (fleet.speed or 1.0), tasks)
        return Costs(ObjectiveKind.PRODUCT, prices, paid, travel.metres, per_second)
    name = "vehicles.costs.per_km" if given is None else "matrices.costs"
    if fixed:
        raise FileFormatError("vehicles.costs.fixed", f"cannot be planned together with {name}")
    if len({task.priority for unit in tasks.units for task in unit.tasks}) > 1:
        raise FileFormatError("jobs.priority", f"different priorities cannot be planned together with {name}")
    if given is None:
        given = _by_time_and_distance(root, travel, fleet, per_hour, per_km)
    elif per_km or per_hour != SECONDS_PER_HOUR:
        raise FileFormatError("matrices.costs", "vehicles with prices of their own cannot have them")
    return Costs(ObjectiveKind.TOTAL_DISTANCE, Prices(), given, given, per_second)


def _paid(travel: Travel, per_second: float, tasks: Tasks) -> FloatMatrix:
    """What drives cost by their time; only shipments ask, so that without them the large matrix is spared."""
    return travel.seconds * per_second if tasks.shipments else travel.seconds


def _by_time_and_distance(root: Fields, travel: Travel, fleet: Fleet, per_hour: float, per_km: float) -> FloatMatrix:
    if _is_without_distances(root, travel):
        raise FileFormatError("matrices", "distances are needed for vehicles.costs.per_km")
    if per_hour and fleet.speed is None:
        raise FileFormatError("vehicles.speed_factor", "different speeds cannot be planned with costs.per_km")
    by_time = travel.seconds * (per_hour / SECONDS_PER_HOUR) / (fleet.speed or 1.0)
    return np.asarray(by_time + travel.metres * (per_km / METRES_PER_KM))


def _is_without_distances(root: Fields, travel: Travel) -> bool:
    has_matrices = root.get("matrices") is not None or root.get("matrix") is not None
    return has_matrices and travel.metres is travel.seconds


def _the_same(fleet: Fleet) -> dict[str, float]:
    """The prices all vehicles share; different ones are refused."""
    usual = {"fixed": 0.0, "per_hour": SECONDS_PER_HOUR, "per_km": 0.0, "per_task_hour": 0.0}
    found: list[dict[str, float]] = []
    for i, vehicle in enumerate(fleet.raw):
        path = f"vehicles[{i}].costs"
        given = vehicle.get("costs")
        costs = as_fields({} if given is None else given, path, COSTS)
        found.append({name: as_amount(costs.get(name), f"{path}.{name}", usual[name]) for name in usual})
        for name, value in found[-1].items():
            if value != found[0][name]:
                trouble = f"{value:g} here and {found[0][name]:g} for vehicles[0]: different prices cannot be planned"
                raise FileFormatError(f"{path}.{name}", trouble)
    return found[0] if found else usual


def _set_longest(fleet: Fleet, travel: Travel, *, has_distances: bool) -> None:
    """A longest distance is a longest time at the wheel, where the two are in proportion."""
    limits = [vehicle.get("max_distance") for vehicle in fleet.raw]
    if all(limit is None for limit in limits):
        return
    speed = _metres_per_second(travel) if has_distances else None
    for i, limit in enumerate(limits):
        if limit is None:
            continue
        path = f"vehicles[{i}].max_distance"
        if speed is None:
            raise FileFormatError(path, "can be planned only where distances are in proportion to durations")
        shift: Shift = fleet.read[i]
        seconds = as_amount(limit, path) / speed / shift.speed_factor
        tightest = seconds if shift.max_travel_seconds is None else min(seconds, shift.max_travel_seconds)
        fleet.read[i] = replace(shift, max_travel_seconds=tightest)


def _metres_per_second(travel: Travel) -> float | None:
    """How many metres a second stands for, None when that differs from road to road."""
    moving = travel.seconds > 0
    if not moving.any() or (travel.metres[~moving] > 0).any():
        return None
    ratios = travel.metres[moving] / travel.seconds[moving]
    return float(ratios[0]) if ratios[0] > 0 and np.allclose(ratios, ratios[0], rtol=1e-9, atol=0.0) else None
