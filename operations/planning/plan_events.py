"""Record what upsets a plan: somebody is ill, late, or back; a promise begins to slip (D6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import dispatch
from models import Absence, PlanEvent, Technician
from operations.foundation.changes import BOARD, note_change
from operations.planning.live import read_plan
from operations.planning.snapshot import id_in_key
from policies.plan_events import LONGEST_DELAY_MINUTES, PlanEventKind

LONGEST_REASON = 80
SEEN_FOR = dt.timedelta(hours=12)
"""A promise that slips is an event once; so much later it may be one again."""


class AbsenceRefused(ValueError):
    """The stretch ends before it begins, or is over, or has no reason."""

    field = "until"


class DelayRefused(ValueError):
    """A delay is between one minute and eight hours."""

    field = "minutes"


def record_absence(
    session: Session,
    *,
    technician: Technician,
    from_at: dt.datetime,
    until_at: dt.datetime,
    reason: str,
    by: str,
    now: dt.datetime,
) -> PlanEvent | None:
    """A technician cannot work between the two instants: the plan is asked anew. The same stretch twice is one.

    Raises AbsenceRefused. Returns None when it was known already.
    """
    reason = " ".join(reason.split())
    if until_at <= from_at or until_at <= now or not reason or len(reason) > LONGEST_REASON:
        raise AbsenceRefused(f"{from_at} until {until_at}: {reason!r}")
    same = select(Absence.id).where(
        Absence.technician_id == technician.id, Absence.absent_from_at <= from_at, Absence.absent_until_at >= until_at
    )
    if session.scalar(same.limit(1)) is not None:
        return None
    session.add(Absence(technician_id=technician.id, absent_from_at=from_at, absent_until_at=until_at, reason=reason))
    return _record(session, PlanEventKind.TECHNICIAN_ABSENT, technician, free_at=until_at, by=by, now=now)


def record_changed_absence(
    session: Session, *, technician: Technician, until_at: dt.datetime, by: str, now: dt.datetime
) -> PlanEvent:
    """An absence that was known has been changed or taken back: the plan is asked anew. `until_at` is its end now."""
    kind = PlanEventKind.TECHNICIAN_ABSENT if until_at > now else PlanEventKind.TECHNICIAN_BACK
    return _record(session, kind, technician, free_at=until_at, by=by, now=now)


def record_return(session: Session, *, technician: Technician, by: str, now: dt.datetime) -> PlanEvent | None:
    """A technician who was absent or late works again from now on; None when neither was known."""
    running = session.scalars(
        select(Absence).where(
            Absence.technician_id == technician.id, Absence.absent_from_at <= now, Absence.absent_until_at > now
        )
    ).all()
    late = session.scalars(
        select(PlanEvent).where(
            PlanEvent.technician_id == technician.id,
            PlanEvent.kind == PlanEventKind.TECHNICIAN_LATE,
            PlanEvent.free_at > now,
        )
    ).all()
    for absence in running:
        absence.absent_until_at = now
    for event in late:
        event.free_at = now
    if not running and not late:
        return None
    return _record(session, PlanEventKind.TECHNICIAN_BACK, technician, free_at=now, by=by, now=now)


def record_delay(session: Session, *, technician: Technician, minutes: int, by: str, now: dt.datetime) -> PlanEvent:
    """A technician cannot go on before `minutes` from now; what he says last counts. Raises DelayRefused."""
    if not 1 <= minutes <= LONGEST_DELAY_MINUTES:
        raise DelayRefused(f"{minutes} minutes")
    return record_free_at(session, technician=technician, free_at=now + dt.timedelta(minutes=minutes), by=by, now=now)


def record_free_at(
    session: Session, *, technician: Technician, free_at: dt.datetime, by: str, now: dt.datetime
) -> PlanEvent:
    """A technician is busy until `free_at`, whatever the plan thought: the plan is asked anew."""
    return _record(session, PlanEventKind.TECHNICIAN_LATE, technician, free_at=free_at, by=by, now=now)


def find_newly_slipping(session: Session, *, area_id: int, now: dt.datetime) -> list[int]:
    """Return the visits whose promise slips in the plan as it runs, unless all are known from an event (D13)."""
    snapshot = read_plan(session, area_id=area_id, now=now).snapshot
    slipping = list_slipping(snapshot.problem, snapshot.plan)
    seen = session.scalars(
        select(PlanEvent.visit_ids).where(PlanEvent.area_id == area_id, PlanEvent.recorded_at > now - SEEN_FOR)
    )
    known = {visit_id for visit_ids in seen for visit_id in visit_ids}
    return [] if set(slipping) <= known else slipping


def record_slipping(session: Session, *, area_id: int, visit_ids: Sequence[int], now: dt.datetime) -> PlanEvent:
    """Promises begin to slip: the plan is asked anew."""
    event = PlanEvent(
        area_id=area_id,
        kind=PlanEventKind.PROMISE_SLIPPING,
        visit_ids=list(visit_ids),
        recorded_at=now,
        recorded_by="planner",
    )
    session.add(event)
    return event


def list_slipping(problem: dispatch.Problem, plan: dispatch.Plan) -> list[int]:
    """Return the ids of visits nobody comes to, or comes to after the promised window."""
    starts = {stop.visit_id: stop.start_seconds for route in plan.routes for stop in route.stops}
    return sorted(
        id_in_key(visit.id)
        for visit in problem.visits
        if visit.promised_window is not None
        and visit.id.startswith("visit:")
        and starts.get(visit.id, float("inf")) > visit.promised_window.until_seconds
    )


def list_plan_events(session: Session, *, area_id: int, since_at: dt.datetime) -> Sequence[PlanEvent]:
    """Return an area's events, the newest first."""
    return session.scalars(
        select(PlanEvent)
        .where(PlanEvent.area_id == area_id, PlanEvent.recorded_at >= since_at)
        .order_by(PlanEvent.id.desc())
        .options(joinedload(PlanEvent.technician), joinedload(PlanEvent.proposal))
    ).all()


def _record(
    session: Session, kind: PlanEventKind, technician: Technician, *, free_at: dt.datetime, by: str, now: dt.datetime
) -> PlanEvent:
    event = PlanEvent(
        area_id=technician.area_id,
        kind=kind,
        technician_id=technician.id,
        technician=technician,
        free_at=free_at,
        visit_ids=[],
        recorded_at=now,
        recorded_by=by,
    )
    session.add(event)
    note_change(session, topic=BOARD, now=now)
    return event
