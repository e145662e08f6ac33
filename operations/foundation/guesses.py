"""Counters against guessing (S2): kept in the database, so that they hold over processes and restarts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import GuessCounter

KEPT = dt.timedelta(days=1)


def count_guess(session: Session, *, scope: str, key: str, window_minutes: int, now: dt.datetime) -> int:
    """Count one more try of `key` and return how many there were in its present window of time."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    window_from_at = _window(now, window_minutes)
    row = insert(GuessCounter).values(scope=scope, key=key[:120], window_from_at=window_from_at, tries=1)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[GuessCounter.scope, GuessCounter.key, GuessCounter.window_from_at],
            set_={"tries": GuessCounter.tries + 1},
        )
    )
    return find_guesses(session, scope=scope, key=key, window_minutes=window_minutes, now=now)


def find_guesses(session: Session, *, scope: str, key: str, window_minutes: int, now: dt.datetime) -> int:
    """Return how many tries of `key` there were in its present window of time."""
    tries = session.scalar(
        select(func.max(GuessCounter.tries)).where(
            GuessCounter.scope == scope,
            GuessCounter.key == key[:120],
            GuessCounter.window_from_at == _window(now, window_minutes),
        )
    )
    return tries or 0


def forget_guesses(session: Session, *, scope: str, key: str) -> None:
    """Start counting `key` anew, after it was proved right."""
    session.execute(delete(GuessCounter).where(GuessCounter.scope == scope, GuessCounter.key == key[:120]))


def erase_old_guesses(session: Session, *, now: dt.datetime) -> None:
    """Erase counters nobody needs any more."""
    session.execute(delete(GuessCounter).where(GuessCounter.window_from_at < now - KEPT))


def _window(now: dt.datetime, minutes: int) -> dt.datetime:
    seconds = minutes * 60
    return dt.datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=dt.UTC)
