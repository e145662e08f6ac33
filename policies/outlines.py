"""Outlines of territories: the corners of one closed line on the map, and which places lie inside (D2, H13)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import cos, radians
from typing import TypeVar

from shapely import LineString, Point, Polygon, STRtree, covers, points

Corner = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""
Key = TypeVar("Key", bound=Hashable)

FEWEST_CORNERS = 3
MOST_CORNERS = 100
SLIVER_METRES = 30.0
"""Neighbours are drawn along the same street by hand: what they share may be as wide as the street."""
METRES_PER_DEGREE = 111_320.0


class CornersTooFew(ValueError):
    """A line with fewer than three corners encloses nothing."""


class CornersTooMany(ValueError):
    """More corners than anybody can keep straight; a page or a file of theirs would be too long."""


class OutlineCrossesItself(ValueError):
    """Two sides cross or touch; `sides` are the numbers, from 1, of the corners at which they begin."""

    def __init__(self, sides: tuple[int, int]) -> None:
        super().__init__(sides)
        self.sides = sides


def tidy_corners(corners: Sequence[Corner]) -> list[Corner]:
    """Return the corners without those that repeat the one before, around the end too, as files of rings do."""
    return [corner for before, corner in zip([*corners[-1:], *corners], corners, strict=False) if corner != before]


def check_outline(corners: Sequence[Corner]) -> None:
    """Do nothing when tidy corners enclose one area; else raise CornersTooFew or -TooMany, or OutlineCrossesItself."""
    if len(corners) < FEWEST_CORNERS:
        raise CornersTooFew(len(corners))
    if len(corners) > MOST_CORNERS:
        raise CornersTooMany(len(corners))
    crossing = _find_crossing(corners)
    if crossing is not None:
        raise OutlineCrossesItself(crossing)


def find_holder(outlines: Mapping[Key, Sequence[Corner]], place: Corner) -> Key | None:
    """Return whose outline holds a place, its line included; the first where neighbours share a sliver."""
    return next((key for key, corners in outlines.items() if Polygon(corners).covers(Point(place))), None)


def count_inside(corners: Sequence[Corner], places: Sequence[Corner]) -> int:
    """Return how many of the places an outline holds, its line included."""
    return sum(tell_inside(corners, places))


def tell_inside(corners: Sequence[Corner], places: Sequence[Corner]) -> list[bool]:
    """Return for each place whether an outline holds it, its line included; no corners hold nothing."""
    if not corners or not places:
        return [False] * len(places)
    held: list[bool] = covers(Polygon(corners), points(places)).tolist()
    return held


def is_overlapping(one: Sequence[Corner], other: Sequence[Corner]) -> bool:
    """Tell whether two outlines share more than a sliver along their border."""
    squeeze = cos(radians(one[0][0]))
    shared = _on_the_ground(one, squeeze).intersection(_on_the_ground(other, squeeze))
    return not shared.buffer(-SLIVER_METRES / 2).is_empty


def _on_the_ground(corners: Sequence[Corner], squeeze: float) -> Polygon:
    return Polygon([(y * METRES_PER_DEGREE, x * METRES_PER_DEGREE * squeeze) for y, x in corners])


def _find_crossing(corners: Sequence[Corner]) -> tuple[int, int] | None:
    count = len(corners)
    sides = [LineString([corner, corners[(at + 1) % count]]) for at, corner in enumerate(corners)]
    touching = STRtree(sides).query(sides, predicate="intersects").T.tolist()
    for one, other in sorted((one, other) for one, other in touching if one < other):
        # Sides that follow each other meet in their corner: only on the way back they share more.
        is_next = other - one in (1, count - 1)
        if not is_next or sides[one].intersection(sides[other]).length > 0:
            return one + 1, other + 1
    return None
