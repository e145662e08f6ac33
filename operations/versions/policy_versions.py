"""The figures of all promises as versions: approved from an instant on, never rewriting what was (K1, T4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import PolicyVersion, StatusEvent
from operations.foundation.events import record_event
from policies.figure_ranges import changed_from_default, differences, with_changes
from policies.figures import DEFAULT_FIGURES, Figures, read_figures

SUBJECT = "policy:figures"


class InForceInThePast(ValueError):
    """A version cannot come into force before now: promises have been made under another one."""

    field = "from"


class LaterVersionThere(ValueError):
    """A version that comes into force later is approved already: withdraw it first, or begin after it."""

    field = "from"


class NothingChanged(ValueError):
    """The version would be the same as the one before it."""


class VersionInForce(ValueError):
    """A version that is in force, or was, stays: approve a new one."""


def list_versions(session: Session) -> Sequence[PolicyVersion]:
    """Return every version, the newest first."""
    return session.scalars(select(PolicyVersion).order_by(PolicyVersion.in_force_from_at.desc())).all()


def newest_figures(session: Session) -> Figures:
    """Return the figures of the last version, in force already or not; a new version begins with them."""
    newest = next(iter(list_versions(session)), None)
    return read_figures(newest.figures) if newest else DEFAULT_FIGURES


def approve_version(
    session: Session, *, changes: Mapping[str, Any], in_force_from_at: dt.datetime, by: str, now: dt.datetime
) -> PolicyVersion:
    """Put the last version with `changes` in force from an instant on.

    Raises UnknownFigure, FigureOutOfRange, NothingChanged, InForceInThePast or LaterVersionThere.
    """
    before = newest_figures(session)
    after = with_changes(before, changes)
    changed = differences(before, after)
    if not changed:
        raise NothingChanged
    if in_force_from_at < now:
        raise InForceInThePast(in_force_from_at)
    last_at = session.scalar(select(func.max(PolicyVersion.in_force_from_at)))
    if last_at is not None and last_at >= in_force_from_at:
        raise LaterVersionThere(last_at)
    version = PolicyVersion(in_force_from_at=in_force_from_at, figures=changed_from_default(after), approved_by=by)
    session.add(version)
    session.flush()
    facts = {"from": in_force_from_at.isoformat(), "changes": {name: list(pair) for name, pair in changed.items()}}
    _put_on_record(session, "policy_approved", facts, by=by, now=now)
    return version


def withdraw_version(session: Session, *, version: PolicyVersion, by: str, now: dt.datetime) -> None:
    """Take back the last version while it is not in force; raises VersionInForce or LaterVersionThere."""
    if version.in_force_from_at <= now:
        raise VersionInForce(version.in_force_from_at)
    last_at = session.scalar(select(func.max(PolicyVersion.in_force_from_at)))
    if last_at is not None and last_at > version.in_force_from_at:
        raise LaterVersionThere(last_at)
    at = version.in_force_from_at
    session.delete(version)
    session.flush()
    _put_on_record(session, "policy_withdrawn", {"from": at.isoformat()}, by=by, now=now)


def list_policy_events(session: Session, *, limit: int) -> Sequence[StatusEvent]:
    """Return who approved and withdrew what, the latest first."""
    kept = select(StatusEvent).where(StatusEvent.subject == SUBJECT)
    return session.scalars(kept.order_by(StatusEvent.position.desc()).limit(limit)).all()


def _put_on_record(session: Session, kind: str, facts: Mapping[str, Any], *, by: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=SUBJECT,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="page",
        actor=by,
        facts=facts,
    )
