"""Tallies of months that are over, kept by each process until a clock of theirs is written again (K1).

A month's clocks are written while they run and hardly ever later: a correction, an event that was written down late.
Whoever writes such a clock counts its month up in the same transaction (operations/foundation/changes.py), whoever
wants the month's tally compares the number first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from models.database import KEPT
from operations.foundation.changes import last_changes, note_change

OLD = dt.timedelta(days=2)
"""Writing a clock that started longer ago is counted."""
OVER = OLD + dt.timedelta(days=1)
"""A month is kept once it ended so long ago: what is still being written now was counted already when it began."""
Value = TypeVar("Value")


def note_clock_written(session: Session, *, started_at: dt.datetime, now: dt.datetime) -> None:
    """Say that a clock is written, changed or taken away, before the transaction ends."""
    if started_at < now - OLD:
        note_change(session, topic=_topic(started_at))


def keep_month(
    session: Session, *, from_at: dt.datetime, until_at: dt.datetime, now: dt.datetime, read: Callable[[], Value]
) -> Value:
    """Return what `read` says of the clocks that started from one instant until another; kept when that is long over.

    In a transaction that only reads. It is shared by all threads: a plain value that nobody changes.
    """
    kept: dict[Any, Any] | None = session.info.get(KEPT)
    if kept is None or until_at > now - OVER:
        return read()
    key = __name__, from_at, until_at
    numbers = last_changes(session, topics=tuple(_topics(from_at, until_at)))
    if key not in kept or kept[key][0] != numbers:
        kept[key] = numbers, read()
    value: Value = kept[key][1]
    return value


def _topics(from_at: dt.datetime, until_at: dt.datetime) -> Iterator[str]:
    """Yield the topics of all months, by Greenwich, that the stretch touches."""
    at = from_at.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at < until_at:
        yield _topic(at)
        at = (at + dt.timedelta(days=32)).replace(day=1)


def _topic(at: dt.datetime) -> str:
    return f"clocks:{at.astimezone(dt.UTC):%Y-%m}"
