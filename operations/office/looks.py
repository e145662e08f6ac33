"""Who looked at which file, written down as it happens and found again (S1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from models import FileLook, User
from operations.office.audit import AuditSearch

KEPT = dt.timedelta(days=3 * 365)


def note_look(session: Session, *, user_id: int, subject: str, now: dt.datetime) -> None:
    """Write down that somebody looked at a file, such as "request:12345678"."""
    session.add(FileLook(user_id=user_id, subject=subject[:60], looked_at=now))
    session.flush()


def list_looks(session: Session, *, search: AuditSearch, skip: int = 0, limit: int) -> Sequence[FileLook]:
    """Return who looked at what, the latest first."""
    wanted = select(FileLook).join(FileLook.user).options(contains_eager(FileLook.user)).where(*_conditions(search))
    return session.scalars(wanted.order_by(FileLook.id.desc()).offset(skip).limit(limit)).all()


def count_looks(session: Session, *, search: AuditSearch) -> int:
    """Return how many looks fit."""
    return session.scalar(select(func.count(FileLook.id)).join(FileLook.user).where(*_conditions(search))) or 0


def _conditions(search: AuditSearch) -> list[ColumnElement[bool]]:
    found = []
    if search.who:
        names = (User.name, User.display_name)
        found.append(or_(*(name.icontains(search.who, autoescape=True) for name in names)))
    if search.record:
        found.append(FileLook.subject.icontains(search.record, autoescape=True))
    if search.from_at is not None:
        found.append(FileLook.looked_at >= search.from_at)
    if search.until_at is not None:
        found.append(FileLook.looked_at < search.until_at)
    return found


def forget_looks(session: Session, *, now: dt.datetime) -> int:
    """Erase looks older than three years; return how many."""
    result = session.execute(delete(FileLook).where(FileLook.looked_at < now - KEPT))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]
