"""Where the background of maps comes from, as the installation was told (MAP_TILES_URL)."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app

Point = tuple[float, float]
"""Latitude and longitude in degrees."""
WAY_BACK_STEPS = 4
"""The shift hardly differs between neighbours: each step leaves a thousandth of the error."""


def as_it_is(latitude: float, longitude: float) -> Point:
    """Return the point unchanged: for tiles drawn in WGS-84, as satellites and OpenStreetMap speak."""
    return latitude, longitude


@dataclass(frozen=True, slots=True)
class MapTiles:
    """Whose tiles are shown, who is to be named for them, and how a point of ours is found on them.

    Without an address maps have no background but the districts we draw.
    """

    address: str = ""
    credit: str = ""
    place: Callable[[float, float], Point] = as_it_is

    def point_at(self, latitude: float, longitude: float) -> Point:
        """Return which point of ours is shown at a point of the tiles: the way back from `place`, to the centimetre."""
        found = latitude, longitude
        for _ in range(WAY_BACK_STEPS):
            shown = self.place(*found)
            found = found[0] + latitude - shown[0], found[1] + longitude - shown[1]
        return found

    @property
    def is_shifted(self) -> bool:
        """Tell whether the tiles show points elsewhere than where they are."""
        return self.place is not as_it_is

    @property
    def host(self) -> str:
        """Return the only other host that pictures may come from; empty without tiles."""
        if not self.address:
            return ""
        parts = urlsplit(self.address)
        first, _, rest = parts.netloc.partition(".")
        return f"{parts.scheme}://{f'*.{rest}' if '{s}' in first else parts.netloc}"


def map_tiles() -> MapTiles:
    """Return the tiles of this installation."""
    tiles: MapTiles = current_app.extensions["map_tiles"]
    return tiles
