"""Which windows a caller is offered, and how long each is held (H5, DESIGN "offers")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class HoldState(StrEnum):
    """`held` occupies capacity; the others do not (a committed hold's capacity is the visit's)."""

    HELD = "held"
    COMMITTED = "committed"
    FREED = "freed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Window:
    """A promised arrival window: aware instants, the end excluded."""

    from_at: dt.datetime
    until_at: dt.datetime


def list_candidate_windows(
    *, now: dt.datetime, until: dt.datetime, lead_minutes: int, window_minutes: int, time_zone: str
) -> tuple[Window, ...]:
    """Return the windows worth asking the planner about, in the order of time.

    They lie on the local clock's grid (full multiples of `window_minutes` after local midnight), so that people can
    remember them, also where clocks change; the first starts at least `lead_minutes` after `now`, the last before
    `until`.
    """
    earliest = now + dt.timedelta(minutes=lead_minutes)
    length = dt.timedelta(minutes=window_minutes)
    zone = ZoneInfo(time_zone)
    day = earliest.astimezone(zone).date()
    starts: list[dt.datetime] = []
    while dt.datetime.combine(day, dt.time(), zone) < until:
        starts += (start for start in _grid(day, length, zone) if earliest <= start < until)
        day += dt.timedelta(days=1)
    return tuple(Window(start, start + length) for start in starts)


def _grid(day: dt.date, length: dt.timedelta, zone: ZoneInfo) -> Iterator[dt.datetime]:
    """Yield the instants of a local day at which a window may start; hours the clocks leave out do not exist."""
    local = dt.datetime.combine(day, dt.time())
    while local.date() == day:
        instant = local.replace(tzinfo=zone).astimezone(dt.UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == local:
            yield instant
        local += length


@dataclass(frozen=True, slots=True)
class RankedWindow:
    """A window with what the planner says about it: extra cost and whether the commitment is kept."""

    window: Window
    extra_cost_cents: float
    is_inside_commitment: bool


def choose_windows(
    windows: list[RankedWindow], *, count: int, time_zone: str, night_from_hour: int, night_until_hour: int
) -> list[RankedWindow]:
    """Choose up to `count` windows to read out: the earliest, then the cheapest by day, then the cheapest by night.

    Windows inside the commitment go before those outside, whatever they cost. The result is in the order of time,
    as people choose by time.
    """
    zone = ZoneInfo(time_zone)

    def is_night(window: RankedWindow) -> bool:
        hour = window.window.from_at.astimezone(zone).hour
        return hour >= night_from_hour or hour < night_until_hour

    inside = [w for w in windows if w.is_inside_commitment]
    pool = sorted(inside or windows, key=lambda w: w.window.from_at)
    rest = sorted(pool[1:], key=lambda w: (is_night(w), w.extra_cost_cents, w.window.from_at))
    return sorted([*pool[:1], *rest[: count - 1]], key=lambda w: w.window.from_at)
