"""A territory's border in one cell: `31.25,121.45;31.26,121.47;…`, corner after corner around it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from operations.imports.cells import BETWEEN, read_degrees, write_degrees
from operations.imports.problems import BadCell, Trouble
from policies.outlines import (
    FEWEST_CORNERS,
    MOST_CORNERS,
    Corner,
    CornersTooFew,
    CornersTooMany,
    OutlineCrossesItself,
    check_outline,
    tidy_corners,
)

DECIMALS = 5
"""A hundred-thousandth of a degree is about a metre."""
read_latitude, read_longitude = read_degrees(90), read_degrees(180)


def read_outline(cell: str) -> list[list[float]]:
    """Return the corners as [latitude, longitude], to the metre; the last need not repeat the first."""
    parts = [part.strip() for part in unicodedata.normalize("NFKC", cell).split(BETWEEN) if part.strip()]
    corners = tidy_corners([_read_corner(number, part) for number, part in enumerate(parts, start=1)])
    try:
        check_outline(corners)
    except CornersTooFew as refused:
        raise BadCell(Trouble.TOO_FEW_CORNERS, str(FEWEST_CORNERS)) from refused
    except CornersTooMany as refused:
        raise BadCell(Trouble.TOO_MANY_CORNERS, str(MOST_CORNERS)) from refused
    except OutlineCrossesItself as refused:
        raise BadCell(Trouble.CROSSES_ITSELF, ", ".join(map(str, refused.sides))) from refused
    return [list(corner) for corner in corners]


def write_outline(corners: Sequence[Sequence[float]]) -> str:
    """Return what `read_outline` reads."""
    return BETWEEN.join(f"{write_degrees(latitude)},{write_degrees(longitude)}" for latitude, longitude in corners)


def _read_corner(number: int, text: str) -> Corner:
    latitude, _, longitude = text.partition(",")
    try:
        return round(read_latitude(latitude.strip()), DECIMALS), round(read_longitude(longitude.strip()), DECIMALS)
    except BadCell as bad:
        raise BadCell(Trouble.NOT_CORNERS, str(number)) from bad
