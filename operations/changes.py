"""The change sequence that live pages poll (DESIGN, live pages)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Change

BOARD = "board"
CALLS = "calls"


def note_change(session: Session, *, topic: str, now: dt.datetime) -> None:
    """Count one more change of `topic`. Call it last in an operation: it holds the topic's row until the commit."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Change).values(topic=topic, number=1, changed_at=now)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Change.topic], set_={"number": Change.number + 1, "changed_at": row.excluded.changed_at}
        )
    )


def last_changes(session: Session, *, topics: tuple[str, ...]) -> dict[str, int]:
    """Return each topic's change number; 0 for a topic nothing has happened to."""
    found = dict(session.execute(select(Change.topic, Change.number).where(Change.topic.in_(topics))).all())
    return {topic: found.get(topic, 0) for topic in topics}
