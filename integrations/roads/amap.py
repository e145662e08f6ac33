"""AMap's (高德) distance measurement: lbs.amap.com, Web 服务 API, 路径规划 › 距离测量 (GET /v3/distance).

Up to 100 origins to one destination, coordinates in GCJ-02 with at most six decimals, driving times with the traffic of
the moment. Numbers come as strings. `status` "1" is success; otherwise `infocode` says what is wrong. A pair without a
road carries `info` and `code` (1: no road, 2: too far from any road, 3: not in China).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from integrations.roads.blocks import LONGEST_DRIVE_SECONDS, LONGEST_ROAD_METRES, Blocks, Rows, join, read_length
from integrations.roads.gcj02 import gcj02_of
from integrations.roads.http import HttpService
from operations.clients.road_client import Point, RoadAnswerRefused, RoadServiceDown, RoadTable

ORIGINS_AT_ONCE = 100
DRIVING = "1"
NO_ROAD = {"1", "2", "3"}


@dataclass(slots=True)
class Amap:
    """A RoadTimesClient. Its quota counts requests, one per destination and 100 origins; helpings are small."""

    http: HttpService
    key: str = field(repr=False)
    blocks: Blocks = field(default_factory=lambda: Blocks(ORIGINS_AT_ONCE, 1))
    most_pairs: int = 2_000

    @property
    def profile(self) -> str:
        """The service, its vehicle and its host."""
        return f"amap/driving@{self.http.host}"

    def fetch_table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> RoadTable:
        """Ask for all pairs, one destination at a time; raises RoadServiceDown or RoadAnswerRefused."""
        return self.blocks.fetch(self._ask, origins, destinations)

    def _ask(self, origins: Sequence[Point], destinations: Sequence[Point]) -> tuple[Rows, Rows]:
        (destination,) = destinations
        answer = self.http.ask(
            "GET",
            "/v3/distance",
            params={
                "origins": "|".join(_say(point) for point in origins),
                "destination": _say(destination),
                "type": DRIVING,
                "output": "JSON",
                "key": self.key,
            },
        )
        content = answer.content
        if str(content.get("status")) != "1":
            raise RoadServiceDown(f"{self.http.host} refuses: {content.get('infocode')} {content.get('info')!s:.80}")
        return self._read(content.get("results"), len(origins))

    def _read(self, results: Any, origins: int) -> tuple[Rows, Rows]:  # noqa: ANN401 - whatever the server has sent
        if not isinstance(results, list) or len(results) != origins:
            raise RoadAnswerRefused(f"{self.http.host}: no list of {origins} results")
        by_origin = {str(one.get("origin_id")): one for one in results if isinstance(one, dict)}
        if set(by_origin) != {str(number) for number in range(1, origins + 1)}:
            raise RoadAnswerRefused(f"{self.http.host}: results for other origins than were asked for")
        ordered = [by_origin[str(number)] for number in range(1, origins + 1)]
        seconds = [[_length(one, "duration", LONGEST_DRIVE_SECONDS)] for one in ordered]
        metres = [[_length(one, "distance", LONGEST_ROAD_METRES)] for one in ordered]
        return join(seconds, metres)


def _say(point: Point) -> str:
    latitude, longitude = gcj02_of(*point)
    return f"{longitude:.6f},{latitude:.6f}"


def _length(result: Mapping[str, Any], name: str, most: float) -> float:
    if str(result.get("code")) in NO_ROAD:
        return inf
    try:
        value = float(result[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RoadAnswerRefused(f"{name}: {result.get(name)!r:.40} is no number") from None
    return read_length(value, name=name, most=most)
