"""Parcels are made, followed and, where something goes wrong, put before the desk with the next step (P3, H10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from models import ParcelClaim, Receivable, Return, ServiceRequest, Shipment, ShipmentSighting
from operations.aftercare.returns import receive_return
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.escalations import escalate
from policies.escalations import EscalationReason
from policies.parcel_claims import ClaimState
from policies.receivables import ReceivableKind
from policies.request_states import RequestState
from policies.returns import ReturnMoveRefused, ReturnState
from policies.shipments import (
    PROBLEMS,
    SENDABLE_AGAIN,
    NextStep,
    ParcelFacts,
    ShipmentDirection,
    ShipmentState,
    Sighting,
    counts_as_lost,
    next_step,
    read_state,
)

FOLLOWED = dt.timedelta(days=60)
ASK_AGAIN = dt.timedelta(minutes=30)
MOST_A_ROUND = 100
TOLD_FOR = dt.timedelta(days=30)


class TrackingNumberTaken(ValueError):
    """The courier's number belongs to another parcel."""

    field = "tracking"


class TrackingNumberMissing(ValueError):
    """A parcel is on its way with a tracking number, or not at all."""

    field = "tracking"


class ParcelNotSentAgain(ValueError):
    """The parcel needs no other one, or has it already."""


def make_shipment(
    session: Session,
    *,
    request: ServiceRequest,
    direction: ShipmentDirection,
    courier: str,
    contents: str,
    by: str,
    now: dt.datetime,
    tracking_number: str | None = None,
    expected_on: dt.date | None = None,
    is_for_self_fitting: bool = False,
    wish: Return | None = None,
) -> Shipment:
    """Prepare a parcel; TrackingNumberTaken when another one has its number."""
    shipment = Shipment(
        request=request,
        return_id=wish.id if wish else None,
        wish=wish,
        direction=direction,
        state=ShipmentState.PREPARED,
        courier=courier,
        tracking_number=tracking_number or None,
        contents=contents,
        expected_on=expected_on,
        is_for_self_fitting=is_for_self_fitting,
        made_at=now,
        made_by=by,
    )
    try:
        with session.begin_nested():
            session.add(shipment)
            session.flush()
    except IntegrityError as error:
        raise TrackingNumberTaken(tracking_number or "") from error
    _record(session, shipment, "parcel_prepared", at=now, now=now, actor=by)
    return shipment


def note_sightings(
    session: Session,
    *,
    shipment: Shipment,
    sightings: Iterable[Sighting],
    by: str,
    house: House,
    now: dt.datetime,
    note: str = "",
) -> ShipmentState:
    """Write down what was heard of a parcel, each thing once, and return where it now stands.

    A problem is put before the desk. A part that its customer fits himself meets the clock of 24 hours when it is sent
    (D1). A machine that comes back is received when its parcel is. TrackingNumberMissing for a parcel that is sent
    without a number.
    """
    known = {(one.seen_at, one.state) for one in shipment.sightings}
    for one in sorted(set(sightings) - {Sighting(state, at) for at, state in known}, key=lambda one: one.at):
        if one.state is not ShipmentState.PREPARED and shipment.tracking_number is None:
            raise TrackingNumberMissing(str(shipment.id))
        shipment.sightings.append(ShipmentSighting(state=one.state, seen_at=one.at, said_by=by, note=note))
        if one.state is ShipmentState.SENT and shipment.is_for_self_fitting:
            _record(session, shipment, "part_sent", at=one.at, now=now, actor=by)
    shipment.checked_at = now
    state = _bring_up_to_date(session, shipment, by=by, now=now)
    wish = _find_awaited(shipment) if state is ShipmentState.DELIVERED else None
    if wish is not None:
        receive_return(session, wish=wish, condition="", by=by, house=house, now=now)
    return state


def send_again(
    session: Session, *, shipment: Shipment, courier: str, tracking_number: str | None, by: str, now: dt.datetime
) -> Shipment:
    """Prepare a parcel with the same contents in place of one that will not come; raises ParcelNotSentAgain."""
    lock_shipment(session, shipment)
    if find_next_step(session, shipment=shipment, now=now) not in SENDABLE_AGAIN:
        raise ParcelNotSentAgain(str(shipment.id))
    return make_shipment(
        session,
        request=shipment.request,
        direction=shipment.direction,
        courier=courier,
        contents=shipment.contents,
        by=by,
        now=now,
        tracking_number=tracking_number,
        is_for_self_fitting=shipment.is_for_self_fitting,
        wish=shipment.wish,
    )


def find_next_step(session: Session, *, shipment: Shipment, now: dt.datetime) -> NextStep:
    """Return what we do about a parcel now, as the desk sees it."""
    return _decide_step(session, _read_facts(session, shipment, now), now)


def find_customers_step(session: Session, *, shipment: Shipment, now: dt.datetime) -> NextStep:
    """Return what we do about a parcel as its customer hears it on the phone: claims are between its courier and us."""
    return _decide_step(session, replace(_read_facts(session, shipment, now), claim=None), now)


def is_owed_by_courier(session: Session, *, shipment: Shipment, now: dt.datetime) -> bool:
    """Tell whether its courier owes us for a parcel: lost, damaged, or late for so long that it counts as lost."""
    facts = _read_facts(session, shipment, now)
    return counts_as_lost(facts, lost_days=figures_at(session, now).parcel_lost_days)


def lock_shipment(session: Session, shipment: Shipment) -> None:
    """Read a parcel anew; nobody else decides what becomes of it until this transaction ends."""
    session.refresh(shipment, with_for_update={"of": Shipment})


def make_return_parcel(
    session: Session,
    *,
    wish: Return,
    courier: str,
    contents: str,
    by: str,
    now: dt.datetime,
    tracking_number: str | None = None,
    expected_on: dt.date | None = None,
) -> Shipment:
    """Prepare a parcel of a return: ours to come while it is granted, the customer's once the machine was received.

    Raises ReturnMoveRefused for a return that is not granted yet, and TrackingNumberTaken.
    """
    if wish.state is ReturnState.REQUESTED or (wish.state is ReturnState.REFUSED and wish.received_at is None):
        raise ReturnMoveRefused(str(wish.state))
    direction = ShipmentDirection.FROM_CUSTOMER if wish.received_at is None else ShipmentDirection.TO_CUSTOMER
    return make_shipment(
        session,
        request=wish.request,
        wish=wish,
        direction=direction,
        courier=courier,
        contents=contents,
        by=by,
        now=now,
        tracking_number=tracking_number,
        expected_on=expected_on,
    )


def list_return_parcels(session: Session, *, return_ids: Collection[int]) -> Mapping[int, Sequence[Shipment]]:
    """Return the parcels of returns, by return, the oldest first."""
    found: dict[int, list[Shipment]] = {}
    kept = select(Shipment).where(Shipment.return_id.in_(return_ids)).order_by(Shipment.made_at, Shipment.id)
    for one in session.scalars(kept):
        found.setdefault(one.return_id or 0, []).append(one)
    return found


def list_to_ask_about(session: Session, *, now: dt.datetime) -> Sequence[Shipment]:
    """Return the parcels whose courier should be asked again, the longest not asked first."""
    return session.scalars(
        select(Shipment)
        .where(
            Shipment.state.not_in([ShipmentState.DELIVERED, ShipmentState.LOST]),
            Shipment.tracking_number.is_not(None),
            Shipment.made_at > now - FOLLOWED,
            or_(Shipment.checked_at.is_(None), Shipment.checked_at < now - ASK_AGAIN),
        )
        .order_by(Shipment.checked_at.nulls_first(), Shipment.id)
        .limit(MOST_A_ROUND)
    ).all()


def mark_late(session: Session, *, now: dt.datetime) -> int:
    """Bring parcels up to date that should have come by now; return how many became delayed."""
    waiting = session.scalars(
        select(Shipment).where(Shipment.state == ShipmentState.SENT, Shipment.expected_on.is_not(None))
    ).all()
    return sum(
        _bring_up_to_date(session, shipment, by="clock", now=now) is ShipmentState.DELAYED for shipment in waiting
    )


def list_open_shipments(session: Session) -> Sequence[Shipment]:
    """Return the parcels that have not come, the oldest first."""
    return session.scalars(
        select(Shipment)
        .where(Shipment.state != ShipmentState.DELIVERED)
        .order_by(Shipment.made_at, Shipment.id)
        .options(joinedload(Shipment.request).joinedload(ServiceRequest.customer))
    ).all()


def find_callers_shipment(
    session: Session, *, customer_id: int | None, phone: str | None, now: dt.datetime
) -> Shipment | None:
    """Return the parcel a caller most likely asks about: the newest of the month that has not come, else the newest."""
    mine = [ServiceRequest.customer_id == customer_id] if customer_id is not None else []
    mine += [ServiceRequest.contact_phone == phone] if phone is not None else []
    if not mine:
        return None
    found = session.scalars(
        select(Shipment)
        .join(ServiceRequest)
        .where(or_(*mine), Shipment.made_at > now - TOLD_FOR)
        .order_by(Shipment.made_at.desc(), Shipment.id.desc())
    ).all()
    return next((one for one in found if one.state is not ShipmentState.DELIVERED), found[0] if found else None)


def _bring_up_to_date(session: Session, shipment: Shipment, *, by: str, now: dt.datetime) -> ShipmentState:
    seen = [Sighting(one.state, one.seen_at) for one in shipment.sightings]
    state = read_state(seen, expected_on=shipment.expected_on, today=_day_of(shipment, now))
    if state is shipment.state:
        session.flush()
        return state
    shipment.state = state
    if state is ShipmentState.DELIVERED:
        shipment.delivered_at = max(one.at for one in seen)
    session.flush()
    _record(session, shipment, "parcel_moved", at=now, now=now, actor=by)
    if state in PROBLEMS and shipment.request.state is not RequestState.CLOSED:
        escalate(session, request=shipment.request, reason=EscalationReason.PARCEL, now=now)
    return state


def _decide_step(session: Session, facts: ParcelFacts, now: dt.datetime) -> NextStep:
    figures = figures_at(session, now)
    return next_step(facts, search_days=figures.parcel_search_days, lost_days=figures.parcel_lost_days)


def _read_facts(session: Session, shipment: Shipment, now: dt.datetime) -> ParcelFacts:
    wish, is_in_trouble = shipment.wish, shipment.state in PROBLEMS
    return ParcelFacts(
        state=shipment.state,
        direction=shipment.direction,
        is_customers_own=wish is not None and wish.state is ReturnState.REFUSED,
        days_late=_days_late(shipment, now) if shipment.state is ShipmentState.DELAYED else 0,
        is_replaced=is_in_trouble and _is_replaced(session, shipment),
        is_compensated=is_in_trouble and _is_compensated(session, shipment),
        claim=_find_claim_state(session, shipment) if is_in_trouble else None,
    )


def _days_late(shipment: Shipment, now: dt.datetime) -> int:
    """Days since it should have come; where nobody expected a day, since it was first said to be late."""
    late = [one.seen_at for one in shipment.sightings if one.state is ShipmentState.DELAYED]
    due_on = shipment.expected_on or _day_of(shipment, min(late, default=now))
    return (_day_of(shipment, now) - due_on).days


def _is_replaced(session: Session, shipment: Shipment) -> bool:
    other = select(Shipment.id).where(
        Shipment.request_id == shipment.request_id,
        Shipment.direction == shipment.direction,
        Shipment.contents == shipment.contents,
        Shipment.id > shipment.id,
    )
    return session.scalar(other.limit(1)) is not None


def _is_compensated(session: Session, shipment: Shipment) -> bool:
    owed = select(Receivable.id).where(
        Receivable.shipment_id == shipment.id, Receivable.kind == ReceivableKind.COMPENSATION
    )
    return session.scalar(owed.limit(1)) is not None


def _find_claim_state(session: Session, shipment: Shipment) -> ClaimState | None:
    claims = select(ParcelClaim.state).where(ParcelClaim.shipment_id == shipment.id).order_by(ParcelClaim.id.desc())
    return session.scalar(claims.limit(1))


def _day_of(shipment: Shipment, at: dt.datetime) -> dt.date:
    return at.astimezone(ZoneInfo(shipment.request.time_zone)).date()


def _find_awaited(shipment: Shipment) -> Return | None:
    wish = shipment.wish
    is_coming = shipment.direction is ShipmentDirection.FROM_CUSTOMER
    return wish if wish is not None and is_coming and wish.state is ReturnState.APPROVED else None


def _record(session: Session, shipment: Shipment, kind: str, *, at: dt.datetime, now: dt.datetime, actor: str) -> None:
    subject = request_subject(shipment.request_id)
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=at,
        recorded_at=now,
        source="courier",
        actor=actor,
        facts={"parcel": shipment.tracking_number or shipment.id, "state": str(shipment.state)},
    )
    refresh_commitments(session, subject=subject, request_id=shipment.request_id, now=now)
    note_change(session, topic=BOARD, now=now)
