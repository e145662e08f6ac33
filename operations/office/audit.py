"""What people did with rights, set-up, texts and figures, and who came in: found again by who, record and day (S1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models import StatusEvent, User
from operations.office.register_changes import CHANGED

# By kind and not by subject: kinds have an index, and a house that has grown has millions of other events.
PARTS: Mapping[str, tuple[str, ...]] = {
    "sign_ins": ("signed_in", "sign_in_failed", "signed_out"),
    "rights": (
        "role_changed",
        "user_let_in",
        "user_kept_out",
        "user_email_changed",
        "password_chosen",
        "password_mail_asked",
        "second_factor_set",
        "second_factor_dropped",
        "api_key_made",
        "api_key_revoked",
        "hook_added",
        "hook_switched_on",
        "hook_switched_off",
    ),
    "set_up": (CHANGED,),
    "texts": ("text_approved", "text_withdrawn"),
    "figures": ("policy_approved", "policy_withdrawn"),
}
"""The parts of the trail that events make; a part's name → its kinds of events."""


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is looked for: a part of a user's name, a part of what a record is called, a stretch of time."""

    who: str = ""
    record: str = ""
    from_at: dt.datetime | None = None
    until_at: dt.datetime | None = None


def list_audit_events(
    session: Session, *, part: str, search: AuditSearch, skip: int = 0, limit: int
) -> Sequence[StatusEvent]:
    """Return the events of a part that fit, the latest first."""
    wanted = select(StatusEvent).where(*_conditions(session, part, search))
    return session.scalars(wanted.order_by(StatusEvent.id.desc()).offset(skip).limit(limit)).all()


def count_audit_events(session: Session, *, part: str, search: AuditSearch) -> int:
    """Return how many events of a part fit."""
    return session.scalar(select(func.count(StatusEvent.id)).where(*_conditions(session, part, search))) or 0


def name_users(session: Session, events: Sequence[StatusEvent]) -> dict[str, str]:
    """Return the names of the users whom events are about, by subject."""
    ids = {int(number) for event in events if (number := event.subject.removeprefix("user:")).isdigit()}
    users = session.execute(select(User.id, User.name).where(User.id.in_(sorted(ids))))
    return {f"user:{row.id}": row.name for row in users}


def _conditions(session: Session, part: str, search: AuditSearch) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [StatusEvent.kind.in_(PARTS[part])]
    if search.who:
        # Whoever did it, and whoever it was done to.
        named = select(User.id).where(User.name.icontains(search.who, autoescape=True))
        subjects = [f"user:{user_id}" for user_id in session.scalars(named)]
        found.append(or_(StatusEvent.actor.icontains(search.who, autoescape=True), StatusEvent.subject.in_(subjects)))
    if search.record:
        found.append(StatusEvent.subject.icontains(search.record, autoescape=True))
    if search.from_at is not None:
        found.append(StatusEvent.occurred_at >= search.from_at)
    if search.until_at is not None:
        found.append(StatusEvent.occurred_at < search.until_at)
    return found
