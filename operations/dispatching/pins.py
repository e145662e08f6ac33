"""What a dispatcher pins of a visit's place: technician, time, both, or the promised window (D6)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Stop, Visit
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.planning.live_plan import lock_live_plan, take_step
from policies.visit_locks import VisitLockKind
from policies.visit_states import STARTED


class VisitNotPinnable(ValueError):
    """The visit has no place in the plan that could be pinned: it has begun, ended, or was never booked."""


def pin_visit(session: Session, *, visit: Visit, kind: VisitLockKind | None, by: str, now: dt.datetime) -> None:
    """Pin the visit where it stands, or free it (`kind` None); the planner keeps to it. Raises VisitNotPinnable."""
    plan = lock_live_plan(session, area_id=visit.area_id, now=now)
    session.refresh(visit)
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one_or_none()
    if stop is None or visit.state in STARTED:
        raise VisitNotPinnable(visit.code)
    if stop.lock_kind is kind:
        return
    pin_place(stop, kind=kind, is_override=stop.is_override)
    take_step(session, plan=plan, now=now)
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="visit_pinned" if kind else "visit_unpinned",
        occurred_at=now,
        recorded_at=now,
        source="desk",
        actor=by,
        facts={"visit": visit.id, **({"lock": kind.value} if kind else {})},
    )


def pin_place(stop: Stop, *, kind: VisitLockKind | None, is_override: bool = False) -> None:
    """Pin what `kind` says of the stop as it is planned, or free it; a range pins the promised window.

    A technician chosen against the rules stays pinned: the planner would send another.
    """
    if is_override:
        kind = {None: VisitLockKind.TECHNICIAN, VisitLockKind.TIME: VisitLockKind.BOTH}.get(kind, kind)
    visit = stop.visit
    span: tuple[dt.datetime | None, dt.datetime | None] = (None, None)
    if kind in {VisitLockKind.TIME, VisitLockKind.BOTH}:
        span = (stop.planned_start_at, None)
    elif kind is VisitLockKind.TIME_RANGE and visit is not None:
        span = (visit.window_from_at, visit.window_until_at)
    stop.lock_kind, stop.is_override = kind, is_override
    stop.locked_from_at, stop.locked_until_at = span
