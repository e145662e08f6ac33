"""How much of a break a technician still has to take, told from what he has reported (D3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

Busy = tuple[dt.datetime, dt.datetime | None]
"""On site from, until; until None: still there."""


def break_left(
    *, length: dt.timedelta, may_begin_at: dt.datetime, now: dt.datetime, busy: Iterable[Busy]
) -> dt.timedelta:
    """Return what is left of a break at `now`; nothing once it has been taken.

    Nobody texts "I am eating": a stretch between visits, after the break may begin, counts as the break when it was
    long enough, and the stretch that is going on counts towards it. Without this rule a break that is being taken
    would begin anew each time the plan is read, and push the rest of the day back with it.
    """
    free_since = may_begin_at
    for from_at, until_at in sorted(busy, key=lambda visit: visit[0]):
        if min(from_at, now) - free_since >= length:
            return dt.timedelta()
        if until_at is None or until_at > now:
            return length
        free_since = max(free_since, until_at)
    return max(dt.timedelta(), length - max(dt.timedelta(), now - free_since))
