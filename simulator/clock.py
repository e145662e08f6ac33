"""The exchange's time: virtual in tests, where a second passes only because a call lasted that long; real on a desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def advance(self, seconds: float) -> None:
        """Let a call's time pass."""
        ...


class VirtualClock:
    """Stands still until a call, or the test, advances it. Hand its `now` to the app as the app's clock."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the exchange's clock needs an aware instant")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def set(self, instant: datetime) -> None:
        """Move to a later instant, for instance from the night of the call to the next morning."""
        if instant < self._now:
            raise ValueError("the exchange's clock does not go back")
        self._now = instant.astimezone(UTC)


class WallClock:
    """The machine's own clock; calls do not move it."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Do nothing: real time passes by itself."""
