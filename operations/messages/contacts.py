"""Another number to reach a caller by, for everything this call has left open (H3)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Call, CallBack, Complaint, ServiceRequest, Visit
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.messages.promises import confirm_promise
from policies.visit_states import PROMISED


def change_contact(
    session: Session, *, call: Call, number: str, request: ServiceRequest | None, house: House, now: dt.datetime
) -> None:
    """Reach this caller at `number` (E.164) from now on; a promised visit of `request` is confirmed there again.

    It changes nothing about who the caller is: the number proves nothing.
    """
    call.contact_phone = number
    still_open = (
        update(CallBack).where(CallBack.call_id == call.id, CallBack.made_at.is_(None)),
        update(Complaint).where(Complaint.call_id == call.id, Complaint.answered_at.is_(None)),
    )
    for statement in still_open:
        session.execute(statement.values(contact_phone=number))
    if request is None or request.contact_phone == number:
        return
    request.contact_phone = number
    record_event(
        session,
        subject=request_subject(request.id),
        kind="contact_changed",
        occurred_at=now,
        recorded_at=now,
        source="hotline",
        actor="caller",
        personal={"contact_phone": number},
    )
    promised = select(Visit).where(Visit.request_id == request.id, Visit.state.in_(PROMISED))
    for visit in session.scalars(promised).all():
        cause = f":{call.call_sid[-8:]}{number[-4:]}"
        confirm_promise(session, visit=visit, time_zone=request.time_zone, house=house, now=now, cause=cause)
