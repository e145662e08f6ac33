"""A plain map of an area: territories and districts, drawn from where our sites lie (D9).

A territory has the border that was drawn for it. Where none was, no file of borders is needed: a district reaches half
way to its neighbours' centres, and no further than the outermost sites. Good enough to see what is near what; nothing
is decided by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from shapely import MultiPoint, Point, Polygon, union_all, voronoi_polygons
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Site, Territory

MARGIN_DEGREES = 0.015
"""How far the map reaches beyond the outermost sites: about a mile."""
DETAIL_DEGREES = 0.0005

Ring = list[tuple[float, float]]
"""Latitude and longitude in degrees, around a shape."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of the map; districts have neither a code nor an English name."""

    name: str
    name_en: str
    rings: Sequence[Ring]
    code: str = ""


@dataclass(frozen=True, slots=True)
class DistrictMap:
    """An area's territories, and the districts inside them."""

    territories: Sequence[Shape]
    districts: Sequence[Shape]


@dataclass(frozen=True, slots=True)
class _District:
    """Where a district's sites lie: their middle, and the corners around them, as (longitude, latitude)."""

    name: str
    territory: Territory
    middle: tuple[float, float]
    corners: Sequence[tuple[float, float]]


def draw_district_map(session: Session, *, area_id: int) -> DistrictMap:
    """Draw an area; a territory without a border of its own and without sites is not on it."""
    territories = session.scalars(select(Territory).where(Territory.area_id == area_id).order_by(Territory.code)).all()
    districts = _read_districts(session, area_id)
    # A degree of longitude is shorter than one of latitude: half way must be half way on the ground.
    squeeze = cos(radians(districts[0].middle[1])) if districts else 1.0
    cells = _cells(districts, squeeze) if districts else []
    shapes = []
    for one in territories:
        if one.outline:
            rings = [[(latitude, longitude) for latitude, longitude in [*one.outline, one.outline[0]]]]
        else:
            own = [cell for district, cell in zip(districts, cells, strict=True) if district.territory.id == one.id]
            rings = _rings(union_all(own), squeeze) if own else []
        if rings:
            shapes.append(Shape(one.name, one.name_en, rings, one.code))
    return DistrictMap(
        shapes,
        [Shape(district.name, "", _rings(cell, squeeze)) for district, cell in zip(districts, cells, strict=True)],
    )


def list_outlines(session: Session, *, area_id: int) -> list[tuple[str, list[Any]]]:
    """Return the borders drawn in an area: each territory's code and its corners."""
    drawn = select(Territory.code, Territory.outline).where(Territory.area_id == area_id).order_by(Territory.code)
    return [(code, outline) for code, outline in session.execute(drawn) if outline]


def _read_districts(session: Session, area_id: int) -> list[_District]:
    rows = session.execute(
        select(
            Territory,
            Site.district,
            func.avg(Site.longitude),
            func.avg(Site.latitude),
            func.min(Site.longitude),
            func.min(Site.latitude),
            func.max(Site.longitude),
            func.max(Site.latitude),
        )
        .join(Site, Site.territory_id == Territory.id)
        .where(Territory.area_id == area_id)
        .group_by(Territory.id, Site.district)
        .order_by(Territory.code, Site.district)
    ).all()
    return [
        _District(name, territory, (x, y), [(west, south), (west, north), (east, south), (east, north)])
        for territory, name, x, y, west, south, east, north in rows
    ]


def _cells(districts: Sequence[_District], squeeze: float) -> list[BaseGeometry]:
    """Return each district's cell, in the order given, all together as large as the map."""
    around = [(x * squeeze, y) for district in districts for x, y in district.corners]
    edge = MultiPoint(around).convex_hull.buffer(MARGIN_DEGREES)
    middles = [Point(x * squeeze, y) for x, y in (district.middle for district in districts)]
    cells = list(voronoi_polygons(MultiPoint(middles), extend_to=edge).geoms) or [edge]
    found = [next((cell for cell in cells if cell.covers(middle)), edge) for middle in middles]
    return [cell.intersection(edge) for cell in found]


def _rings(shape: BaseGeometry, squeeze: float) -> list[Ring]:
    parts: Iterable[BaseGeometry] = getattr(shape, "geoms", [shape])
    plain = (part.exterior.simplify(DETAIL_DEGREES) for part in parts if isinstance(part, Polygon))
    return [[(round(y, 5), round(x / squeeze, 5)) for x, y in ring.coords] for ring in plain]
