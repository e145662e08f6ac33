"""Times of day as people write them, turned into instants."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def next_time_of_day(clock: str, *, after: dt.datetime, time_zone: str) -> dt.datetime:
    """Return the next instant at which a clock there shows `clock` ("9:05"); a time no clock shows is a ValueError."""
    hour, _, minute = clock.partition(":")
    wanted, zone = dt.time(int(hour), int(minute)), ZoneInfo(time_zone)
    today = after.astimezone(zone).date()
    at = dt.datetime.combine(today, wanted, zone)
    if at < after:
        at = dt.datetime.combine(today + dt.timedelta(days=1), wanted, zone)
    return at.astimezone(dt.UTC)
