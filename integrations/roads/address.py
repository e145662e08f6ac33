"""ROAD_TIMES_URL: which road service, where, for which vehicle."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from integrations.roads.amap import Amap
from integrations.roads.http import HttpService
from integrations.roads.osrm import Osrm
from integrations.roads.valhalla import Valhalla
from operations.clients.road_client import RoadTimesClient


def open_road_times(url: str) -> RoadTimesClient:
    """Return the client of a road service; it opens no connection yet. Raises ValueError for a malformed address.

    `http://host:5000` is OSRM. `osrm+http://host:5000/driving` and `valhalla+https://host:8002/auto` name the vehicle
    too; `amap+https://KEY@restapi.amap.com` carries AMap's key.
    """
    parts = urlsplit(url)
    kind, _, scheme = parts.scheme.rpartition("+")
    vehicle = parts.path.strip("/")
    if scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not an http address")
    if not re.fullmatch(r"[a-z_]{0,30}", vehicle):
        raise ValueError("not a vehicle")
    http = HttpService(_base_url(scheme, parts))
    if kind == "amap":
        if not parts.username or vehicle:
            raise ValueError("no key, or a path")
        return Amap(http, parts.username)
    if parts.username or kind not in {"", "osrm", "valhalla"}:
        raise ValueError("not a road service")
    if kind == "valhalla":
        return Valhalla(http, vehicle or "auto")
    return Osrm(http, vehicle or "driving")


def _base_url(scheme: str, parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{scheme}://{host}:{parts.port}" if parts.port else f"{scheme}://{host}"
