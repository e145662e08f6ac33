"""From WGS-84, which satellites and OpenStreetMap speak, to GCJ-02, in which maps of China must be drawn.

GCJ-02 is not published; the world uses an approximation found by comparing maps, good to a few metres. Formula and
constants as in github.com/googollee/eviltransform, whose test pairs are our tests too.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt

# The ellipsoid of Krasovsky 1940: half of the long axis in metres, and the square of the eccentricity.
HALF_AXIS_METRES = 6_378_245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323

WEST, EAST = 72.004, 137.8347
SOUTH, NORTH = 0.8293, 55.8271


def gcj02_of(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the point (latitude, longitude in degrees) in GCJ-02; outside the rectangle around China unchanged."""
    if not (WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH):
        return latitude, longitude
    north, east = _shift(longitude - 105.0, latitude - 35.0)
    radians = latitude * pi / 180.0
    root = sqrt(1.0 - ECCENTRICITY_SQUARED * sin(radians) ** 2)
    metres_north = HALF_AXIS_METRES * (1.0 - ECCENTRICITY_SQUARED) / root**3
    metres_east = HALF_AXIS_METRES / root * cos(radians)
    return latitude + north / metres_north * 180.0 / pi, longitude + east / metres_east * 180.0 / pi


def _shift(x: float, y: float) -> tuple[float, float]:
    """Return how far a point is moved, in metres to the north and to the east."""
    both = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + both * 2.0 / 3.0
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y / 30.0 * pi)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + both * 2.0 / 3.0
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    return north, east
