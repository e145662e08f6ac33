"""Until when a certificate counts, and who is sent for what it stands for (T1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo


def lapses_at(last_days: Iterable[dt.date], *, time_zone: str, failed_on: dt.date | None = None) -> dt.datetime | None:
    """Return the instant from which somebody is no longer sent for a skill; None where nothing ends it.

    A certificate counts through its last day, by the calendar of the place, and the latest one decides. `failed_on` is
    the day of the last training for the skill where it was failed: nobody is sent from that day on.
    """
    last_on = max(last_days, default=None)
    ends = [] if last_on is None else [last_on + dt.timedelta(days=1)]
    if failed_on is not None:
        ends.append(failed_on)
    if not ends:
        return None
    return dt.datetime.combine(min(ends), dt.time(), ZoneInfo(time_zone)).astimezone(dt.UTC)


def may_be_sent(lapses: dt.datetime | None, *, until_at: dt.datetime) -> bool:
    """Tell whether a certificate holds through the end of a shift; without anything that ends it, it does."""
    return lapses is None or lapses >= until_at
