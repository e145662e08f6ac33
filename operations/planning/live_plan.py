"""The live plan's row: whoever changes the plan holds it, and leaves a new revision behind (DESIGN, live plan)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from models import LivePlan
from operations.foundation.changes import BOARD, note_change
from operations.foundation.memory import look_again

_LOCKED = "plans locked, with the transaction each was locked in"


class StalePlan(RuntimeError):
    """The live plan has moved on since it was read; read it again and decide anew."""


def lock_live_plan(session: Session, *, area_id: int, now: dt.datetime) -> LivePlan:
    """Return the area's live plan, locked until the end of the transaction; an area's first plan is made here."""
    known = _find_locked(session, area_id)
    if known is not None:
        return known
    plan = _select_locked(session, area_id)
    if plan is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        first = insert(LivePlan).values(area_id=area_id, revision=0, changed_at=now)
        session.execute(first.on_conflict_do_nothing())
        plan = _select_locked(session, area_id)
    assert plan is not None  # noqa: S101 - it was there, or it has just been made
    # Whoever held the plan meanwhile may have changed what it rests on.
    look_again(session)
    session.info.setdefault(_LOCKED, {})[area_id] = plan, _innermost(session)
    return plan


def _find_locked(session: Session, area_id: int) -> LivePlan | None:
    """Return the plan if this transaction holds it: a savepoint rolled back let go of what was locked inside it."""
    plan, locked_in = session.info.get(_LOCKED, {}).get(area_id, (None, None))
    now_in = _innermost(session) if locked_in is not None else None
    while now_in is not None and now_in is not locked_in:
        now_in = now_in.parent
    return None if now_in is None else plan


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _select_locked(session: Session, area_id: int) -> LivePlan | None:
    return session.scalars(
        select(LivePlan).where(LivePlan.area_id == area_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def expect_revision(plan: LivePlan, *, revision: int) -> None:
    """Raise StalePlan unless the locked plan still has the revision it was read at."""
    if plan.revision != revision:
        raise StalePlan(f"revision {revision} was read, {plan.revision} is current")


def take_step(session: Session, *, plan: LivePlan, now: dt.datetime) -> None:
    """Count one step on the live plan."""
    plan.revision += 1
    plan.changed_at = now
    session.flush()
    note_change(session, topic=BOARD, now=now)
