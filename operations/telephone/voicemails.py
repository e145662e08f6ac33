"""A spoken message becomes a request, so that nobody has to call again (H3)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Call, Customer, Recording, ServiceRequest
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.matters.requests import open_request
from operations.telephone.call_backs import promise_call_back
from operations.telephone.calls import log_step, reach_number, take_up
from outbox.enqueue import enqueue_message
from policies.call_backs import CallBackReason, find_minutes_left
from policies.channels import Channel
from policies.request_states import RequestState


def take_voicemail(
    session: Session,
    *,
    call: Call,
    recording_sid: str | None,
    url: str | None,
    duration_seconds: int | None,
    house: House,
    now: dt.datetime,
    spoken_at: dt.datetime | None = None,
) -> ServiceRequest:
    """Keep a recording by reference and open a request for it, or add it to the open request the call is about.

    `spoken_at` is when the message was left, when that was before now: the promised call counts from there, and the
    text about it says what is left of the time.
    """
    keep_recording(session, call=call, recording_sid=recording_sid, url=url, duration_seconds=duration_seconds, now=now)
    request = session.get(ServiceRequest, call.request_id) if call.request_id else None
    if request is None or request.state is RequestState.CLOSED:
        request = _open(session, call, now)
        take_up(call, request)
    log_step(
        session, call=call, kind="voicemail", now=now, facts={"seconds": duration_seconds, "request": request.number}
    )
    call_back = promise_call_back(session, call=call, reason=CallBackReason.MESSAGE, now=now, promised_at=spoken_at)
    _confirm(session, call, request, promised_at=call_back.promised_at, house=house, now=now)
    return request


def keep_recording(
    session: Session,
    *,
    call: Call,
    recording_sid: str | None,
    url: str | None,
    duration_seconds: int | None,
    now: dt.datetime,
) -> None:
    """Keep a recording by reference; Twilio may have told us of it already."""
    known = _find_recording(session, recording_sid) if recording_sid else None
    if known is None:
        _keep(session, call, recording_sid, url=url, duration_seconds=duration_seconds, is_ready=False, now=now)
    else:
        known.url = known.url or url


def note_recording_ready(
    session: Session,
    *,
    call_sid: str,
    recording_sid: str,
    url: str | None,
    duration_seconds: int | None,
    status: str,
    now: dt.datetime,
) -> bool:
    """Take Twilio's word on a recording; only `completed` makes it ready. False when the call is unknown to us.

    It may come before the message itself has been taken in: the recording is kept then, and the message finds it.
    """
    call = session.scalars(select(Call).where(Call.call_sid == call_sid)).one_or_none()
    if call is None:
        return False
    is_ready = status == "completed"
    recording = _find_recording(session, recording_sid) or _find_unnamed_recording(session, call)
    if recording is not None:
        recording.recording_sid = recording_sid
        recording.url = url or recording.url
        recording.duration_seconds = duration_seconds if duration_seconds is not None else recording.duration_seconds
        recording.is_ready = recording.is_ready or is_ready
    elif is_ready:
        _keep(session, call, recording_sid, url=url, duration_seconds=duration_seconds, is_ready=True, now=now)
    return True


def _find_recording(session: Session, recording_sid: str) -> Recording | None:
    return session.scalars(select(Recording).where(Recording.recording_sid == recording_sid)).one_or_none()


def _find_unnamed_recording(session: Session, call: Call) -> Recording | None:
    unnamed = select(Recording).where(Recording.call_id == call.id, Recording.recording_sid.is_(None))
    return session.scalars(unnamed.order_by(Recording.id)).first()


def _keep(
    session: Session,
    call: Call,
    recording_sid: str | None,
    *,
    url: str | None,
    duration_seconds: int | None,
    is_ready: bool,
    now: dt.datetime,
) -> None:
    recording = Recording(
        call_id=call.id,
        recording_sid=recording_sid,
        url=url,
        duration_seconds=duration_seconds,
        is_ready=is_ready,
        recorded_at=now,
    )
    session.add(recording)
    session.flush()


def _open(session: Session, call: Call, now: dt.datetime) -> ServiceRequest:
    request = open_request(
        session,
        channel=Channel.VOICEMAIL,
        language=call.language,
        opened_at=call.started_at,
        now=now,
        answered_by="hotline",
        contact_phone=reach_number(call),
    )
    if call.customer_id is not None:
        request.customer_id = session.get_one(Customer, call.customer_id).id
    return request


def _confirm(
    session: Session, call: Call, request: ServiceRequest, *, promised_at: dt.datetime, house: House, now: dt.datetime
) -> None:
    if request.contact_phone is None:
        return
    figures = figures_at(session, now)
    call_by = promised_at + dt.timedelta(minutes=figures.voicemail_callback_minutes)
    minutes = find_minutes_left(call_by, now=now)
    enqueue_message(
        session,
        event=f"call:{call.call_sid}:voicemail",
        recipient=f"customer:{request.customer_id}" if request.customer_id else f"number:{request.contact_phone}",
        to_number=request.contact_phone,
        language=request.language,
        template="voicemail_received" if minutes else "voicemail_received_late",
        values={"number": request.number, "minutes": minutes, "hotline": house.hotline_number},
        now=now,
        expires_at=now + dt.timedelta(hours=figures.message_expiry_hours),
        request_id=request.id,
    )
