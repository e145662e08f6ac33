"""Recordings: made with a yes, paused for card and identity numbers, heard on record, erased in time (H14, S1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from models import Call, Customer, Recording, RecordingListen, ServiceRequest
from operations.calls import log_step
from operations.figures import figures_at
from policies.call_states import CallState

CONSENT = "recording_consent"
ERASED_AT_ONCE = 200
SAME_LISTENING = dt.timedelta(minutes=10)
"""A browser asks for one recording in several pieces; that is one listening."""


class NoConsent(PermissionError):
    """The caller has not agreed to be recorded, or the call is over."""


def agree_to_recording(session: Session, *, call: Call, now: dt.datetime) -> None:
    """The caller heard that the conversation may be recorded, and agreed by key."""
    if has_agreed(call):
        return
    call.memory = {**call.memory, CONSENT: now.isoformat()}
    log_step(session, call=call, kind="consent", now=now, facts={"agreed": True})


def has_agreed(call: Call) -> bool:
    """Tell whether the caller agreed to be recorded."""
    return CONSENT in call.memory


def may_record(call: Call) -> bool:
    """Tell whether a conversation may be recorded now: it goes on, and the caller agreed."""
    return has_agreed(call) and call.state is not CallState.ENDED


def find_running_recording(session: Session, *, call: Call) -> Recording | None:
    """Return the recording of this conversation that somebody of ours started, or None."""
    return session.scalars(
        select(Recording)
        .where(Recording.call_id == call.id, Recording.started_by.is_not(None), Recording.is_ready.is_(False))
        .order_by(Recording.id.desc())
        .limit(1)
    ).first()


def note_started(session: Session, *, call: Call, recording_sid: str, by: str, now: dt.datetime) -> Recording:
    """Somebody started recording; Twilio may have told us of it already."""
    recording = session.scalars(select(Recording).where(Recording.recording_sid == recording_sid)).one_or_none()
    if recording is None:
        recording = Recording(call_id=call.id, recording_sid=recording_sid, is_ready=False, recorded_at=now)
        session.add(recording)
    recording.started_by = by
    log_step(session, call=call, kind="recording", now=now, facts={"did": "started", "by": by})
    session.flush()
    return recording


def note_paused(session: Session, *, call: Call, recording: Recording, by: str, now: dt.datetime) -> None:
    """Nothing is kept from now on."""
    recording.paused_at = now
    log_step(session, call=call, kind="recording", now=now, facts={"did": "paused", "by": by})


def note_resumed(session: Session, *, call: Call, recording: Recording, by: str, now: dt.datetime) -> None:
    """It is recorded again."""
    recording.paused_at = None
    log_step(session, call=call, kind="recording", now=now, facts={"did": "resumed", "by": by})


def note_listened(session: Session, *, recording: Recording, by: str, now: dt.datetime) -> None:
    """Somebody hears a recording: kept on record for as long as the recording is."""
    lately = select(RecordingListen.id).where(
        RecordingListen.recording_id == recording.id,
        RecordingListen.listened_by == by,
        RecordingListen.listened_at > now - SAME_LISTENING,
    )
    if session.scalars(lately.limit(1)).first() is None:
        session.add(RecordingListen(recording_id=recording.id, listened_by=by, listened_at=now))
        session.flush()


def list_recordings(session: Session, *, call: Call) -> Sequence[Recording]:
    """Return the recordings of a call with everybody who heard them, the oldest first."""
    return (
        session.scalars(
            select(Recording)
            .where(Recording.call_id == call.id)
            .order_by(Recording.id)
            .options(joinedload(Recording.listens))
        )
        .unique()
        .all()
    )


def list_expired_recordings(session: Session, *, now: dt.datetime) -> Sequence[Recording]:
    """Return recordings older than `recording_days`, or of erased customers, that are still kept somewhere."""
    kept_since = now - dt.timedelta(days=figures_at(session, now).recording_days)
    of_erased = (
        select(Call.id)
        .outerjoin(ServiceRequest, ServiceRequest.id == Call.request_id)
        .join(Customer, Customer.id == func.coalesce(Call.customer_id, ServiceRequest.customer_id))
        .where(Customer.erased_at.is_not(None))
    )
    return session.scalars(
        select(Recording)
        .where(Recording.erased_at.is_(None), or_(Recording.recorded_at < kept_since, Recording.call_id.in_(of_erased)))
        .order_by(Recording.recorded_at)
        .limit(ERASED_AT_ONCE)
    ).all()


def note_erased(session: Session, *, recording_id: int, now: dt.datetime) -> None:
    """The sound is gone; that there was one, and when, stays."""
    recording = session.get_one(Recording, recording_id)
    recording.erased_at, recording.url = now, None
    session.flush()
