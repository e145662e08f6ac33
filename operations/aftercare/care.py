"""Active service: dates are adjusted, released as requests that fill gaps, and reopened (F3, D15)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from models import Agreement, Asset, CareDate, PreventivePlan, ServiceRequest, SlotHold, Visit
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import draft_visit
from operations.foundation.house import House
from operations.matters.handovers import hand_over
from operations.matters.requests import open_planned_request
from operations.messages.escalations import escalate
from policies.agreements import AgreementState
from policies.care import VISITS, CareMoveRefused, CareState, check_day, move_care, tolerated_days
from policies.escalations import EscalationReason
from policies.offers import Window
from policies.request_states import CloseReason, RequestState

RELEASE_AHEAD = dt.timedelta(days=3)
"""The live plan looks so far; a date is released when its day comes into view."""
DAY = dt.timedelta(days=1)
TRY_AGAIN_AFTER = dt.timedelta(hours=1)
"""A date that found no window lets others try before it does again."""
MOST_A_ROUND = 50
ACTOR = "plan"
DONE_BY = frozenset({CloseReason.SOLVED, CloseReason.HANDED_OVER})
"""How a request ends whose visit was made, by us or by a service point."""


def move_date(session: Session, *, care: CareDate, wanted_on: dt.date, by: str, note: str) -> None:
    """Keep a date on another day; CareOutOfTolerance beyond what its plan tolerates, CareMoveRefused once released."""
    if care.state is not CareState.PLANNED:
        raise CareMoveRefused(str(care.state))
    check_day(care.plan.dates, due_on=care.due_on, wanted_on=wanted_on)
    care.wanted_on, care.changed_by, care.note = wanted_on, by, note.strip()
    session.flush()


def skip_date(session: Session, *, care: CareDate, by: str, note: str) -> None:
    """Leave a date out, with the reason."""
    care.state = move_care(care.state, CareState.SKIPPED)
    care.changed_by, care.note = by, note.strip()
    session.flush()


def note_contact(session: Session, *, care: CareDate, by: str, note: str, now: dt.datetime) -> None:
    """Somebody has spoken with the customer: a date of a plan of contacts is done; CareMoveRefused for visits."""
    if care.plan.kind in VISITS:
        raise CareMoveRefused(str(care.plan.kind))
    care.state = move_care(care.state, CareState.DONE)
    care.changed_by, care.note, care.done_on = by, note.strip(), _today(care, now)
    session.flush()


def settle_care(session: Session, *, now: dt.datetime) -> int:
    """Bring released dates in line with what became of their requests; return how many moved.

    A visit done is a date done. A cancelled or refused one reopens its date, on the next day the plan still tolerates;
    past its tolerance it is left out, and stands so on the calendar.
    """
    released = session.scalars(
        select(CareDate)
        .join(ServiceRequest, ServiceRequest.id == CareDate.request_id)
        .where(CareDate.state == CareState.RELEASED, ServiceRequest.state == RequestState.CLOSED)
        .order_by(CareDate.id)
        .options(joinedload(CareDate.request), joinedload(CareDate.plan))
    ).all()
    for care in released:
        _settle(care, now)
    session.flush()
    return len(released)


def list_due_for_release(session: Session, *, now: dt.datetime) -> Sequence[int]:
    """Return the ids of dates of visits whose day has come into the live plan's view, those not tried yet first."""
    horizon_on = (now + RELEASE_AHEAD).date()
    return session.scalars(
        select(CareDate.id)
        .join(PreventivePlan, PreventivePlan.id == CareDate.plan_id)
        .outerjoin(Agreement, Agreement.id == PreventivePlan.agreement_id)
        .where(
            CareDate.state == CareState.PLANNED,
            or_(
                PreventivePlan.agreement_id.is_(None),
                and_(Agreement.state == AgreementState.APPROVED, CareDate.due_on < Agreement.until_on),
            ),
            or_(CareDate.tried_at.is_(None), CareDate.tried_at <= now - TRY_AGAIN_AFTER),
            CareDate.wanted_on <= horizon_on,
            PreventivePlan.kind.in_(VISITS),
            PreventivePlan.is_active,
            PreventivePlan.fault_category_id.is_not(None),
        )
        .order_by(CareDate.tried_at.is_not(None), CareDate.wanted_on, CareDate.id)
        .limit(MOST_A_ROUND)
    ).all()


def release_care(session: Session, *, care_id: int, house: House, now: dt.datetime) -> Visit | None:
    """Make a date a request and promise its customer a window that repairs do not need; None while there is none.

    Nothing is left behind where no window is free: the date is tried again every hour until its tolerance ends, and
    then put before the desk. Outside every territory a service point is asked; with none, a dispatcher.
    """
    care = session.scalars(select(CareDate).where(CareDate.id == care_id).with_for_update()).one()
    if care.state is not CareState.PLANNED:
        return None
    if care.asset.site.territory_id is None:
        _leave_to_service_point(session, care, house=house, now=now)
        return None
    spans = _spans(care, now)
    if not spans:
        _give_up(session, care, now=now)
        return None
    for span in spans:
        with session.begin_nested() as attempt:
            visit = draft_visit(session, request=_open(session, care, now=now))
            offer = offer_windows(session, visit=visit, now=now, span=span)
            best = min(offer.holds, key=lambda hold: (hold.extra_cost_cents, hold.window_from_at), default=None)
            if best is not None:
                return _promise(session, care, best, visit, house=house, now=now)
            attempt.rollback()
    care.tried_at = now
    session.flush()
    return None


def list_care(session: Session, *, from_on: dt.date, until_on: dt.date) -> Sequence[CareDate]:
    """Return the dates wanted in [from_on, until_on), by day."""
    return session.scalars(
        select(CareDate)
        .where(CareDate.wanted_on >= from_on, CareDate.wanted_on < until_on)
        .order_by(CareDate.wanted_on, CareDate.plan_id, CareDate.id)
        .options(
            joinedload(CareDate.plan),
            joinedload(CareDate.request),
            joinedload(CareDate.asset).options(
                joinedload(Asset.product), joinedload(Asset.site), joinedload(Asset.customer)
            ),
        )
    ).all()


def _spans(care: CareDate, now: dt.datetime) -> list[Window]:
    """The wanted day, then whatever is left of the tolerance; none when that is over."""
    zone = ZoneInfo(care.asset.site.time_zone)
    _, latest_on = tolerated_days(care.plan.dates, due_on=care.due_on)
    from_on = max(care.wanted_on, now.astimezone(zone).date())
    if from_on > latest_on:
        return []
    start, end = _midnight(from_on, zone), _midnight(latest_on + DAY, zone)
    wanted_end = _midnight(from_on + DAY, zone)
    return [Window(start, wanted_end), Window(wanted_end, end)] if wanted_end < end else [Window(start, end)]


def _midnight(on: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(), zone).astimezone(dt.UTC)


def _open(session: Session, care: CareDate, *, now: dt.datetime) -> ServiceRequest:
    return open_planned_request(
        session,
        asset=care.asset,
        fault_category=care.plan.fault_category,
        note=f"{care.plan.name} {care.due_on}",
        by=ACTOR,
        now=now,
    )


def _promise(
    session: Session, care: CareDate, hold: SlotHold, visit: Visit, *, house: House, now: dt.datetime
) -> Visit:
    booked = commit_hold(session, hold=hold, house=house, now=now, source=ACTOR, actor=ACTOR)
    care.state, care.request = move_care(care.state, CareState.RELEASED), visit.request
    session.flush()
    return booked


def _leave_to_service_point(session: Session, care: CareDate, *, house: House, now: dt.datetime) -> None:
    """We do not drive there: whoever does takes the visit and agrees a time with the customer (H13)."""
    request = _open(session, care, now=now)
    if hand_over(session, request=request, house=house, now=now) is None:
        escalate(session, request=request, reason=EscalationReason.OUT_OF_AREA, now=now)
    care.state, care.request = move_care(care.state, CareState.RELEASED), request
    session.flush()


def _give_up(session: Session, care: CareDate, *, now: dt.datetime) -> None:
    """The tolerance has passed and no window was free: a request without a visit waits for a dispatcher."""
    request = _open(session, care, now=now)
    escalate(session, request=request, reason=EscalationReason.NO_WINDOW, now=now)
    care.state, care.request = move_care(care.state, CareState.RELEASED), request
    session.flush()


def _settle(care: CareDate, now: dt.datetime) -> None:
    assert care.request is not None  # noqa: S101 - the query joins it
    if care.request.close_reason in DONE_BY:
        care.state, care.done_on = move_care(care.state, CareState.DONE), _today(care, now)
        return
    care.state, care.request = move_care(care.state, CareState.PLANNED), None
    _, latest_on = tolerated_days(care.plan.dates, due_on=care.due_on)
    tomorrow = _today(care, now) + DAY
    if tomorrow > latest_on:
        care.state = move_care(care.state, CareState.SKIPPED)
    else:
        care.wanted_on = max(care.wanted_on, tomorrow)


def _today(care: CareDate, now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(care.asset.site.time_zone)).date()
