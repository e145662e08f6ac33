"""What the day came to, counted from the rows it left behind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import Call, Commitment, Message, ServiceRequest, Visit
from operations.clocks.commitments import request_subject
from operations.foundation.events import find_broken_link
from policies.call_states import CallDirection, CallOutcome
from policies.commitments import CommitmentKind, CommitmentState
from policies.message_states import MessageState
from policies.visit_states import PROMISED, VisitState


@dataclass(frozen=True, slots=True)
class Figures:
    """The day in numbers. `late_visits` began after their promised window; `messages` are those sent on this day."""

    calls: int
    calls_answered_in_time: int
    calls_booked: int
    calls_solved_by_phone: int
    visits_done: int
    visits_in_window: int
    visits_still_promised: int
    on_site_met: int
    on_site_broken: int
    on_site_running: int
    messages: int
    messages_delivered: int
    broken_chains: int


def count_figures(session: Session, *, since: dt.datetime) -> Figures:
    """Count what happened since `since`."""
    done = (Visit.state == VisitState.COMPLETED) & (Visit.completed_at >= since)
    sent = Message.created_at > since
    return Figures(
        calls=_count(session, (Call.started_at >= since) & (Call.direction == CallDirection.INBOUND)),
        calls_answered_in_time=_count(session, _clock(CommitmentKind.ANSWER, CommitmentState.MET)),
        calls_booked=_count(session, Call.outcome == CallOutcome.BOOKED),
        calls_solved_by_phone=_count(session, Call.outcome == CallOutcome.SOLVED_BY_PHONE),
        visits_done=_count(session, done),
        visits_in_window=_count(session, done & (Visit.arrived_at <= Visit.window_until_at)),
        visits_still_promised=_count(session, Visit.state.in_(PROMISED)),
        on_site_met=_count(session, _of_today(since, CommitmentState.MET)),
        on_site_broken=_count(session, _of_today(since, CommitmentState.BROKEN)),
        on_site_running=_count(session, _of_today(since, CommitmentState.RUNNING)),
        messages=_count(session, sent),
        messages_delivered=_count(session, sent & (Message.state == MessageState.DELIVERED)),
        broken_chains=_count_broken_chains(session, since),
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0


def _clock(kind: CommitmentKind, state: CommitmentState) -> ColumnElement[bool]:
    return (Commitment.kind == kind) & (Commitment.state == state)


def _of_today(since: dt.datetime, state: CommitmentState) -> ColumnElement[bool]:
    return _clock(CommitmentKind.ON_SITE, state) & (Commitment.deadline_at >= since)


def _count_broken_chains(session: Session, since: dt.datetime) -> int:
    ids = session.scalars(select(ServiceRequest.id).where(ServiceRequest.opened_at >= since - dt.timedelta(days=1)))
    broken = [find_broken_link(session, subject=request_subject(request_id)) for request_id in ids]
    return sum(position is not None for position in broken)
