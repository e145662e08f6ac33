"""A road service that answers at once, with roads of a made-up length, or fails when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import hypot

from operations.clients.road_client import Point, RoadServiceDown, RoadTable


def drive_seconds(origin: Point, destination: Point) -> float:
    return round(hypot(origin[0] - destination[0], origin[1] - destination[1]) * 20_000.0) + 7.0


@dataclass
class FakeRoads:
    """A RoadTimesClient. `before` runs in the middle of each call, where no transaction may be open."""

    profile: str = "osrm/driving@roads:5000"
    most_pairs: int = 10_000
    is_down: bool = False
    before: Callable[[], object] = lambda: None
    asked: list[tuple[Sequence[Point], Sequence[Point]]] = field(default_factory=list)

    @property
    def pairs_asked(self) -> int:
        return sum(len(origins) * len(destinations) for origins, destinations in self.asked)

    def fetch_table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> RoadTable:
        self.asked.append((origins, destinations))
        self.before()
        if self.is_down:
            raise RoadServiceDown("roads:5000 does not answer (ReadTimeout)")
        seconds = [[drive_seconds(origin, to) for to in destinations] for origin in origins]
        return RoadTable(seconds, [[value * 10 for value in row] for row in seconds])
