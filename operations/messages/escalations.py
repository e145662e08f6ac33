"""Put something about a request before a dispatcher, because the hotline could not keep what we promise (H5, F5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Escalation, ServiceRequest, Visit
from operations.clocks.commitments import request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from policies.escalations import EscalationReason

LONGEST_NOTE = 200


def escalate(
    session: Session,
    *,
    request: ServiceRequest,
    reason: EscalationReason,
    now: dt.datetime,
    visit: Visit | None = None,
    note: str = "",
) -> Escalation:
    """Open an escalation, or return the open one for this reason; `note` says it in somebody's own words."""
    open_one = select(Escalation).where(
        Escalation.request_id == request.id, Escalation.reason == reason, Escalation.closed_at.is_(None)
    )
    known = session.scalars(open_one).first()
    if known is not None:
        known.note = note[:LONGEST_NOTE] or known.note
        return known
    visit_id = visit.id if visit else None
    escalation = Escalation(
        request_id=request.id, reason=reason, visit_id=visit_id, note=note[:LONGEST_NOTE], opened_at=now
    )
    session.add(escalation)
    session.flush()
    _record(session, escalation, "escalated", now=now, actor="hotline")
    return escalation


def settle_escalation(session: Session, *, escalation: Escalation, by: str, now: dt.datetime) -> None:
    """Somebody has looked at it; doing so twice changes nothing."""
    if escalation.closed_at is not None:
        return
    escalation.closed_at, escalation.closed_by = now, by
    _record(session, escalation, "escalation_settled", now=now, actor=by)


def list_escalations(session: Session) -> Sequence[Escalation]:
    """Return what waits for a dispatcher, the oldest first."""
    return session.scalars(
        select(Escalation)
        .where(Escalation.closed_at.is_(None))
        .order_by(Escalation.opened_at, Escalation.id)
        .options(joinedload(Escalation.request).joinedload(ServiceRequest.customer), joinedload(Escalation.technician))
    ).all()


def _record(session: Session, escalation: Escalation, kind: str, *, now: dt.datetime, actor: str) -> None:
    record_event(
        session,
        subject=request_subject(escalation.request_id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="hotline" if kind == "escalated" else "desk",
        actor=actor,
        facts={"reason": str(escalation.reason)},
    )
    note_change(session, topic=BOARD, now=now)
