"""Where the background of maps comes from, as the installation was told (MAP_TILES_URL)."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


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
