"""Valhalla's matrix service: valhalla.github.io, time-distance matrix API, with its concise answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.roads.blocks import (
    LONGEST_DRIVE_SECONDS,
    LONGEST_ROAD_METRES,
    Blocks,
    BlockTooLarge,
    PlaceNotFound,
    Rows,
    join,
    read_rows,
)
from integrations.roads.http import TOO_LARGE, HttpService
from operations.clients.road_client import Point, RoadAnswerRefused, RoadTable

# service_limits.auto.max_matrix_location_pairs is 2,500 by default.
PLACES_AT_ONCE = 50
TOO_MANY_LOCATIONS = 150
# Too far for its limits, unconnected regions, no road near.
NO_ROAD = (154, 170, 171)
METRES_PER_KILOMETRE = 1000.0
OK = 200


@dataclass(slots=True)
class Valhalla:
    """A RoadTimesClient. `vehicle` is one of its costing models: auto, truck, bicycle, motor_scooter, pedestrian."""

    http: HttpService
    vehicle: str = "auto"
    blocks: Blocks = field(default_factory=lambda: Blocks(PLACES_AT_ONCE, PLACES_AT_ONCE))
    most_pairs: int = 10_000

    @property
    def profile(self) -> str:
        """The service, its vehicle and its host."""
        return f"valhalla/{self.vehicle}@{self.http.host}"

    def fetch_table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> RoadTable:
        """Ask for all pairs, in blocks; raises RoadServiceDown or RoadAnswerRefused."""
        return self.blocks.fetch(self._ask, origins, destinations)

    def _ask(self, origins: Sequence[Point], destinations: Sequence[Point]) -> tuple[Rows, Rows]:
        body = {
            "sources": [{"lat": latitude, "lon": longitude} for latitude, longitude in origins],
            "targets": [{"lat": latitude, "lon": longitude} for latitude, longitude in destinations],
            "costing": self.vehicle,
            "units": "kilometers",
            "verbose": False,
        }
        answer = self.http.ask("POST", "/sources_to_targets", body=body)
        if answer.status != OK:
            self._refuse(answer.status, answer.content)
        if answer.content.get("units", "kilometers") != "kilometers":
            raise RoadAnswerRefused(f"{self.http.host} answers in {answer.content['units']!r:.40}")
        tables = answer.content.get("sources_to_targets")
        if not isinstance(tables, dict):
            raise RoadAnswerRefused(f"{self.http.host}: sources_to_targets is a {type(tables).__name__}, not an object")
        size = {"origins": len(origins), "destinations": len(destinations)}
        return join(
            read_rows(tables.get("durations"), name="durations", most=LONGEST_DRIVE_SECONDS, **size),
            read_rows(
                tables.get("distances"),
                name="distances",
                most=LONGEST_ROAD_METRES,
                unit=METRES_PER_KILOMETRE,
                **size,
            ),
        )

    def _refuse(self, status: int, content: Any) -> None:  # noqa: ANN401 - whatever the server has sent
        code, message = content.get("error_code"), str(content.get("error", ""))[:120]
        if status in TOO_LARGE or code == TOO_MANY_LOCATIONS:
            raise BlockTooLarge(message)
        if code in NO_ROAD:
            raise PlaceNotFound(message)
        raise RoadAnswerRefused(f"{self.http.host} answers {status}, error {code!r:.40}: {message}")
