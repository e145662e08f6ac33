"""A technician will be late: the customer hears it before the window breaks, a dispatcher if it will (V1, D13)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Stop, Visit
from operations.clocks.commitments import request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.messages.escalations import escalate
from operations.messages.promises import name_window, technician_name, tell_customer
from operations.planning.plan_events import record_free_at
from outbox.words import write_time
from policies.escalations import EscalationReason
from policies.visit_states import VisitMoveRefused, VisitState

CAN_BE_LATE = frozenset({VisitState.DISPATCHED, VisitState.ACKNOWLEDGED, VisitState.EN_ROUTE})


def delayed_until(session: Session, *, visit: Visit, minutes: int, now: dt.datetime) -> dt.datetime:
    """Return when somebody comes who says at `now` that he will be so many minutes late.

    He counts from when he was due, as people mean it, or from `now` if that has passed.
    """
    planned_at = session.scalar(select(Stop.planned_arrive_at).where(Stop.visit_id == visit.id))
    due_at = visit.expected_at or planned_at or visit.window_from_at or now
    return max(due_at, now) + dt.timedelta(minutes=minutes)


def report_delay(
    session: Session,
    *,
    visit: Visit,
    expected_at: dt.datetime,
    house: House,
    now: dt.datetime,
    actor: str,
    source: str,
) -> None:
    """Note when the technician now expects to be there, and tell whom it concerns.

    Inside the promised window only a customer who was given a time hears of it. After the window every customer does,
    and a dispatcher is to find something better. Raises VisitMoveRefused for a visit nobody can be late for any more.
    """
    if visit.state not in CAN_BE_LATE or visit.window_until_at is None:
        raise VisitMoveRefused(f"{visit.state} is not on its way")
    is_broken = expected_at > visit.window_until_at
    visit.expected_at = expected_at
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="visit_delayed",
        occurred_at=now,
        recorded_at=now,
        source=source,
        actor=actor,
        facts={"visit": visit.id, "expected_at": expected_at.isoformat(), "is_window_broken": is_broken},
    )
    note_change(session, topic=BOARD, now=now)
    if visit.technician is not None:
        free_at = _free_at(session, visit, expected_at)
        record_free_at(session, technician=visit.technician, free_at=free_at, by=actor, now=now)
    if is_broken:
        escalate(session, request=visit.request, reason=EscalationReason.RUNNING_LATE, now=now)
    if is_broken or visit.state is VisitState.EN_ROUTE:
        _tell(session, visit, expected_at, is_broken=is_broken, house=house, now=now)


def _free_at(session: Session, visit: Visit, expected_at: dt.datetime) -> dt.datetime:
    """Return when the technician can go on: after this visit if he is under way to it, else in time to drive there."""
    if visit.state is VisitState.EN_ROUTE:
        return expected_at + dt.timedelta(minutes=visit.duration_minutes)
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one_or_none()
    return expected_at - dt.timedelta(seconds=stop.travel_seconds if stop else 0)


def _tell(
    session: Session, visit: Visit, expected_at: dt.datetime, *, is_broken: bool, house: House, now: dt.datetime
) -> None:
    language, time_zone = visit.request.language, visit.request.time_zone
    values = {"technician": technician_name(visit, language), "eta": write_time(expected_at, time_zone=time_zone)}
    if is_broken and (window := name_window(visit)):
        values["window"] = window
    tell_customer(
        session,
        visit=visit,
        event=f"visit:{visit.id}:delayed:{expected_at:%Y%m%d%H%M}",
        template="visit_late" if is_broken else "visit_delayed",
        values=values,
        house=house,
        now=now,
    )
