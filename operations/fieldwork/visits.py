"""A visit from draft to done: what technicians report, what customers hear, which clocks are met (D10, V1, K1)."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ServiceRequest, Shift, Stop, Visit
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.dispatching.routes import tell_changes
from operations.dispatching.visit_codes import draw_free_code
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.matters.requests import close_request
from operations.matters.visit_counts import count_visits
from operations.messages.escalations import escalate
from operations.messages.promises import tell_arrived, tell_cancelled, tell_completed, tell_nobody_home, tell_on_the_way
from operations.parts.reservations import hand_on_parts, list_open_reservations, release_reservations
from operations.planning.holds import free_holds_of
from operations.planning.live_plan import lock_live_plan, take_step
from policies.escalations import EscalationReason
from policies.request_states import CloseReason, RequestState, move_request
from policies.visit_states import PROMISED, STARTED, IncompleteReason, VisitState, move_visit

STALE_NEWS = dt.timedelta(minutes=20)
"""A technician's step that we learn of later than this is no news to the customer, who was there."""


def draft_visit(session: Session, *, request: ServiceRequest) -> Visit:
    """Return the request's visit that still waits for a window, or a new draft; the request must have an area."""
    waiting = session.scalars(
        select(Visit).where(Visit.request_id == request.id, Visit.state.in_([VisitState.DRAFT, VisitState.OFFERED]))
    ).first()
    if waiting is not None:
        if request.fault_category is not None:
            waiting.duration_minutes = request.fault_category.duration_minutes
        return waiting
    if request.area_id is None or request.fault_category is None:
        raise RequestNotPlannable(request.number)
    visit = Visit(
        request=request,
        area_id=request.area_id,
        code=draw_free_code(session, draws=secrets.SystemRandom()),
        state=VisitState.DRAFT,
        duration_minutes=request.fault_category.duration_minutes,
    )
    session.add(visit)
    session.flush()
    return visit


def find_bookable_visit(session: Session, *, request: ServiceRequest) -> Visit | None:
    """Return the visit a caller may choose a time for: the promised one, or one that waits; None once it has begun.

    A closed request has none either. Raises RequestNotPlannable as `draft_visit` does.
    """
    if request.state is RequestState.CLOSED:
        return None
    promised = session.scalars(
        select(Visit).where(Visit.request_id == request.id, Visit.state.in_(PROMISED)).order_by(Visit.id.desc())
    ).first()
    if promised is None:
        return draft_visit(session, request=request)
    return None if promised.state in STARTED else promised


class RequestNotPlannable(ValueError):
    """The request has no area or fault category yet; a clerk must complete it before a visit can be planned."""


def accept_visit(session: Session, *, visit: Visit, house: House, now: dt.datetime, actor: str) -> None:  # noqa: ARG001
    """The technician takes the visit."""
    _report(session, visit, VisitState.ACKNOWLEDGED, "visit_acknowledged", now=now, actor=actor)


def start_travel(
    session: Session,
    *,
    visit: Visit,
    house: House,
    now: dt.datetime,
    actor: str,
    happened_at: dt.datetime | None = None,
    expected_at: dt.datetime | None = None,
) -> None:
    """The technician is on the way; the customer hears when to expect him (V1).

    `happened_at` is when it was, if we learn of it later: out of a cellar, say. Then the customer need not be told.
    `expected_at` is when he himself says he will be there; else the plan's drive and window say it.
    """
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one_or_none()
    travel = dt.timedelta(seconds=stop.travel_seconds) if stop else dt.timedelta()
    _report(session, visit, VisitState.EN_ROUTE, "visit_on_the_way", now=now, actor=actor, happened_at=happened_at)
    visit.set_out_at = happened_at or now
    visit.expected_at = expected_at or max((happened_at or now) + travel, visit.window_from_at or now)
    if _is_news(happened_at, now):
        tell_on_the_way(session, visit=visit, eta_at=visit.expected_at, house=house, now=now)


def arrive(
    session: Session,
    *,
    visit: Visit,
    house: House,
    now: dt.datetime,
    actor: str,
    happened_at: dt.datetime | None = None,
) -> None:
    """The technician is on site: this is what meets the 24-hour clock (D1), at the instant it happened."""
    _report(session, visit, VisitState.ON_SITE, "visit_arrived", now=now, actor=actor, happened_at=happened_at)
    visit.arrived_at = happened_at or now
    count_visits(session, request=visit.request)
    if _is_news(happened_at, now):
        tell_arrived(session, visit=visit, house=house, now=now)


def complete_visit(
    session: Session,
    *,
    visit: Visit,
    house: House,
    now: dt.datetime,
    actor: str,
    happened_at: dt.datetime | None = None,
) -> None:
    """The work is done: the request closes as solved, the place in the plan is free for what is left of it."""
    _report(session, visit, VisitState.COMPLETED, "visit_completed", now=now, actor=actor, happened_at=happened_at)
    visit.completed_at = happened_at or now
    count_visits(session, request=visit.request)
    tell_completed(session, visit=visit, house=house, now=now)
    if visit.request.state is RequestState.BOOKED:
        close_request(session, request=visit.request, reason=CloseReason.SOLVED, now=now, source="sms", actor=actor)
    free_place(session, visit=visit, now=now)


def end_unfinished(
    session: Session,
    *,
    visit: Visit,
    reason: IncompleteReason,
    house: House,
    now: dt.datetime,
    actor: str,
    happened_at: dt.datetime | None = None,
    note: str = "",
) -> None:
    """The visit ends and the work is not done (V7): its place is free, its reason recorded, the request stays open.

    `note` is what the technician says about it: for the dispatcher, and on record where it can be erased. Nobody at
    home ends as `no_access`, whether or not the technician had reported arriving, and the customer hears of it while it
    is news. The next visit is booked already (operations/fieldwork/next_visits.py), or a dispatcher finds the request
    waiting without one.
    """
    to = VisitState.NO_ACCESS if reason is IncompleteReason.NOBODY_HOME else VisitState.INCOMPLETE
    facts = {"reason": str(reason)}
    _report(
        session,
        visit,
        to,
        "visit_unfinished",
        now=now,
        actor=actor,
        happened_at=happened_at,
        facts=facts,
        personal={"note": note} if note else None,
    )
    visit.incomplete_reason, visit.completed_at = reason, happened_at or now
    count_visits(session, request=visit.request)
    is_next_booked = session.scalar(
        select(Visit.id).where(Visit.request_id == visit.request_id, Visit.state.in_(PROMISED)).limit(1)
    )
    if is_next_booked is None and any(one.is_required for one in list_open_reservations(session, visit=visit)):
        # Whoever books the next visit, and whenever: its parts are known.
        hand_on_parts(session, visit=visit, following=draft_visit(session, request=visit.request))
    free_place(session, visit=visit, now=now)
    session.flush()
    if is_next_booked is None:
        if visit.request.state is RequestState.BOOKED:
            visit.request.state = move_request(visit.request.state, RequestState.OPEN)
        escalate(session, request=visit.request, visit=visit, reason=EscalationReason.UNFINISHED, note=note, now=now)
    if to is VisitState.NO_ACCESS and _is_news(happened_at, now):
        tell_nobody_home(session, visit=visit, house=house, now=now)


def decline_visit(session: Session, *, visit: Visit, note: str, now: dt.datetime, actor: str) -> None:
    """The technician cannot take the visit: it goes back to the plan, its promise stands; `note` is why, in his words.

    The words are personal data of the event, so that they can be erased.
    """
    personal = {"note": note} if note else {}
    _report(session, visit, VisitState.BOOKED, "visit_declined", now=now, actor=actor, personal=personal)


def cancel_visit(session: Session, *, visit: Visit, house: House, now: dt.datetime, source: str, actor: str) -> None:
    """Nobody goes: windows held for the visit and its place in the plan are free at once, whoever was told is told."""
    was_promised = visit.state in PROMISED
    free_holds_of(session, visit=visit, now=now)
    _report(session, visit, VisitState.CANCELLED, "visit_cancelled", now=now, actor=actor, source=source)
    shift_ids = session.scalars(select(Stop.shift_id).where(Stop.visit_id == visit.id)).all()
    free_place(session, visit=visit, now=now)
    session.flush()
    tell_changes(session, shifts=[session.get_one(Shift, id_) for id_ in shift_ids], house=house, now=now)
    if was_promised:
        tell_cancelled(session, visit=visit, house=house, now=now)


def free_place(session: Session, *, visit: Visit, now: dt.datetime) -> None:
    """Take a visit that has ended out of the live plan; the parts kept for it are free."""
    release_reservations(session, visit=visit)
    plan = lock_live_plan(session, area_id=visit.area_id, now=now)
    for stop in session.scalars(select(Stop).where(Stop.visit_id == visit.id)):
        session.delete(stop)
    take_step(session, plan=plan, now=now)


def _report(
    session: Session,
    visit: Visit,
    to: VisitState,
    event: str,
    *,
    now: dt.datetime,
    actor: str,
    source: str = "sms",
    happened_at: dt.datetime | None = None,
    facts: dict[str, str] | None = None,
    personal: dict[str, str] | None = None,
) -> None:
    visit.state = move_visit(visit.state, to)
    subject = request_subject(visit.request_id)
    record_event(
        session,
        subject=subject,
        kind=event,
        occurred_at=happened_at or now,
        recorded_at=now,
        source=source if happened_at is None else "field",
        actor=actor,
        facts={"visit": visit.id, "code": visit.code, **(facts or {})},
        personal=personal,
    )
    refresh_commitments(session, subject=subject, request_id=visit.request_id, now=now)
    note_change(session, topic=BOARD, now=now)


def _is_news(happened_at: dt.datetime | None, now: dt.datetime) -> bool:
    return happened_at is None or now - happened_at <= STALE_NEWS
