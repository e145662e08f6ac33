"""Driving times that a road service has told, packed per place of departure, and laid over the straight-line estimate.

A place is a whole number: its coordinates rounded to 0.00001 degrees, about a metre. What is known of the roads out of
one place is one byte string: records of (destination, seconds, metres), sorted by destination. An area of 500 places
has 250,000 pairs; as 500 such strings they are read in milliseconds while a caller waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
import numpy.typing as npt

from dispatch.problem import Travel

STEPS_PER_DEGREE = 100_000
_LONGITUDES = 360 * STEPS_PER_DEGREE + 1
_PAIR = np.dtype([("to", "<i8"), ("seconds", "<f4"), ("metres", "<f4")])

NO_ROAD_SECONDS = 24 * 3600.0
"""A drive where the service knows no road: longer than any shift, so nobody is sent, and still a number."""


def place_key(point: tuple[float, float]) -> int:
    """Return the place of a point (latitude, longitude in degrees)."""
    latitude, longitude = point
    return round((latitude + 90) * STEPS_PER_DEGREE) * _LONGITUDES + round((longitude + 180) * STEPS_PER_DEGREE)


def point_of_place(place: int) -> tuple[float, float]:
    """Return the point (latitude, longitude in degrees) that stands for a place."""
    south, west = divmod(place, _LONGITUDES)
    return round(south / STEPS_PER_DEGREE - 90, 5), round(west / STEPS_PER_DEGREE - 180, 5)


def pack_roads(pairs: Mapping[int, tuple[float, float]]) -> bytes:
    """Pack destination → (seconds, metres), infinite where there is no road."""
    records = np.array([(to, *pairs[to]) for to in sorted(pairs)], _PAIR)
    return records.tobytes()


def unpack_roads(packed: bytes) -> dict[int, tuple[float, float]]:
    """Return destination → (seconds, metres): what `pack_roads` was given, to 7 digits."""
    return {int(to): (float(seconds), float(metres)) for to, seconds, metres in np.frombuffer(packed, _PAIR).tolist()}


def missing_roads(packed: bytes, wanted: Iterable[int]) -> list[int]:
    """Return the destinations among `wanted`, in their order, of which nothing is packed."""
    known = set(np.frombuffer(packed, _PAIR)["to"].tolist())
    return [place for place in wanted if place not in known]


def merge_roads(packed: bytes, told: Mapping[int, tuple[float, float]], *, wanted: Collection[int]) -> bytes:
    """Add what has been told; it replaces what was known. Destinations outside `wanted` are forgotten."""
    new = np.frombuffer(pack_roads(told), _PAIR)
    old = np.frombuffer(packed, _PAIR)
    both = np.concatenate([new, old[~np.isin(old["to"], new["to"])]])
    both = both[np.isin(both["to"], np.fromiter(wanted, np.int64, len(wanted)))]
    return both[np.argsort(both["to"])].tobytes()


@dataclass(frozen=True, slots=True)
class RoadTravel:
    """Travel with what roads are known, and how many of all pairs of different points they are."""

    travel: Travel
    pairs: int
    road_pairs: int

    @property
    def road_percent(self) -> float:
        """The share of pairs that come from roads, 0 to 100; 0 where there are no pairs."""
        return 100.0 * self.road_pairs / self.pairs if self.pairs else 0.0


def lay_roads(
    travel: Travel,
    points: Sequence[tuple[float, float]],
    known: Mapping[int, bytes],
    *,
    buffer_seconds: float = 0.0,
) -> RoadTravel:
    """Replace estimates by road times wherever they are known; `known` is what is packed, by place of departure.

    `buffer_seconds` is added to each drive, as in `straight_line_travel`. A place that the service cannot
    leave at all, or not reach at all, lies at the edge of its map or beside it, and keeps those estimates. Elsewhere no
    road means NO_ROAD_SECONDS.
    """
    count = len(points)
    if not known or count == 0:
        return RoadTravel(travel, count * (count - 1), 0)
    places = np.array([place_key(point) for point in points], np.int64)
    told, metres = _read_rows(places, known)
    told[places[:, None] == places[None, :]] = np.nan  # one place: no drive, whatever the service makes of it
    has_road = np.isfinite(told)
    told[~has_road.any(axis=1), :] = np.nan
    told[:, ~has_road.any(axis=0)] = np.nan
    is_known = ~np.isnan(told)
    seconds = np.where(np.isposinf(told), NO_ROAD_SECONDS, np.ceil(told + buffer_seconds))
    laid = replace(
        travel,
        seconds=np.where(is_known, seconds, travel.seconds),
        metres=np.where(has_road & is_known, np.ceil(metres), travel.metres),
    )
    # Points of one place need no road to each other: they are as well known as they can be.
    same = (places[:, None] == places[None, :]) & bool(is_known.any())
    np.fill_diagonal(same, val=False)
    return RoadTravel(laid, count * (count - 1), int((is_known | same).sum()))


def _read_rows(
    places: npt.NDArray[np.int64], known: Mapping[int, bytes]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return seconds and metres, row to column: NaN where nothing is known, infinite where there is no road."""
    seconds = np.full((len(places), len(places)), np.nan)
    metres = np.full_like(seconds, inf)
    for row, place in enumerate(places.tolist()):
        records = np.frombuffer(known.get(place, b""), _PAIR)
        if len(records) == 0:
            continue
        at = np.minimum(np.searchsorted(records["to"], places), len(records) - 1)
        found = records["to"][at] == places
        seconds[row, found] = records["seconds"][at[found]]
        metres[row, found] = records["metres"][at[found]]
    return seconds, metres
