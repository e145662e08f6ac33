"""Vehicle routing benchmarks: VRPLIB (CVRP and VRPTW) and Solomon's text format.

With time windows distances are Euclidean, cut off after one decimal, as in the DIMACS challenge and the published
values for Solomon and Gehring–Homberger; without, they are rounded to whole numbers, as TSPLIB says. A visit's id is
the customer's number in published solutions (1 for the first customer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np

from dispatch.engine.model import Floats
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import MOST, MOST_PLACES
from dispatch.problem import ObjectiveKind, Problem, Shift, TimeWindow, Travel, Visit

SECTIONS = {"NODE_COORD_SECTION", "DEMAND_SECTION", "TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION", "DEPOT_SECTION"}
HEADERS = {"NAME", "COMMENT", "TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME", "EDGE_WEIGHT_TYPE"}
FLEET_COLUMNS, SOLOMON_COLUMNS = 2, 7
MOST_VEHICLES = 100_000
Row = tuple[float, ...]


def is_vrplib(text: str) -> bool:
    """Whether this text looks like a VRPLIB file."""
    return "NODE_COORD_SECTION" in text


def is_solomon(text: str) -> bool:
    """Whether this text looks like one of Solomon's files."""
    return "CUST NO." in text.upper()


def read_vrplib(text: str) -> Problem:
    """The problem in a VRPLIB file; raises `FileFormatError` for what it does not know."""
    headers, sections = _split(text.splitlines())
    if headers.get("EDGE_WEIGHT_TYPE", "EUC_2D") != "EUC_2D":
        raise FileFormatError("EDGE_WEIGHT_TYPE", f"{headers['EDGE_WEIGHT_TYPE'][:40]} is not supported, only EUC_2D")
    points = _rows(sections, "NODE_COORD_SECTION", 3)
    count = len(points)
    if count != int(_header(headers, "DIMENSION", count)) or not count:
        raise FileFormatError("DIMENSION", f"{headers.get('DIMENSION', 'none')} nodes announced, {count} found")
    demands = [row[1] for row in _rows(sections, "DEMAND_SECTION", 2)] or [0.0] * count
    windows = [(row[1], row[2]) for row in _rows(sections, "TIME_WINDOW_SECTION", 3)]
    services = [row[1] for row in _rows(sections, "SERVICE_TIME_SECTION", 2)]
    services = services or [0.0, *[_header(headers, "SERVICE_TIME", 0.0)] * (count - 1)]
    if not len(demands) == len(services) == count or len(windows) not in (0, count):
        raise FileFormatError("DEMAND_SECTION", "sections do not have one row per node")
    _check_depot(sections.get("DEPOT_SECTION", []), points[0][0])
    vehicles = int(_header(headers, "VEHICLES", count - 1))
    coordinates = np.array([row[1:3] for row in points])
    return _problem(coordinates, demands, windows, services, vehicles, _header(headers, "CAPACITY", inf))


def _header(headers: Mapping[str, str], name: str, default: float) -> float:
    """A header's number."""
    return default if name not in headers else _numbers(name, headers[name], 1)[0]


def _rows(sections: Mapping[str, list[Row]], name: str, width: int) -> list[Row]:
    rows = sections.get(name, [])
    for row in rows:
        if len(row) != width:
            raise FileFormatError(name, f"{width} numbers a row are expected, not {len(row)}")
    if [row[0] for row in rows] != sorted({row[0] for row in rows}):
        raise FileFormatError(name, "nodes have to stand once each and in order")
    return rows


def _check_depot(rows: Sequence[Row], first: float) -> None:
    """The first node is the depot; another one, or several, are not supported."""
    named = [row[0] for row in rows if row and row[0] != -1.0]
    if named and named != [first]:
        raise FileFormatError("DEPOT_SECTION", "only the first node can be the depot")


def _split(lines: Sequence[str]) -> tuple[dict[str, str], dict[str, list[Row]]]:
    headers: dict[str, str] = {}
    sections: dict[str, list[Row]] = {}
    rows: list[Row] | None = None
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text == "EOF":
            continue
        if text in SECTIONS:
            rows = sections.setdefault(text, [])
        elif ":" in text:
            name, value = (part.strip() for part in text.split(":", 1))
            if name not in HEADERS:
                raise FileFormatError(number, f"{name} is not supported")
            headers[name] = value
        elif rows is None:
            raise FileFormatError(number, f"{text[:40]} is not supported")
        else:
            rows.append(_numbers(number, text))
    return headers, sections


def _numbers(where: int | str, text: str, count: int | None = None) -> Row:
    """Finite numbers, as many as said, none beyond what can be planned with."""
    try:
        row = tuple(float(item) for item in text.split())
    except ValueError:
        raise FileFormatError(where, f"numbers expected: {text[:40]}") from None
    if count is not None and len(row) != count:
        raise FileFormatError(where, f"{count} numbers expected: {text[:40]}")
    if not all(-MOST <= number <= MOST for number in row):
        raise FileFormatError(where, f"numbers of at most {MOST} expected: {text[:40]}")
    return row


def read_solomon(text: str) -> Problem:
    """The problem in one of Solomon's files."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if "CUST NO." in line.upper())
    fleet = [_numbers(index + 1, line) for index, line in enumerate(lines[:start]) if line.strip()[:1].isdigit()]
    rows = [_numbers(start + 2 + index, line) for index, line in enumerate(lines[start + 1 :]) if line.strip()]
    if len(fleet) != 1 or any(len(row) != SOLOMON_COLUMNS for row in rows) or not rows:
        raise FileFormatError(start + 1, "expected number and capacity of vehicles, then seven columns per customer")
    if [row[0] for row in rows] != sorted({row[0] for row in rows}) or len(fleet[0]) != FLEET_COLUMNS:
        raise FileFormatError(
            start + 1, "customers have to stand once each and in order, under two numbers of vehicles"
        )
    table = np.array(rows)
    windows = [(float(row[4]), float(row[5])) for row in table]
    return _problem(table[:, 1:3], list(table[:, 3]), windows, list(table[:, 6]), int(fleet[0][0]), fleet[0][1])


def _problem(
    points: Floats,
    demands: Sequence[float],
    windows: Sequence[tuple[float, float]],
    services: Sequence[float],
    vehicles: int,
    capacity: float,
) -> Problem:
    if len(points) > MOST_PLACES:
        raise FileFormatError("DIMENSION", f"{len(points)} places are too many: at most {MOST_PLACES} can be planned")
    if not 0 <= vehicles <= MOST_VEHICLES:
        raise FileFormatError("VEHICLES", f"{vehicles} is not a number from 0 to {MOST_VEHICLES}")
    vehicles = min(vehicles, len(points) - 1)
    if any(demand < 0 or demand != int(demand) for demand in demands) or capacity < 0:
        raise FileFormatError("DEMAND_SECTION", "demands and capacity have to be whole numbers that are not negative")
    if any(since > until for since, until in windows) or any(service < 0 for service in services):
        raise FileFormatError("TIME_WINDOW_SECTION", "a window ends before it begins, or a service time is negative")
    away = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    away = np.floor(away * 10 + 1e-9) / 10 if windows else np.floor(away + 0.5)
    horizon = windows[0] if windows else (0.0, float(away.max() * 4 * len(points)))
    load = int(min(capacity, sum(demands)))
    visits = tuple(
        Visit(
            id=str(node),
            location=node,
            duration_seconds=services[node],
            time_windows=(TimeWindow(*windows[node]),) if windows else (),
            parts={"load": int(demands[node])} if demands[node] else {},
        )
        for node in range(1, len(points))
    )
    shifts = tuple(
        Shift(str(number), str(number), horizon[0], horizon[1], 0, 0, parts={"load": load})
        for number in range(1, vehicles + 1)
    )
    return Problem(visits, shifts, Travel(away, away), objective=ObjectiveKind.TOTAL_DISTANCE)
