"""What we ask of a road service, whatever its vendor; integrations/roads/ keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


class RoadServiceDown(RuntimeError):
    """The road service does not answer, answers with an error, or refuses us; the message says which."""


class RoadAnswerRefused(RoadServiceDown):
    """The road service answered something that cannot be right; the message says what and where."""


@dataclass(frozen=True, slots=True)
class RoadTable:
    """Seconds and metres from each origin (row) to each destination (column); infinite where there is no road."""

    seconds: list[list[float]]
    metres: list[list[float]]


class RoadTimesClient(Protocol):
    """A road service. `profile` names it and its vehicle, such as osrm/driving; `most_pairs` is a fair helping."""

    @property
    def profile(self) -> str: ...

    @property
    def most_pairs(self) -> int: ...

    def fetch_table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> RoadTable:
        """Ask for all pairs; raises RoadServiceDown or RoadAnswerRefused."""
        ...
