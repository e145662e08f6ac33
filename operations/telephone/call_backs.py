"""Calls we promised to make within half an hour, each with its clock (H7, K1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Call, CallBack, ServiceRequest
from operations.clocks.commitments import refresh_commitments
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.territories import find_matter_area
from operations.telephone.calls import reach_number
from policies.call_backs import CallBackReason


def call_back_subject(call_back_id: int) -> str:
    """Return the chain's name for a promised call."""
    return f"call_back:{call_back_id}"


def promise_call_back(
    session: Session, *, call: Call, reason: CallBackReason, now: dt.datetime, promised_at: dt.datetime | None = None
) -> CallBack:
    """Promise whoever is calling to call back; promised once per call and reason.

    The clock starts when the caller heard it: now, or at `promised_at` when we learn of the promise later.
    """
    known = session.scalars(select(CallBack).where(CallBack.call_id == call.id, CallBack.reason == reason)).first()
    if known is not None:
        return known
    call_back = CallBack(
        reason=reason,
        language=call.language,
        contact_phone=reach_number(call),
        customer_id=call.customer_id,
        request_id=call.request_id,
        call_id=call.id,
        promised_at=promised_at or now,
    )
    session.add(call_back)
    session.flush()
    _record(session, call_back, "call_back_promised", at=promised_at or now, now=now, source="hotline", actor="hotline")
    return call_back


def promise_call_about(
    session: Session, *, request: ServiceRequest, reason: CallBackReason, now: dt.datetime
) -> CallBack:
    """Promise to call whoever opened a request by another way than the telephone; promised once per request."""
    known = session.scalars(
        select(CallBack).where(CallBack.request_id == request.id, CallBack.reason == reason)
    ).first()
    if known is not None:
        return known
    call_back = CallBack(
        reason=reason,
        language=request.language,
        contact_phone=request.contact_phone,
        customer_id=request.customer_id,
        request_id=request.id,
        promised_at=now,
    )
    session.add(call_back)
    session.flush()
    _record(session, call_back, "call_back_promised", at=now, now=now, source=request.channel, actor="customer")
    return call_back


def note_call_made(session: Session, *, call_back: CallBack, by: str, now: dt.datetime) -> None:
    """Somebody has called and spoken with the customer: this meets the clock; noting it twice changes nothing."""
    if call_back.made_at is not None:
        return
    call_back.made_at, call_back.made_by = now, by
    _record(session, call_back, "call_back_made", at=now, now=now, source="desk", actor=by)


def list_call_backs(session: Session) -> Sequence[CallBack]:
    """Return the calls nobody has made yet, the oldest promise first."""
    return session.scalars(
        select(CallBack)
        .where(CallBack.made_at.is_(None))
        .order_by(CallBack.promised_at, CallBack.id)
        .options(joinedload(CallBack.customer), joinedload(CallBack.request))
    ).all()


def _record(
    session: Session, call_back: CallBack, kind: str, *, at: dt.datetime, now: dt.datetime, source: str, actor: str
) -> None:
    subject = call_back_subject(call_back.id)
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=at,
        recorded_at=now,
        source=source,
        actor=actor,
        facts={"reason": str(call_back.reason)},
    )
    area_id = find_matter_area(session, matter=call_back)
    refresh_commitments(session, subject=subject, request_id=None, area_id=area_id, now=now)
    note_change(session, topic=BOARD, now=now)
