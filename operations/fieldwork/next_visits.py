"""The next visit of a request, offered and booked before the technician leaves (D14, V7)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import SlotHold, SlotOffer, Visit
from operations.dispatching.bookings import WindowLost, commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import draft_visit
from operations.fieldwork.work_reports import find_report
from operations.foundation.house import House
from operations.parts.reservations import hand_on_parts
from policies.offers import Window
from policies.visit_states import VisitState

LATEST = dt.timedelta(days=30)


class NotOnSite(ValueError):
    """The next visit is booked from the customer's, while the technician is there."""


def offer_next_visit(
    session: Session, *, visit: Visit, now: dt.datetime, not_before_at: dt.datetime | None = None
) -> SlotOffer:
    """Hold real windows for another visit of the same request; `not_before_at` is when a part will be there.

    Parts that were needed and not fitted are kept for it, so that nobody comes without. Raises NotOnSite,
    RequestNotPlannable. An offer without holds says that nobody can come in time.
    """
    if visit.state is not VisitState.ON_SITE:
        raise NotOnSite(visit.code)
    following = draft_visit(session, request=visit.request)
    report = find_report(session, visit=visit)
    fitted = {part.part_code.upper() for part in report.parts} if report else set()
    hand_on_parts(session, visit=visit, following=following, fitted=fitted)
    span = Window(not_before_at, not_before_at + LATEST) if not_before_at else None
    return offer_windows(session, visit=following, now=now, span=span)


def book_next_visit(
    session: Session, *, visit: Visit, hold_id: int, house: House, now: dt.datetime, actor: str
) -> Visit:
    """Promise one of the windows offered last; raises WindowLost for any other. Booking it twice changes nothing."""
    hold = session.scalars(
        select(SlotHold)
        .join(SlotOffer)
        .where(SlotHold.id == hold_id, SlotOffer.request_id == visit.request_id, SlotOffer.visit_id != visit.id)
    ).one_or_none()
    if hold is None:
        raise WindowLost
    following = commit_hold(session, hold=hold, house=house, now=now, source="field", actor=actor)
    report = find_report(session, visit=visit)
    if report is not None:
        report.next_visit_id = following.id
    return following
