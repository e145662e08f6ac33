"""Vehicle routing benchmarks: VRPLIB (CVRP and VRPTW) and Solomon's text format.

With time windows distances are Euclidean, cut off after one decimal, as in the DIMACS challenge and the published
values for Solomon and Gehring–Homberger; without, they are rounded to whole numbers, as TSPLIB says. A visit's id is
the customer's number in published solutions (1 for the first customer).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from dispatch.engine.model import Floats
from dispatch.formats.errors import FileFormatError
from dispatch.problem import ObjectiveKind, Problem, Shift, TimeWindow, Travel, Visit

SECTIONS = {"NODE_COORD_SECTION", "DEMAND_SECTION", "TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION", "DEPOT_SECTION"}
HEADERS = {"NAME", "COMMENT", "TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME", "EDGE_WEIGHT_TYPE"}
SOLOMON_COLUMNS = 7
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
        raise FileFormatError("EDGE_WEIGHT_TYPE", f"{headers['EDGE_WEIGHT_TYPE']} is not supported, only EUC_2D")
    points = sections.get("NODE_COORD_SECTION", [])
    if len(points) != int(headers.get("DIMENSION", len(points))):
        raise FileFormatError("DIMENSION", f"{headers['DIMENSION']} nodes announced, {len(points)} found")
    count = len(points)
    demands = [row[1] for row in sections.get("DEMAND_SECTION", [])] or [0.0] * count
    windows = [(row[1], row[2]) for row in sections.get("TIME_WINDOW_SECTION", [])]
    services = [row[1] for row in sections.get("SERVICE_TIME_SECTION", [])]
    services = services or [0.0, *[float(headers.get("SERVICE_TIME", 0))] * (count - 1)]
    if not len(demands) == len(services) == count or len(windows) not in (0, count):
        raise FileFormatError("DEMAND_SECTION", "sections do not have one row per node")
    vehicles = int(headers.get("VEHICLES", count - 1))
    coordinates = np.array([row[1:3] for row in points])
    return _problem(coordinates, demands, windows, services, vehicles, float(headers.get("CAPACITY", inf)))


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


def _numbers(number: int, text: str) -> Row:
    try:
        return tuple(float(item) for item in text.split())
    except ValueError:
        raise FileFormatError(number, f"numbers expected: {text[:40]}") from None


def read_solomon(text: str) -> Problem:
    """The problem in one of Solomon's files."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if "CUST NO." in line.upper())
    fleet = [_numbers(index + 1, line) for index, line in enumerate(lines[:start]) if line.strip()[:1].isdigit()]
    rows = [_numbers(start + 2 + index, line) for index, line in enumerate(lines[start + 1 :]) if line.strip()]
    if len(fleet) != 1 or any(len(row) != SOLOMON_COLUMNS for row in rows) or not rows:
        raise FileFormatError(start + 1, "expected number and capacity of vehicles, then seven columns per customer")
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
