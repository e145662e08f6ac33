"""Remind customers of a visit, the evening before and two hours before (H15)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Message, ServiceRequest, Visit
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.promises import technician_name, tell_customer
from outbox.words import write_window
from policies.reminders import decide_reminder
from policies.visit_states import VisitState

WAITING = (VisitState.BOOKED, VisitState.DISPATCHED, VisitState.ACKNOWLEDGED)
LOOK_AHEAD = dt.timedelta(hours=36)


def remind_customers(session: Session, *, house: House, now: dt.datetime) -> int:
    """Store every reminder that is due; return how many visits that concerned. Each is told once per window."""
    visits = session.scalars(
        select(Visit)
        .where(Visit.state.in_(WAITING), Visit.window_from_at > now, Visit.window_from_at < now + LOOK_AHEAD)
        .order_by(Visit.id)
        .options(joinedload(Visit.technician), joinedload(Visit.request).joinedload(ServiceRequest.site))
    ).all()
    return sum(_remind(session, visit, house, now) for visit in visits)


def _remind(session: Session, visit: Visit, house: House, now: dt.datetime) -> bool:
    window_from_at, window_until_at = visit.window_from_at, visit.window_until_at
    if window_from_at is None or window_until_at is None:
        return False
    request = visit.request
    kind = decide_reminder(
        window_from_at=window_from_at,
        promised_at=_last_told_at(session, visit) or request.opened_at,
        time_zone=request.time_zone,
        figures=figures_at(session, now),
        now=now,
    )
    if kind is None:
        return False
    tell_customer(
        session,
        visit=visit,
        event=f"visit:{visit.id}:{kind}:{window_from_at:%Y%m%d%H%M}",
        template="visit_reminder",
        values={
            "technician": technician_name(visit, request.language),
            "window": write_window(
                window_from_at, window_until_at, time_zone=request.time_zone, language=request.language
            ),
        },
        house=house,
        now=now,
    )
    return True


def _last_told_at(session: Session, visit: Visit) -> dt.datetime | None:
    """Return when the customer last heard anything of this visit: a confirmation, a change, a reminder."""
    told = select(Message.created_at).where(Message.visit_id == visit.id, Message.request_id == visit.request_id)
    return session.scalar(told.order_by(Message.created_at.desc()).limit(1))
