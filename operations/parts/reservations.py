"""Which parts a visit needs, where they will come from, and what is ordered when they are nowhere (P2)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models import Part, PartOrder, Requisition, Reservation, ServiceRequest, StockLevel, StockMove, StockPlace, Visit
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.parts.part_orders import order_parts
from operations.planning.live_plan import lock_live_plan, take_step
from policies.parts import OURS, MoveKind, PlaceKind, RequisitionState, ReservationState
from policies.visit_states import ENDED

MEMORY = dt.timedelta(days=365)
FEWEST_VISITS = 5
"""Fewer visits than this teach nothing about a fault."""
LIKELY_PERCENT = 40


@dataclass(frozen=True, slots=True)
class LikelyPart:
    """A part that visits for a fault used: in how many of how many, and how many units at most of them."""

    part: Part
    used_by: int
    visits: int
    quantity: int

    @property
    def percent(self) -> int:
        """The share of visits that used it, 0 to 100."""
        return 100 * self.used_by // self.visits


class ReservationEmpty(ValueError):
    """At least one unit is kept for a visit, or none of the part."""

    field = "units"


class VisitOver(ValueError):
    """The visit has ended; parts are kept for one that is still to come."""


def reserve_part(
    session: Session, *, visit: Visit, part: Part, quantity: int, is_required: bool, by: str, now: dt.datetime
) -> Reservation:
    """Keep parts for a visit; asking again changes the number.

    A required part that the area has nowhere, free of other visits, is ordered in the same step: the visit can then be
    planned for after it arrives. Raises ReservationEmpty or VisitOver.
    """
    if quantity < 1:
        raise ReservationEmpty(str(quantity))
    if visit.state in ENDED:
        raise VisitOver(visit.code)
    known = select(Reservation).where(Reservation.visit_id == visit.id, Reservation.part_id == part.id)
    reservation = session.scalars(known).one_or_none()
    if reservation is None:
        reservation = Reservation(visit_id=visit.id, part_id=part.id, part=part, visit=visit)
        session.add(reservation)
    reservation.quantity, reservation.is_required = quantity, is_required
    reservation.state = ReservationState.OPEN
    session.flush()
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="part_reserved",
        occurred_at=now,
        recorded_at=now,
        source="parts",
        actor=by,
        facts={"visit": visit.id, "part": part.number, "quantity": quantity},
    )
    if is_required:
        _order_what_is_missing(session, area_id=visit.area_id, part=part, by=by, now=now)
        take_step(session, plan=lock_live_plan(session, area_id=visit.area_id, now=now), now=now)
    return reservation


def reserve_likely_parts(session: Session, *, visit: Visit, now: dt.datetime) -> list[Reservation]:
    """Have the parts taken along that visits for this fault mostly used; they hold up no visit."""
    if visit.request.fault_category_id is None:
        return []
    asked = set(session.scalars(select(Reservation.part_id).where(Reservation.visit_id == visit.id)))
    likely = find_likely_parts(session, fault_category_id=visit.request.fault_category_id, now=now)
    return [
        reserve_part(
            session, visit=visit, part=one.part, quantity=one.quantity, is_required=False, by="history", now=now
        )
        for one in likely
        if one.percent >= LIKELY_PERCENT and one.part.id not in asked
    ]


def release_reservations(session: Session, *, visit: Visit) -> None:
    """The visit is over or nobody goes: what it did not use is free for others."""
    for reservation in session.scalars(
        select(Reservation).where(Reservation.visit_id == visit.id, Reservation.state == ReservationState.OPEN)
    ):
        reservation.state = ReservationState.RELEASED
    session.flush()


def release_parts(session: Session, *, visit: Visit, part_ids: Collection[int], now: dt.datetime) -> None:
    """The visit does without these parts after all: the plan no longer reckons with them."""
    for reservation in session.scalars(
        select(Reservation).where(
            Reservation.visit_id == visit.id,
            Reservation.part_id.in_(part_ids),
            Reservation.state == ReservationState.OPEN,
        )
    ):
        reservation.state = ReservationState.RELEASED
    session.flush()
    take_step(session, plan=lock_live_plan(session, area_id=visit.area_id, now=now), now=now)


def list_open_reservations(session: Session, *, visit: Visit) -> Sequence[Reservation]:
    """Return what is kept for a visit."""
    return session.scalars(
        select(Reservation)
        .where(Reservation.visit_id == visit.id, Reservation.state == ReservationState.OPEN)
        .order_by(Reservation.id)
        .options(joinedload(Reservation.part))
    ).all()


def hand_on_parts(session: Session, *, visit: Visit, following: Visit, fitted: Collection[str] = ()) -> None:
    """Keep for the next visit of a request what this one needed and did not fit, with its open wishes.

    `fitted` are part numbers that the books do not know to be fitted yet.
    """
    wanted = {one.part_id for one in list_open_reservations(session, visit=following)}
    for reservation in list_open_reservations(session, visit=visit):
        is_handed_on = reservation.is_required and reservation.part.number not in fitted
        if is_handed_on and reservation.part_id not in wanted:
            reservation.visit_id, reservation.visit = following.id, following
    session.flush()
    waiting = [RequisitionState.REQUESTED, RequisitionState.APPROVED]
    for wish in session.scalars(
        select(Requisition).where(Requisition.visit_id == visit.id, Requisition.state.in_(waiting))
    ):
        wish.visit_id = following.id
    session.flush()


def find_likely_parts(session: Session, *, fault_category_id: int, now: dt.datetime) -> list[LikelyPart]:
    """What visits of the past year for a fault used, the most used first; empty while too few are known."""
    of_fault = (
        select(Visit.id)
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .where(
            ServiceRequest.fault_category_id == fault_category_id,
            Visit.completed_at.is_not(None),
            Visit.completed_at <= now,
            Visit.completed_at > now - MEMORY,
        )
    )
    visits = session.scalar(select(func.count()).select_from(of_fault.subquery())) or 0
    if visits < FEWEST_VISITS:
        return []
    reversed_ids = select(StockMove.reverses_id).where(StockMove.reverses_id.is_not(None))
    used: dict[int, Counter[int]] = {}
    for part_id, visit_id, quantity in session.execute(
        select(StockMove.part_id, StockMove.visit_id, StockMove.quantity).where(
            StockMove.kind == MoveKind.USE, StockMove.visit_id.in_(of_fault), StockMove.id.not_in(reversed_ids)
        )
    ):
        used.setdefault(part_id, Counter())[visit_id or 0] += quantity
    ranked = sorted(used.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        LikelyPart(session.get_one(Part, part_id), len(by_visit), visits, _usual(by_visit))
        for part_id, by_visit in ranked
    ]


def _usual(by_visit: Counter[int]) -> int:
    """The number of units that is enough for half of the visits that used any."""
    return sorted(by_visit.values())[len(by_visit) // 2]


def _order_what_is_missing(session: Session, *, area_id: int, part: Part, by: str, now: dt.datetime) -> None:
    wanted = session.scalar(
        select(func.sum(Reservation.quantity))
        .join(Visit)
        .where(
            Reservation.part_id == part.id,
            Reservation.state == ReservationState.OPEN,
            Reservation.is_required,
            Visit.area_id == area_id,
        )
    )
    in_area = (StockPlace.area_id == area_id) & StockPlace.kind.in_(OURS)
    held = session.scalar(
        select(func.sum(StockLevel.quantity)).join(StockPlace).where(StockLevel.part_id == part.id, in_area)
    )
    coming = session.scalar(
        select(func.sum(PartOrder.quantity))
        .join(StockPlace)
        .where(PartOrder.part_id == part.id, PartOrder.received_at.is_(None), in_area)
    )
    missing = (wanted or 0) - (held or 0) - (coming or 0)
    warehouse = find_warehouse(session, area_id=area_id)
    if missing > 0 and warehouse is not None:
        order_parts(session, part=part, place=warehouse, quantity=missing, by=by, now=now)


def find_warehouse(session: Session, *, area_id: int) -> StockPlace | None:
    """Return the area's warehouse, the first if it has several, or None."""
    return session.scalars(
        select(StockPlace)
        .where(StockPlace.area_id == area_id, StockPlace.kind == PlaceKind.WAREHOUSE)
        .order_by(StockPlace.id)
    ).first()
