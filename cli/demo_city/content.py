"""The words and places the demo city is made of, read from `content/` (data only, one CSV file per kind)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from policies.priorities import Severity

CONTENT = Path(__file__).resolve().parents[2] / "content"


@dataclass(frozen=True, slots=True)
class District:
    """A real district with its bounding box in degrees; `weight` is its share of the customers."""

    code: str
    name: str
    name_en: str
    territory: str
    weight: int
    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A real neighbourhood's centre; addresses lie within `radius_metres` on its roads (pairs Chinese, English)."""

    district: District
    name: str
    name_en: str
    latitude: float
    longitude: float
    radius_metres: float
    roads: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault category of the catalogue."""

    code: str
    family: str
    position: int
    name: str
    name_en: str
    severity: Severity
    priority: int
    duration_minutes: int
    skill: str
    skill_level: int


@cache
def read_rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of `content/<name>.csv`, for example `demo/districts`."""
    with (CONTENT / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def list_districts() -> tuple[District, ...]:
    """Return the sixteen districts of Shanghai."""
    return tuple(
        District(
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            territory=row["territory"],
            weight=int(row["weight"]),
            south=float(row["south"]),
            west=float(row["west"]),
            north=float(row["north"]),
            east=float(row["east"]),
        )
        for row in read_rows("demo/districts")
    )


@cache
def list_neighbourhoods() -> tuple[Neighbourhood, ...]:
    """Return the neighbourhoods in the order of the file."""
    districts = {district.code: district for district in list_districts()}
    return tuple(
        Neighbourhood(
            district=districts[row["district"]],
            name=row["name"],
            name_en=row["name_en"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            radius_metres=float(row["radius_metres"]),
            roads=tuple(read_pairs(row["roads"])),
        )
        for row in read_rows("demo/neighbourhoods")
    )


@cache
def list_faults() -> tuple[Fault, ...]:
    """Return the fault categories of all product families."""
    return tuple(
        Fault(
            code=row["code"],
            family=row["family"],
            position=int(row["position"]),
            name=row["name"],
            name_en=row["name_en"],
            severity=Severity(row["severity"]),
            priority=int(row["priority"]),
            duration_minutes=int(row["duration_minutes"]),
            skill=row["skill"],
            skill_level=int(row["skill_level"]),
        )
        for row in read_rows("catalogue/faults")
    )


def read_pairs(cell: str, *, between: str = "=") -> list[tuple[str, str]]:
    """Split a cell such as `a=1|b=2` into its pairs."""
    return [(left, right) for left, _, right in (part.partition(between) for part in cell.split("|"))]
