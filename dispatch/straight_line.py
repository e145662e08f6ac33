"""Travel without a road server: straight line × circuity at a steady speed, plus time to park and find the door."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dispatch.problem import Travel

EARTH_RADIUS_METRES = 6_371_008.8


def straight_line_travel(
    points: Sequence[tuple[float, float]],
    *,
    circuity: float,
    speed_km_per_hour: float,
    buffer_seconds: float = 0.0,
    hour_factors: tuple[float, ...] = (),
    origin_hour: float = 0.0,
) -> Travel:
    """Return the travel between all `points` (latitude, longitude in degrees), n × n.

    `circuity` is road length over straight line (1.2 to 1.4 in cities). `buffer_seconds` is added to every trip
    between different places; the same place is 0 seconds away. Great-circle distances by the haversine formula.
    """
    radians = np.radians(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    latitude, longitude = radians[:, 0], radians[:, 1]
    half_chord = (
        np.sin((latitude[:, None] - latitude[None, :]) / 2) ** 2
        + np.cos(latitude)[:, None]
        * np.cos(latitude)[None, :]
        * np.sin((longitude[:, None] - longitude[None, :]) / 2) ** 2
    )
    metres = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(half_chord, 0.0, 1.0))) * circuity
    seconds = metres / (speed_km_per_hour / 3.6)
    seconds = np.where(metres > 1.0, np.ceil(seconds + buffer_seconds), 0.0)
    return Travel(seconds=seconds, metres=np.ceil(metres), hour_factors=hour_factors, origin_hour=origin_hour)
