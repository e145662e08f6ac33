"""The change sequence that live pages poll (DESIGN, live pages)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Change

BOARD = "board"
CALLS = "calls"
AGENTS = "agents"
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NOTED = "changes noted in this transaction"


def note_change(session: Session, *, topic: str, now: dt.datetime | None = None) -> None:
    """Count one more change of `topic` when the transaction commits; several in one transaction count once.

    Not before: every writer needs these few rows, and whoever took one early and then waited for a live plan would
    block the plan's holder for good, who waits for the row. Without `now` the topic keeps the instant it has.
    """
    session.info.setdefault(_NOTED, {})[topic] = now


@event.listens_for(Session, "before_commit")
def _write_changes(session: Session) -> None:
    if session.in_nested_transaction():
        return
    # First everything else: what is only written now may be a change, and these rows are held until the commit.
    session.flush()
    noted: dict[str, dt.datetime | None] = session.info.pop(_NOTED, {})
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # In the order of their names, so that two writers of several topics cannot block each other either.
    for topic in sorted(noted):
        now = noted[topic]
        row = insert(Change).values(topic=topic, number=1, changed_at=now or NEVER)
        again = {"number": Change.number + 1} | ({} if now is None else {"changed_at": row.excluded.changed_at})
        session.execute(row.on_conflict_do_update(index_elements=[Change.topic], set_=again))


def last_changes(session: Session, *, topics: tuple[str, ...]) -> dict[str, int]:
    """Return each topic's change number, 0 for a topic nothing has happened to; only commits count."""
    found = dict(session.execute(select(Change.topic, Change.number).where(Change.topic.in_(topics))).all())
    return {topic: found.get(topic, 0) for topic in topics}
