"""What a customer may do with a request by link, without signing in: the same as on the hotline (D12, H6, H16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Asset, FaultCategory, ServiceRequest, SlotHold, SlotOffer, Visit
from operations.aftercare.own_requests import find_recent_request
from operations.clocks.customer_wishes import note_wish
from operations.dispatching.bookings import WindowLost, commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import RequestNotPlannable, draft_visit, find_bookable_visit
from operations.foundation.figures import figures_at
from operations.foundation.guesses import count_guess
from operations.foundation.house import House
from operations.matters.requests import open_request
from operations.people.customers import find_assets_by_digits
from operations.telephone.call_backs import promise_call_about
from policies.call_backs import CallBackReason
from policies.channels import Channel
from policies.languages import Language
from policies.offers import HoldState
from policies.visit_states import PROMISED, STARTED

CUSTOMER = "customer"
HOUR_MINUTES = 60
OFFERS_PER_HOUR = 12
"""Each round of windows takes room from others for three minutes."""
FORMS_PER_ADDRESS = 20
FORMS_PER_PHONE = 5


class TooLateToChange(ValueError):
    """The technician is about to leave or has left: only the hotline can still change something."""


class AskedTooOften(PermissionError):
    """Windows have been asked for, or forms sent, more often than somebody in need of a visit would."""


def find_changeable_visit(session: Session, *, request: ServiceRequest, now: dt.datetime) -> Visit | None:
    """Return the visit whose time the customer may still choose, or None: begun, about to begin, or nothing to plan.

    From `freeze_minutes` before the promised window on the plan is frozen, and a link cannot thaw it.
    """
    try:
        visit = find_bookable_visit(session, request=request)
    except RequestNotPlannable:
        return None
    if visit is None or visit.state in STARTED:
        return None
    freeze = dt.timedelta(minutes=figures_at(session, now).freeze_minutes)
    is_near = visit.state in PROMISED and visit.window_from_at is not None and visit.window_from_at - now < freeze
    return None if is_near else visit


def offer_times(session: Session, *, request: ServiceRequest, now: dt.datetime) -> SlotOffer:
    """Hold windows for the customer to choose from, others than those held before.

    Raises TooLateToChange, or AskedTooOften after twelve rounds in an hour.
    """
    visit = find_changeable_visit(session, request=request, now=now)
    if visit is None:
        raise TooLateToChange
    tries = count_guess(session, scope="link_offers", key=str(request.id), window_minutes=HOUR_MINUTES, now=now)
    if tries > OFFERS_PER_HOUR:
        raise AskedTooOften
    seen = [hold.window_from_at for hold in list_held(session, request=request, now=now)]
    offer = offer_windows(session, visit=visit, now=now, skip=seen)
    return offer if offer.holds else offer_windows(session, visit=visit, now=now)


def list_held(session: Session, *, request: ServiceRequest, now: dt.datetime) -> Sequence[SlotHold]:
    """Return the windows that are held for this request just now, the earliest first."""
    return session.scalars(
        select(SlotHold)
        .join(SlotOffer)
        .where(SlotOffer.request_id == request.id, SlotHold.state == HoldState.HELD, SlotHold.expires_at > now)
        .order_by(SlotHold.window_from_at)
    ).all()


def take_time(
    session: Session, *, request: ServiceRequest, hold_id: int, house: House, now: dt.datetime, source: Channel
) -> Visit:
    """Promise a window that was offered for this very request; raises WindowLost for any other."""
    hold = session.scalars(
        select(SlotHold).join(SlotOffer).where(SlotHold.id == hold_id, SlotOffer.request_id == request.id)
    ).one_or_none()
    if hold is None:
        raise WindowLost
    visit = commit_hold(session, hold=hold, house=house, now=now, source=source, actor=CUSTOMER, may_move=True)
    note_wish(session, visit=visit, hold=hold, by=CUSTOMER, now=now)
    return visit


def count_form(session: Session, *, address: str, phone: str, now: dt.datetime) -> None:
    """Count a form that was sent, or raise AskedTooOften; commit it before anything else is done."""
    limits = {f"|{address}": FORMS_PER_ADDRESS, f"{phone}|": FORMS_PER_PHONE}
    counts = {
        key: count_guess(session, scope="web_form", key=key, window_minutes=HOUR_MINUTES, now=now) for key in limits
    }
    if any(counts[key] > limit for key, limit in limits.items()):
        raise AskedTooOften


def find_own_asset(session: Session, *, serial: str, phone: str) -> Asset | None:
    """Return the machine with this serial if this is its customer's telephone; both together are the proof (H3)."""
    digits = "".join(filter(str.isdigit, serial))
    for asset in find_assets_by_digits(session, digits=digits):
        if phone in {known.number for known in asset.customer.phones}:
            return asset
    return None


def report_fault(
    session: Session,
    *,
    asset: Asset | None,
    fault: FaultCategory,
    phone: str,
    note: str,
    language: Language,
    now: dt.datetime,
) -> ServiceRequest:
    """Open a request as the hotline does, and hold windows at once; a machine nobody knows is called about (H16)."""
    fits = asset is not None and fault.family == asset.product.family
    request = open_request(
        session,
        channel=Channel.WEB,
        language=language,
        opened_at=now,
        now=now,
        answered_by=Channel.WEB,
        contact_phone=phone,
        asset=asset,
        fault_category=fault if fits or asset is None else None,
        note=note,
        repeat_of=find_recent_request(session, asset=asset, now=now) if asset is not None else None,
    )
    if asset is None or not fits or request.area_id is None:
        promise_call_about(session, request=request, reason=CallBackReason.MESSAGE, now=now)
        return request
    offer = offer_windows(session, visit=draft_visit(session, request=request), now=now)
    if not offer.holds:
        promise_call_about(session, request=request, reason=CallBackReason.NO_WINDOW, now=now)
    return request
