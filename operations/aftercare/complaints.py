"""A complaint is recorded whoever answers, and answered within 24 hours (H8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Call, Complaint, ServiceRequest
from operations.clocks.commitments import refresh_commitments
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.foundation.territories import find_matter_area
from operations.matters.requests import draw_free_number
from operations.messages.complaint_messages import tell_received
from operations.telephone.calls import reach_number
from policies.channels import Channel
from policies.complaints import ComplaintCategory, ComplaintState


def complaint_subject(complaint_id: int) -> str:
    """Return the chain's name for a complaint."""
    return f"complaint:{complaint_id}"


def open_complaint(
    session: Session, *, call: Call, category: ComplaintCategory, house: House, now: dt.datetime
) -> Complaint:
    """Record a caller's complaint and start its clock with the call; once per call and category.

    The caller is texted its number, if the number they call from can be texted.
    """
    known = session.scalars(
        select(Complaint).where(Complaint.call_id == call.id, Complaint.category == category)
    ).first()
    if known is not None:
        return known
    complaint = Complaint(
        category=category,
        channel=Channel.HOTLINE,
        language=call.language,
        contact_phone=reach_number(call),
        customer_id=call.customer_id,
        request_id=call.request_id,
        call_id=call.id,
        opened_at=call.started_at,
    )
    return begin_complaint(session, complaint, house=house, actor=str(complaint.channel), now=now)


def open_request_complaint(
    session: Session,
    *,
    request: ServiceRequest,
    category: ComplaintCategory,
    channel: Channel,
    contact_phone: str | None,
    house: House,
    now: dt.datetime,
) -> Complaint:
    """Record a complaint about a request that did not come by a call, such as a low score; once while one is open."""
    known = session.scalars(
        select(Complaint).where(
            Complaint.request_id == request.id,
            Complaint.category == category,
            Complaint.state == ComplaintState.OPEN,
        )
    ).first()
    if known is not None:
        return known
    complaint = Complaint(
        category=category,
        channel=channel,
        language=request.language,
        contact_phone=contact_phone,
        customer_id=request.customer_id,
        request_id=request.id,
        opened_at=now,
    )
    return begin_complaint(session, complaint, house=house, actor=str(complaint.channel), now=now)


def begin_complaint(session: Session, complaint: Complaint, *, house: House, actor: str, now: dt.datetime) -> Complaint:
    """Give a new complaint its number, start its clock at `opened_at`, and text the customer."""
    complaint.number, complaint.state = draw_free_number(session), ComplaintState.OPEN
    session.add(complaint)
    session.flush()
    source = str(complaint.channel)
    record_step(session, complaint, "complaint_opened", at=complaint.opened_at, now=now, source=source, actor=actor)
    tell_received(session, complaint=complaint, house=house, now=now)
    return complaint


def answer_complaint(session: Session, *, complaint: Complaint, by: str, now: dt.datetime) -> None:
    """Somebody has spoken with the customer about it: this meets the clock; noting it twice changes nothing."""
    if complaint.state is not ComplaintState.OPEN:
        return
    complaint.state, complaint.answered_at, complaint.answered_by = ComplaintState.ANSWERED, now, by
    record_step(session, complaint, "complaint_answered", at=now, now=now, source="desk", actor=by)


def list_complaints(session: Session) -> Sequence[Complaint]:
    """Return the complaints nobody has answered yet, the oldest first."""
    return session.scalars(
        select(Complaint)
        .where(Complaint.state == ComplaintState.OPEN)
        .order_by(Complaint.opened_at, Complaint.id)
        .options(joinedload(Complaint.customer), joinedload(Complaint.request))
    ).all()


def record_step(
    session: Session,
    complaint: Complaint,
    kind: str,
    *,
    at: dt.datetime,
    now: dt.datetime,
    source: str,
    actor: str,
    facts: Mapping[str, str] | None = None,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Append one step of a complaint to its chain, and read its clocks; `personal` can be erased later (S1)."""
    subject = complaint_subject(complaint.id)
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=at,
        recorded_at=now,
        source=source,
        actor=actor,
        facts={"number": complaint.number, "category": str(complaint.category), **(facts or {})},
        personal=personal,
    )
    area_id = find_matter_area(session, matter=complaint)
    refresh_commitments(session, subject=subject, request_id=None, area_id=area_id, now=now)
    note_change(session, topic=BOARD, now=now)
