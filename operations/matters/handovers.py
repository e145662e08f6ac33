"""Hand a request over to the service point that serves its place, and follow it until it is done (H13).

The customer makes no second call: we ask the service point, tell the customer each step, go on to the next point on a
refusal or on silence, and put it before a dispatcher when nobody is left. Our clocks run on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models import Handover, ServicePoint, ServiceRequest
from operations.clocks.commitments import deadline_of, refresh_commitments, request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.matters.requests import close_request
from operations.messages.escalations import escalate
from operations.messages.handover_messages import tell_customer, tell_service_point, tell_service_point_withdrawn
from policies.escalations import EscalationReason
from policies.handovers import LIVE, HandoverState, move_handover, serves
from policies.request_states import CloseReason, RequestState

FARTHEST_DAYS = 14


class ComingTimeImpossible(ValueError):
    """A service point says it comes in the past, or later than two weeks from now."""

    field = "coming_from"


def find_live_handover(session: Session, *, request: ServiceRequest) -> Handover | None:
    """Return the handover somebody has or has been asked for, or None."""
    return session.scalars(
        select(Handover)
        .where(Handover.request_id == request.id, Handover.state.in_(LIVE))
        .options(joinedload(Handover.service_point))
    ).one_or_none()


def hand_over(session: Session, *, request: ServiceRequest, house: House, now: dt.datetime) -> Handover | None:
    """Offer a request to the next service point that serves its place; None when nobody is left to be asked.

    One that is under way is returned as it is. The point has `handover_answer_minutes` to answer.
    """
    live = find_live_handover(session, request=request)
    if live is not None:
        return live
    point = _next_point(session, request)
    if point is None:
        return None
    minutes = figures_at(session, now).handover_answer_minutes
    handover = Handover(
        request=request,
        service_point=point,
        state=HandoverState.OFFERED,
        offered_at=now,
        answer_until_at=now + dt.timedelta(minutes=minutes),
    )
    session.add(handover)
    session.flush()
    _record(session, handover, "handover_offered", actor="hotline", now=now)
    tell_service_point(session, handover, house=house, now=now)
    tell_customer(session, handover, "handed_over", house=house, now=now)
    return handover


def accept_handover(
    session: Session, *, handover: Handover, coming_from_at: dt.datetime, house: House, now: dt.datetime
) -> None:
    """The service point takes it and says when it comes; the customer is told, and a dispatcher if that is too late.

    Raises ComingTimeImpossible or HandoverMoveRefused. Another time later on is told again.
    """
    if not now <= coming_from_at <= now + dt.timedelta(days=FARTHEST_DAYS):
        raise ComingTimeImpossible(coming_from_at)
    handover.state = move_handover(handover.state, HandoverState.ACCEPTED)
    handover.coming_from_at = coming_from_at
    handover.coming_until_at = coming_from_at + dt.timedelta(minutes=figures_at(session, now).window_minutes)
    handover.lateness_noted_at = None
    _record(session, handover, "handover_accepted", now=now, facts={"coming_from_at": coming_from_at.isoformat()})
    tell_customer(session, handover, "handover_accepted", house=house, now=now)
    deadline_at = deadline_of(session, request_id=handover.request_id)
    if deadline_at is not None and coming_from_at > deadline_at:
        escalate(session, request=handover.request, reason=EscalationReason.BEYOND_COMMITMENT, now=now)


def decline_handover(session: Session, *, handover: Handover, house: House, now: dt.datetime) -> None:
    """The service point cannot; the next one is asked. Raises HandoverMoveRefused."""
    _give_up(session, handover, HandoverState.DECLINED, house=house, now=now)


def note_partner_arrived(session: Session, *, handover: Handover, now: dt.datetime) -> None:
    """Somebody of the service point is on site: this meets our clock (D1). Raises HandoverMoveRefused."""
    handover.state = move_handover(handover.state, HandoverState.ARRIVED)
    _record(session, handover, "visit_arrived", now=now)
    refresh_commitments(session, subject=request_subject(handover.request_id), request_id=handover.request_id, now=now)


def finish_handover(session: Session, *, handover: Handover, house: House, now: dt.datetime) -> None:
    """The service point has done it: the request closes, and the customer hears whom to call if it has not helped.

    Raises HandoverMoveRefused.
    """
    handover.state = move_handover(handover.state, HandoverState.DONE)
    handover.ended_at = now
    _record(session, handover, "handover_done", now=now)
    if handover.request.state is not RequestState.CLOSED:
        close_request(
            session,
            request=handover.request,
            reason=CloseReason.HANDED_OVER,
            now=now,
            source="service_point",
            actor=handover.service_point.code,
        )
    tell_customer(session, handover, "handover_done", house=house, now=now)


def follow_handovers(session: Session, *, house: House, now: dt.datetime) -> int:
    """Act on what has become due: no answer, nobody there at the time named, a customer who needs nobody any more.

    Returns how many handovers something was done about.
    """
    live = session.scalars(
        select(Handover)
        .where(Handover.state.in_(LIVE))
        .order_by(Handover.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return sum(_follow(session, handover, house, now) for handover in live)


def list_service_points(session: Session) -> Sequence[ServicePoint]:
    """Return every service point, those in use first, in the order in which they are asked."""
    return session.scalars(
        select(ServicePoint).order_by(ServicePoint.is_active.desc(), ServicePoint.position, ServicePoint.code)
    ).all()


def list_live_handovers(session: Session) -> Sequence[Handover]:
    """Return what service points have or have been asked for, the oldest first."""
    return session.scalars(
        select(Handover)
        .where(Handover.state.in_(LIVE))
        .order_by(Handover.offered_at, Handover.id)
        .options(joinedload(Handover.service_point), joinedload(Handover.request).joinedload(ServiceRequest.customer))
    ).all()


def count_handovers(session: Session) -> dict[int, dict[HandoverState, int]]:
    """Return how many handovers each service point has had, by its id and their state."""
    counted: dict[int, dict[HandoverState, int]] = {}
    rows = session.execute(
        select(Handover.service_point_id, Handover.state, func.count()).group_by(
            Handover.service_point_id, Handover.state
        )
    )
    for point_id, state, count in rows:
        counted.setdefault(point_id, {})[state] = count
    return counted


def _next_point(session: Session, request: ServiceRequest) -> ServicePoint | None:
    """Points that name the district go before those that take what nobody else has."""
    if request.site is None:
        return None
    asked = set(session.scalars(select(Handover.service_point_id).where(Handover.request_id == request.id)))
    points = [
        point
        for point in session.scalars(
            select(ServicePoint).where(ServicePoint.is_active).order_by(ServicePoint.position, ServicePoint.code)
        )
        if point.id not in asked and serves(point.districts, request.site.district)
    ]
    return min(points, key=lambda point: not point.districts, default=None)


def _follow(session: Session, handover: Handover, house: House, now: dt.datetime) -> bool:
    if handover.request.state is RequestState.CLOSED:
        handover.state = move_handover(handover.state, HandoverState.WITHDRAWN)
        handover.ended_at = now
        _record(session, handover, "handover_withdrawn", actor="clock", now=now)
        tell_service_point_withdrawn(session, handover, now=now)
    elif handover.state is HandoverState.OFFERED and handover.answer_until_at < now:
        escalate(session, request=handover.request, reason=EscalationReason.SERVICE_POINT_SILENT, now=now)
        _give_up(session, handover, HandoverState.SILENT, house=house, now=now)
    elif _is_late(handover, now):
        handover.lateness_noted_at = now
        _record(session, handover, "handover_late", actor="clock", now=now)
        escalate(session, request=handover.request, reason=EscalationReason.SERVICE_POINT_LATE, now=now)
        tell_customer(session, handover, "handover_late", house=house, now=now)
    else:
        return False
    return True


def _is_late(handover: Handover, now: dt.datetime) -> bool:
    return (
        handover.state is HandoverState.ACCEPTED
        and handover.coming_until_at is not None
        and handover.coming_until_at < now
        and handover.lateness_noted_at is None
    )


def _give_up(session: Session, handover: Handover, to: HandoverState, *, house: House, now: dt.datetime) -> None:
    """Ask the next service point; when there is none, the customer and a dispatcher are told."""
    handover.state = move_handover(handover.state, to)
    handover.ended_at = now
    actor = "clock" if to is HandoverState.SILENT else handover.service_point.code
    _record(session, handover, f"handover_{to}", actor=actor, now=now)
    session.flush()
    if hand_over(session, request=handover.request, house=house, now=now) is None:
        escalate(session, request=handover.request, reason=EscalationReason.OUT_OF_AREA, now=now)
        tell_customer(session, handover, "handover_open", house=house, now=now)


def _record(
    session: Session,
    handover: Handover,
    kind: str,
    *,
    now: dt.datetime,
    actor: str | None = None,
    facts: dict[str, str] | None = None,
) -> None:
    record_event(
        session,
        subject=request_subject(handover.request_id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="service_point" if actor is None else "hotline",
        actor=actor or handover.service_point.code,
        facts={"service_point": handover.service_point.code, **(facts or {})},
    )
    note_change(session, topic=BOARD, now=now)
