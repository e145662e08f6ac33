"""A request written down by a clerk while the caller is on the line: find the machine, report, agree a window."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Asset, Call, Customer, CustomerPhone, FaultCategory, ServiceRequest, Site, SlotHold, SlotOffer, Visit
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import find_bookable_visit
from operations.foundation.house import House
from operations.matters.diagnosis import list_desk_choices
from operations.matters.requests import open_request
from operations.messages.escalations import escalate
from operations.planning.holds import free_holds_of
from operations.telephone.calls import lock_call, take_up
from policies.channels import Channel
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.request_states import RequestState

MOST_FOUND = 12
FEWEST_DIGITS = 4
FEWEST_LETTERS = 2
LONGEST_NOTE = 500


class FaultOfAnotherProduct(ValueError):
    """The fault does not belong to the machine's product family."""


class HoldOfAnotherRequest(ValueError):
    """The window was offered for another request."""


def search_assets(session: Session, *, text: str, limit: int = MOST_FOUND) -> Sequence[Asset]:
    """Return the machines a caller may mean: by telephone, name, customer number, address or serial, best match first.

    Fewer than two letters or four digits find nothing.
    """
    wanted = text.strip()
    digits = re.sub(r"\D", "", wanted)
    if len(wanted) < FEWEST_LETTERS or (wanted.isdigit() and len(digits) < FEWEST_DIGITS):
        return []
    like = f"%{_escape(wanted)}%"
    of_customer = [Customer.name.ilike(like, escape="\\"), Customer.name_en.ilike(like, escape="\\")]
    found = [
        Asset.customer.has(or_(*of_customer, Customer.number == wanted)),
        Asset.site.has(or_(Site.address.ilike(like, escape="\\"), Site.address_en.ilike(like, escape="\\"))),
        Asset.serial.ilike(like, escape="\\"),
    ]
    if len(digits) >= FEWEST_DIGITS:
        found.append(Asset.serial_digits.endswith(digits))
        found.append(Asset.customer.has(Customer.phones.any(_number_ends_with(digits))))
    return session.scalars(
        select(Asset)
        .where(or_(*found))
        .order_by(Asset.customer_id, Asset.id)
        .limit(limit)
        .options(
            joinedload(Asset.product),
            joinedload(Asset.site).joinedload(Site.territory),
            joinedload(Asset.customer).selectinload(Customer.phones),
        )
    ).all()


def find_asset(session: Session, *, asset_id: int) -> Asset | None:
    """Return a machine with its customer, place and product."""
    return session.scalars(
        select(Asset)
        .where(Asset.id == asset_id)
        .options(joinedload(Asset.product), joinedload(Asset.site), joinedload(Asset.customer))
    ).one_or_none()


def list_open_requests_of(session: Session, *, asset: Asset) -> Sequence[ServiceRequest]:
    """Return what is open about a machine already, the oldest first: its caller may mean that."""
    return session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.asset_id == asset.id, ServiceRequest.state != RequestState.CLOSED)
        .order_by(ServiceRequest.id)
    ).all()


def report_fault(
    session: Session,
    *,
    asset: Asset,
    fault_category: FaultCategory,
    contact_phone: str | None,
    language: Language,
    note: str,
    call: Call | None,
    by: str,
    now: dt.datetime,
) -> ServiceRequest:
    """Open a request for somebody on the telephone: its clocks start with the call, if there is one (D1).

    Raises FaultOfAnotherProduct. A call that is about a request already keeps that one beside this.
    """
    if fault_category.id not in {fault.id for fault in list_desk_choices(session, family=asset.product.family)}:
        raise FaultOfAnotherProduct(f"{fault_category.code}: {asset.product.family}")
    request = open_request(
        session,
        channel=Channel.DESK,
        language=language,
        opened_at=call.started_at if call is not None else now,
        now=now,
        answered_by=by,
        contact_phone=contact_phone,
        asset=asset,
        fault_category=fault_category,
        kind=fault_category.kind,
        note=note.strip()[:LONGEST_NOTE],
    )
    if call is not None:
        locked = lock_call(session, call_sid=call.call_sid) or call
        take_up(locked, request)
        locked.customer_id = locked.customer_id or asset.customer_id
    return request


def offer_at_desk(
    session: Session, *, request: ServiceRequest, now: dt.datetime, again: bool = False
) -> SlotOffer | None:
    """Hold windows for a request just as the menu does; `again` asks for others than those held or promised now.

    None once nothing can be offered any more: the visit has begun, or the request is closed.
    """
    visit = find_bookable_visit(session, request=request)
    if visit is None:
        return None
    heard = [hold.window_from_at for hold in list_offered(session, visit=visit)] if again else []
    offer = offer_windows(session, visit=visit, now=now, skip=heard)
    if not offer.holds and heard:
        return offer_windows(session, visit=visit, now=now)
    return offer


def list_offered(session: Session, *, visit: Visit) -> Sequence[SlotHold]:
    """Return every window that was ever offered for a visit."""
    return session.scalars(select(SlotHold).join(SlotOffer).where(SlotOffer.visit_id == visit.id)).all()


def find_current_offer(session: Session, *, request: ServiceRequest) -> SlotOffer | None:
    """Return the latest round of windows for a request."""
    return session.scalars(
        select(SlotOffer)
        .where(SlotOffer.request_id == request.id)
        .order_by(SlotOffer.id.desc())
        .limit(1)
        .options(selectinload(SlotOffer.holds))
    ).first()


def promise_at_desk(
    session: Session, *, request: ServiceRequest, hold_id: int, house: House, by: str, now: dt.datetime
) -> Visit:
    """Promise one of the windows held for the request; raises HoldOfAnotherRequest, or what `commit_hold` raises."""
    hold = session.get(SlotHold, hold_id)
    if hold is None or hold.offer.request_id != request.id:
        raise HoldOfAnotherRequest(str(hold_id))
    may_move = request.state is RequestState.BOOKED
    visit = commit_hold(session, hold=hold, house=house, now=now, source="desk", actor=by, may_move=may_move)
    if not hold.is_inside_commitment:
        escalate(session, request=request, reason=EscalationReason.BEYOND_COMMITMENT, now=now)
    return visit


def leave_without_window(session: Session, *, request: ServiceRequest, now: dt.datetime) -> None:
    """Nothing fits the caller: a dispatcher has to find something, unless an earlier promise stands."""
    visit = find_bookable_visit(session, request=request)
    if visit is not None:
        free_holds_of(session, visit=visit, now=now)
    if request.state is not RequestState.OPEN:
        return
    escalate(session, request=request, reason=EscalationReason.NO_WINDOW, now=now)


def _number_ends_with(digits: str) -> ColumnElement[bool]:
    return CustomerPhone.number.endswith(digits)


def _escape(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
