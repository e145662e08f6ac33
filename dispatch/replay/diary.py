"""What happened in a run, line by line, for whoever wants to look or to check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Happening(StrEnum):
    """The kinds of line."""

    CALLED = "called"
    OFFERED = "offered"
    PROMISED = "promised"
    LEFT_OPEN = "left_open"
    MOVED = "moved"
    TOLD_LATE = "told_late"
    PUBLISHED = "published"
    LEFT = "left"
    ARRIVED = "arrived"
    BEGAN = "began"
    RESTED = "rested"
    FINISHED = "finished"
    NO_ACCESS = "no_access"
    CANCELLED = "cancelled"
    FELL_ILL = "fell_ill"
    AT_HOME = "at_home"
    UNPLACED = "unplaced"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when, what, to which request, on which shift; a window where one was promised."""

    at_seconds: float
    what: Happening
    request_id: str | None = None
    shift_id: str | None = None
    from_seconds: float | None = None
    until_seconds: float | None = None


class Diary:
    """Lines in the order in which they happened."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.lines: list[Line] = []

    def note(
        self, at_seconds: float, what: Happening, request_id: str | None = None, shift_id: str | None = None
    ) -> None:
        """Write a line down."""
        self.lines.append(Line(at_seconds, what, request_id, shift_id))

    def note_window(
        self, at_seconds: float, what: Happening, request_id: str, shift_id: str, window: tuple[float, float]
    ) -> None:
        """Write a line with a window down."""
        self.lines.append(Line(at_seconds, what, request_id, shift_id, *window))
