"""OSRM's table service: project-osrm.org, docs/http.md, version v1 of its HTTP interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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

# osrm-routed takes as many pairs as a square of --max-table-size places, by default 100.
PLACES_AT_ONCE = 100
NO_PLACE = ("NoSegment", "NoTable")


@dataclass(slots=True)
class Osrm:
    """A RoadTimesClient. `vehicle` is the profile the server's data was prepared with: driving, as a rule."""

    http: HttpService
    vehicle: str = "driving"
    blocks: Blocks = field(default_factory=lambda: Blocks(PLACES_AT_ONCE, PLACES_AT_ONCE))
    most_pairs: int = 40_000

    @property
    def profile(self) -> str:
        """The service, its vehicle and its host."""
        return f"osrm/{self.vehicle}@{self.http.host}"

    def fetch_table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> RoadTable:
        """Ask for all pairs, in blocks; raises RoadServiceDown or RoadAnswerRefused."""
        return self.blocks.fetch(self._ask, origins, destinations)

    def _ask(self, origins: Sequence[Point], destinations: Sequence[Point]) -> tuple[Rows, Rows]:
        points = [*origins, *destinations]
        places = ";".join(f"{longitude:.5f},{latitude:.5f}" for latitude, longitude in points)
        answer = self.http.ask(
            "GET",
            f"/table/v1/{self.vehicle}/{places}",
            params={
                "sources": ";".join(map(str, range(len(origins)))),
                "destinations": ";".join(map(str, range(len(origins), len(points)))),
                "annotations": "duration,distance",
                "generate_hints": "false",
            },
        )
        code = "TooBig" if answer.status in TOO_LARGE else answer.content.get("code")
        message = str(answer.content.get("message", ""))[:120]
        if code == "TooBig":
            raise BlockTooLarge(message)
        if code in NO_PLACE:
            raise PlaceNotFound(message)
        if code != "Ok":
            raise RoadAnswerRefused(f"{self.http.host} answers {answer.status} {code!r:.40}: {message}")
        size = {"origins": len(origins), "destinations": len(destinations)}
        return join(
            read_rows(answer.content.get("durations"), name="durations", most=LONGEST_DRIVE_SECONDS, **size),
            read_rows(answer.content.get("distances"), name="distances", most=LONGEST_ROAD_METRES, **size),
        )
