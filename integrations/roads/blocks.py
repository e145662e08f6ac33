"""A large table asked for in blocks the server accepts, and a place it cannot find narrowed down to itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from operations.clients.road_client import Point, RoadAnswerRefused, RoadServiceDown, RoadTable

Rows = list[list[float]]
AskBlock = Callable[[Sequence[Point], Sequence[Point]], tuple[Rows, Rows]]
"""Asks for one block: seconds and metres by origin and destination. Raises BlockTooLarge and PlaceNotFound."""

LONGEST_DRIVE_SECONDS = 7 * 24 * 3600.0
LONGEST_ROAD_METRES = 2e7


class BlockTooLarge(RuntimeError):
    """The server takes fewer places at once."""


class PlaceNotFound(RuntimeError):
    """The server finds no road near one of the places, or says that some pair has none."""


@dataclass(slots=True)
class Blocks:
    """The size of a block, halved when the server finds it too large, and the time for all blocks of a table."""

    origins: int
    destinations: int
    table_seconds: float = 120.0

    def fetch(self, ask: AskBlock, origins: Sequence[Point], destinations: Sequence[Point]) -> RoadTable:
        """Ask for all blocks and put them together; raises RoadServiceDown when it takes too long."""
        table = RoadTable(
            [[inf] * len(destinations) for _ in origins],
            [[inf] * len(destinations) for _ in origins],
        )
        until = time.monotonic() + self.table_seconds
        waiting = [(0, len(origins), 0, len(destinations))]
        while waiting:
            top, bottom, left, right = waiting.pop()
            pieces = self._cut(top, bottom, left, right)
            if len(pieces) > 1:
                waiting.extend(reversed(pieces))
                continue
            if time.monotonic() > until:
                raise RoadServiceDown(f"the table took longer than {self.table_seconds:g} s")
            try:
                seconds, metres = ask(origins[top:bottom], destinations[left:right])
            except BlockTooLarge as trouble:
                self._halve(trouble)
                waiting.append((top, bottom, left, right))
            except PlaceNotFound:
                waiting.extend(_halves(top, bottom, left, right))
            else:
                for row in range(top, bottom):
                    table.seconds[row][left:right] = seconds[row - top]
                    table.metres[row][left:right] = metres[row - top]
        return table

    def _cut(self, top: int, bottom: int, left: int, right: int) -> list[tuple[int, int, int, int]]:
        return [
            (row, min(row + self.origins, bottom), column, min(column + self.destinations, right))
            for row in range(top, bottom, self.origins)
            for column in range(left, right, self.destinations)
        ]

    def _halve(self, trouble: BlockTooLarge) -> None:
        if self.origins == self.destinations == 1:
            raise RoadServiceDown(f"a single pair is too much: {trouble}") from trouble
        self.origins = max(1, self.origins // 2)
        self.destinations = max(1, self.destinations // 2)


def _halves(top: int, bottom: int, left: int, right: int) -> list[tuple[int, int, int, int]]:
    """Cut a block in two along its longer side; a single pair is done with: there is no road."""
    if bottom - top == right - left == 1:
        return []
    if bottom - top >= right - left:
        middle = (top + bottom) // 2
        return [(top, middle, left, right), (middle, bottom, left, right)]
    middle = (left + right) // 2
    return [(top, bottom, left, middle), (top, bottom, middle, right)]


def read_rows(
    found: Any,  # noqa: ANN401 - whatever the server has sent
    *,
    name: str,
    origins: int,
    destinations: int,
    most: float,
    unit: float = 1.0,
) -> Rows:
    """Return a matrix of an answer, times `unit`; null means no road. Anything else that is no length is refused."""
    if not isinstance(found, list) or len(found) != origins:
        raise RoadAnswerRefused(f"{name}: {_size(found)} instead of {origins} rows")
    rows = []
    for number, row in enumerate(found):
        if not isinstance(row, list) or len(row) != destinations:
            raise RoadAnswerRefused(f"{name}: row {number} has {_size(row)} instead of {destinations} values")
        rows.append([read_length(value, name=name, most=most, unit=unit) for value in row])
    return rows


def read_length(value: Any, *, name: str, most: float, unit: float = 1.0) -> float:  # noqa: ANN401 - as above
    """Return a duration or distance, infinite for null; raises RoadAnswerRefused for what cannot be one."""
    if value is None:
        return inf
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RoadAnswerRefused(f"{name}: {value!r:.40} is no number")
    if not 0 <= value <= most / unit:
        raise RoadAnswerRefused(f"{name}: {value!r:.40} cannot be")
    return float(value * unit)


def join(seconds: Rows, metres: Rows) -> tuple[Rows, Rows]:
    """Return both matrices with no road wherever either says so."""
    for row_seconds, row_metres in zip(seconds, metres, strict=True):
        for column, (one, other) in enumerate(zip(row_seconds, row_metres, strict=True)):
            if inf in (one, other):
                row_seconds[column] = row_metres[column] = inf
    return seconds, metres


def _size(found: object) -> str:
    return str(len(found)) if isinstance(found, list) else type(found).__name__
