"""The change sequence that live pages poll (DESIGN, live pages)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Change

BOARD = "board"
CALLS = "calls"
AGENTS = "agents"
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NOTED = "changes noted in this transaction"
_CHANGES: Final = cast("Table", Change.__table__)
_NUMBERS: Final = select(_CHANGES.c.topic, _CHANGES.c.number).where(
    _CHANGES.c.topic.in_(bindparam("topics", expanding=True))
)


def _counting_up(insert: Callable[[Table], Any]) -> dict[bool, Any]:
    """Return the statements that count a topic up: one that leaves the instant it has, and one that sets it."""
    row = insert(_CHANGES)
    one_more = {"number": _CHANGES.c.number + 1}
    return {
        is_dated: row.on_conflict_do_update(
            index_elements=[_CHANGES.c.topic],
            set_=one_more | ({"changed_at": row.excluded.changed_at} if is_dated else {}),
        )
        for is_dated in (False, True)
    }


# Every transaction of the hotline goes through these: made once, they need not be built and recognised each time.
_COUNT_UP: Final = {"postgresql": _counting_up(postgresql.insert), "sqlite": _counting_up(sqlite.insert)}


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
    count_up = _COUNT_UP[session.get_bind().dialect.name]
    # In the order of their names, so that two writers of several topics cannot block each other either.
    for topic in sorted(noted):
        now = noted[topic]
        session.execute(count_up[now is not None], {"topic": topic, "number": 1, "changed_at": now or NEVER})


def last_changes(session: Session, *, topics: tuple[str, ...]) -> dict[str, int]:
    """Return each topic's change number, 0 for a topic nothing has happened to; only commits count."""
    found = dict(session.execute(_NUMBERS, {"topics": topics}).all())
    return {topic: found.get(topic, 0) for topic in topics}
