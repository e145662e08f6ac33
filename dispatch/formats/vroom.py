"""Problems in VROOM's JSON format (its API document, version 1.15), and the city days of the benchmarks.

Without matrices, locations are longitude and latitude and travel is the straight line × 1.3, the first 20 km at 50 km/h
and the rest at 80; where the file says `_rule`, they are kilometres on a plane and the rules of the city days hold.
Three rules are stricter than VROOM's, so that a plan of ours never breaks VROOM's: where a file has both deliveries and
pick-ups, or shipments beside jobs with amounts, all that a vehicle carries in its day must fit it together; a shipment
goes straight from pick-up to delivery; and its vehicle takes no break in between. What cannot be planned is refused by
the name of the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from dispatch.formats.details import Details, Document
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import MOST_PLACES, Fields, Json, as_fields, as_json, as_list, as_number
from dispatch.formats.vroom_costs import Costs, read_costs
from dispatch.formats.vroom_places import Places
from dispatch.formats.vroom_tasks import Tasks, read_tasks
from dispatch.formats.vroom_vehicles import Fleet, read_fleet
from dispatch.problem import FloatMatrix, Problem, Travel
from dispatch.straight_line import straight_line_travel

ROOT = frozenset({"jobs", "shipments", "vehicles", "matrices", "matrix"})
MATRICES = frozenset({"durations", "distances", "costs"})
CITY_SECONDS_PER_KM = 120.0
CIRCUITY, KM_PER_HOUR = 1.3, 50.0
NEAR_METRES, FAST_KM_PER_HOUR = 20_000.0, 80.0


def read_vroom(text: str) -> Problem:
    """The problem in the file; raises `FileFormatError` naming the field that is wrong or cannot be planned."""
    return read_vroom_document(text).problem


def read_vroom_document(text: str) -> Document:
    """The problem with what its solution repeats; raises `FileFormatError`."""
    root = as_fields(as_json(text, "problem"), "problem", ROOT)
    is_city = "_rule" in root
    given = _Matrices(root, as_list(root.get("vehicles"), "vehicles"))
    places = Places(has_matrix=given.durations is not None)
    fleet = read_fleet(root, places, is_city=is_city)
    tasks = read_tasks(root, places, fleet, is_city=is_city)
    travel = given.travel(places, is_city=is_city)
    places.check_against(len(travel.seconds))
    costs = read_costs(root, travel, given.costs, fleet, tasks, is_city=is_city)
    return _document(
        places, fleet, tasks, travel, costs, has_distances=given.durations is None or given.distances is not None
    )


class _Matrices:
    """The matrices of the one profile in use."""

    def __init__(self, root: Fields, vehicles: Sequence[Json]) -> None:
        self.durations: FloatMatrix | None = None
        self.distances: FloatMatrix | None = None
        self.costs: FloatMatrix | None = None
        if root.get("matrix") is not None:
            self.durations = _matrix(root["matrix"], "matrix")
            return
        if root.get("matrices") is None:
            _one_profile(vehicles)
            return
        given = root["matrices"]
        if not isinstance(given, dict):
            raise FileFormatError("matrices", "an object is expected")
        profile = _one_profile(vehicles)
        if profile not in given:
            raise FileFormatError("matrices", f"no matrices for the profile {profile}")
        path = f"matrices.{profile}"
        fields = as_fields(given[profile], path, MATRICES)
        self.durations = _matrix(fields.get("durations"), f"{path}.durations")
        for name in ("distances", "costs"):
            if fields.get(name) is not None:
                matrix = _matrix(fields[name], f"{path}.{name}")
                if matrix.shape != self.durations.shape:
                    size = len(self.durations)
                    raise FileFormatError(f"{path}.{name}", f"{len(matrix)} rows, but {size} of durations")
                setattr(self, name, matrix)

    def travel(self, places: Places, *, is_city: bool) -> Travel:
        if self.durations is not None:
            return Travel(self.durations, self.durations if self.distances is None else self.distances)
        if len(places.points) > MOST_PLACES:
            raise FileFormatError(
                "jobs", f"{len(places.points)} places are too many: at most {MOST_PLACES} can be planned"
            )
        points = np.array(list(places.points), dtype=np.float64).reshape(-1, 2)
        if not is_city:
            return _straight_lines(points)
        across, up = (points[:, None, axis] - points[None, :, axis] for axis in (0, 1))
        kilometres = np.hypot(across, up, out=across)
        seconds = np.multiply(kilometres, CITY_SECONDS_PER_KM, out=up)
        seconds -= 1e-9
        np.ceil(seconds, out=seconds)
        kilometres *= 1000.0
        return Travel(seconds=seconds, metres=kilometres)


def _straight_lines(points: FloatMatrix) -> Travel:
    """Roads guessed from straight lines: town streets first, faster roads for what a drive is longer."""
    pairs = [(float(latitude), float(longitude)) for longitude, latitude in points]
    metres = straight_line_travel(pairs, circuity=CIRCUITY, speed_km_per_hour=KM_PER_HOUR).metres
    far = np.maximum(0.0, metres - NEAR_METRES)
    seconds = np.ceil((metres - far) * 3.6 / KM_PER_HOUR + far * 3.6 / FAST_KM_PER_HOUR)
    return Travel(seconds, metres)


def _one_profile(vehicles: Sequence[Json]) -> str:
    profiles = sorted({str(item.get("profile", "car")) for item in vehicles if isinstance(item, dict)})
    if len(profiles) > 1:
        raise FileFormatError("vehicles.profile", f"several profiles cannot be planned: {', '.join(profiles)}")
    return profiles[0] if profiles else "car"


def _matrix(value: Json, path: str) -> FloatMatrix:
    rows = as_list(value, path)
    if not rows:
        raise FileFormatError(path, "a square matrix is expected")
    for i, row in enumerate(rows):
        if len(as_list(row, f"{path}[{i}]")) != len(rows):
            raise FileFormatError(f"{path}[{i}]", f"{len(rows)} numbers are expected: the matrix has to be square")
    numbers = [[as_number(item, f"{path}[{i}]") for item in as_list(row, path)] for i, row in enumerate(rows)]
    matrix = np.array(numbers, dtype=np.float64)
    if (matrix < 0).any():
        row, column = np.argwhere(matrix < 0)[0]
        raise FileFormatError(f"{path}[{row}][{column}]", f"{matrix[row, column]:g} is negative")
    return matrix


def _document(
    places: Places, fleet: Fleet, tasks: Tasks, travel: Travel, costs: Costs, *, has_distances: bool
) -> Document:
    size = len(travel.seconds)
    reach, priced = tasks.extend(travel.seconds), tasks.extend(costs.lengths)
    if places.needs_anywhere:
        reach, priced = _with_anywhere(reach), _with_anywhere(priced)
    problem = Problem(
        tasks.visits(travel.seconds, fleet, size),
        tuple(fleet.shifts(size + tasks.shipments, are_loads_skills=not tasks.is_shared_load)),
        Travel(reach, priced),
        prices=costs.prices,
        objective=costs.objective,
    )
    details = Details(
        tasks=tasks.by_visit,
        vehicles=fleet.details,
        seconds=travel.seconds,
        metres=travel.metres,
        costs=costs.matrix,
        amounts=max(fleet.amounts, tasks.amounts),
        has_distances=has_distances,
        cost_per_task_second=costs.per_task_second,
    )
    return Document(problem, details, tasks.orders(fleet), places.on_a_plane(is_city=tasks.is_city))


def _with_anywhere(matrix: FloatMatrix) -> FloatMatrix:
    """One more place, no way from all others, for vehicles that start at their first job."""
    size = len(matrix)
    wider = np.full((size + 1, size + 1), inf)
    wider[:size, :size] = matrix
    wider[size, :] = 0.0
    return wider
