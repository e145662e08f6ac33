"""Recordings: made with a yes, paused for card and identity numbers, heard on record, erased in time (H14, S1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from models import Call, Customer, QueueEntry, Recording, RecordingListen, ServiceRequest
from operations.foundation.changes import AGENTS, note_change
from operations.foundation.figures import figures_at
from operations.telephone.calls import log_step
from policies.call_states import CallState
from policies.person_queue import QueueState

CONSENT = "recording_consent"
ERASED_AT_ONCE = 200
PAUSED_OUTSIDE_TALK = "recording_paused_outside_talk"
"""Which recording nobody paused by hand: it goes on with the talk."""
HOTLINE = "hotline"
SAME_LISTENING = dt.timedelta(minutes=10)
"""A browser asks for one recording in several pieces; that is one listening."""


@dataclass(frozen=True, slots=True)
class RecordingTurn:
    """A recording to pause, or to resume (`goes_on`), because the talk it belongs to has stopped or goes on."""

    recording_id: int
    recording_sid: str
    call_sid: str
    goes_on: bool


class NoConsent(PermissionError):
    """The caller has not agreed to be recorded, or the call is over."""


def agree_to_recording(session: Session, *, call: Call, now: dt.datetime) -> None:
    """The caller heard that the conversation may be recorded, and agreed by key."""
    if has_agreed(call):
        return
    call.memory = {**call.memory, CONSENT: now.isoformat()}
    log_step(session, call=call, kind="consent", now=now, facts={"agreed": True})
    note_change(session, topic=AGENTS, now=now)


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
    _note(session, call, "started", by=by, now=now)
    session.flush()
    return recording


def note_paused(session: Session, *, call: Call, recording: Recording, by: str, now: dt.datetime) -> None:
    """Nothing is kept from now on."""
    recording.paused_at = now
    _remember_who_paused(call, None)
    _note(session, call, "paused", by=by, now=now)


def note_resumed(session: Session, *, call: Call, recording: Recording, by: str, now: dt.datetime) -> None:
    """It is recorded again."""
    recording.paused_at = None
    _remember_who_paused(call, None)
    _note(session, call, "resumed", by=by, now=now)


def find_pause_end(session: Session, *, recording: Recording, now: dt.datetime) -> dt.datetime | None:
    """Return when a pause ends by itself, so that nobody who forgot it loses the rest of the talk; None without one."""
    if recording.paused_at is None:
        return None
    return recording.paused_at + dt.timedelta(seconds=figures_at(session, now).recording_pause_seconds)


def list_recording_turns(session: Session, *, now: dt.datetime) -> Sequence[RecordingTurn]:
    """Return the recordings that are not as they should be: only a talk with somebody of ours is recorded.

    While the caller hears music, and in the menu after the talk, where digits are keyed and spoken, nothing is kept. A
    pause made by hand stays until somebody ends it, or its time is up.
    """
    paused_since = now - dt.timedelta(seconds=figures_at(session, now).recording_pause_seconds)
    talks = exists().where(QueueEntry.live_call_sid == Call.call_sid, QueueEntry.state == QueueState.TALKING)
    running = session.execute(
        select(Recording, Call, talks)
        .join(Call, Call.id == Recording.call_id)
        .where(
            Call.state != CallState.ENDED,
            Recording.started_by.is_not(None),
            Recording.is_ready.is_(False),
        )
        .order_by(Recording.id)
    ).all()
    return [
        RecordingTurn(recording.id, recording.recording_sid, call.call_sid, goes_on=is_talking)
        for recording, call, is_talking in running
        if recording.recording_sid is not None and _is_to_turn(recording, call, paused_since, is_talking=is_talking)
    ]


def _is_to_turn(recording: Recording, call: Call, paused_since: dt.datetime, *, is_talking: bool) -> bool:
    if recording.paused_at is None:
        return not is_talking
    is_over = call.memory.get(PAUSED_OUTSIDE_TALK) == recording.id or recording.paused_at <= paused_since
    return is_talking and is_over


def note_turned(session: Session, *, turn: RecordingTurn, now: dt.datetime) -> None:
    """A recording was paused or resumed with its talk."""
    recording = session.get_one(Recording, turn.recording_id)
    call = session.get_one(Call, recording.call_id, with_for_update=True, populate_existing=True)
    if turn.goes_on:
        note_resumed(session, call=call, recording=recording, by=HOTLINE, now=now)
        return
    note_paused(session, call=call, recording=recording, by=HOTLINE, now=now)
    _remember_who_paused(call, recording.id)


def _remember_who_paused(call: Call, recording_id: int | None) -> None:
    if call.memory.get(PAUSED_OUTSIDE_TALK) != recording_id:
        call.memory = {**call.memory, PAUSED_OUTSIDE_TALK: recording_id}


def _note(session: Session, call: Call, did: str, *, by: str, now: dt.datetime) -> None:
    log_step(session, call=call, kind="recording", now=now, facts={"did": did, "by": by})
    note_change(session, topic=AGENTS, now=now)


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
