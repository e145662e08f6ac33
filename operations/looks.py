"""Who looked at which file, written down as it happens and found again (S1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, joinedload

from models import FileLook, StatusEvent, User

KEPT = dt.timedelta(days=3 * 365)


def note_look(session: Session, *, user_id: int, subject: str, now: dt.datetime) -> None:
    """Write down that somebody looked at a file, such as "request:12345678"."""
    session.add(FileLook(user_id=user_id, subject=subject[:60], looked_at=now))
    session.flush()


def list_looks(session: Session, *, words: str, limit: int) -> Sequence[FileLook]:
    """Return who looked at what, the latest first; `words` narrow it to a user's name or a part of a file's."""
    wanted = select(FileLook).join(FileLook.user).options(joinedload(FileLook.user))
    if words:
        wanted = wanted.where((User.name == words.lower()) | FileLook.subject.contains(words, autoescape=True))
    return session.scalars(wanted.order_by(FileLook.id.desc()).limit(limit)).all()


def list_user_events(session: Session, *, limit: int) -> Sequence[StatusEvent]:
    """Return what was done with users' rights and with webhooks, the latest first."""
    about = or_(*(StatusEvent.subject.startswith(word, autoescape=True) for word in ("user:", "hook:")))
    events = select(StatusEvent).where(about)
    return session.scalars(events.order_by(StatusEvent.id.desc()).limit(limit)).all()


def forget_looks(session: Session, *, now: dt.datetime) -> int:
    """Erase looks older than three years; return how many."""
    result = session.execute(delete(FileLook).where(FileLook.looked_at < now - KEPT))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]
