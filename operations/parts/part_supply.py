"""Where each part of a visit comes from, read off the live plan: the van, a stop on the way, or not here yet (P2)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

import dispatch
from models import PartOrder, Reservation, ServiceRequest, StockLevel, StockPlace, Visit
from operations.planning.live import OpenPlan, read_plan
from operations.planning.rows import hold_key
from operations.planning.snapshot import id_in_key
from operations.planning.supplies import SupplyPoint
from policies.parts import PartSource, PlaceKind, ReservationState
from policies.visit_states import ENDED, STARTED, VisitState

HOLD = hold_key(0).partition(":")[0]
NOT_STARTED = frozenset(VisitState) - ENDED - STARTED
"""States of a visit whose parts can still be fetched for it."""


@dataclass(frozen=True, slots=True)
class VisitPart:
    """A part kept for a visit and where it comes from; `at` is when it is fetched, or arrives at `place`."""

    reservation: Reservation
    source: PartSource
    place: StockPlace | None = None
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannedPickUp:
    """A technician loads these units, by part number, for a visit at a place: from `at` on, as planned now."""

    shift_id: int
    visit_id: int
    place: StockPlace
    at: dt.datetime
    units: dict[str, int]


def list_pick_ups(
    session: Session,
    *,
    area_id: int,
    technician_ids: Collection[int],
    now: dt.datetime,
    states: Collection[VisitState] = NOT_STARTED,
) -> list[PlannedPickUp]:
    """Return what these technicians fetch on their way, by time; no plan is read unless a visit in `states` needs it.

    Where one does, the pick-ups of all their visits are returned.
    """
    if not technician_ids or not _have_needs(session, technician_ids, states):
        return []
    opened = read_plan(session, area_id=area_id, now=now, technicians=technician_ids)
    points = {point.id: _place_of(session, point) for point in opened.snapshot.supplies.points}
    found: dict[tuple[int, str, int], PlannedPickUp] = {}
    for route in opened.snapshot.plan.routes:
        for pick_up, visit_key, number, units in _trace_fetched(opened, route):
            if visit_key.startswith(HOLD):
                continue
            visit_id, point_id = id_in_key(visit_key), pick_up.pick_up_point_id
            at = opened.snapshot.instant(_starts(pick_up))
            planned = PlannedPickUp(int(route.shift_id), visit_id, points[point_id], at, {})
            units_by_number = found.setdefault((visit_id, point_id, pick_up.position), planned).units
            units_by_number[number] = units_by_number.get(number, 0) + units
    return sorted(found.values(), key=lambda one: (one.at, one.visit_id))


def list_visit_parts(session: Session, *, now: dt.datetime, request_id: int | None = None) -> list[VisitPart]:
    """Return the parts kept for visits that have not ended, of one request or of all, the next visit first."""
    query = (
        select(Reservation)
        .join(Reservation.visit)
        .where(Reservation.state == ReservationState.OPEN, Visit.state.not_in(ENDED))
        .order_by(Visit.window_from_at, Reservation.id)
        .options(
            contains_eager(Reservation.visit).options(
                joinedload(Visit.technician), joinedload(Visit.request).joinedload(ServiceRequest.customer)
            ),
            joinedload(Reservation.part),
        )
    )
    if request_id is not None:
        query = query.where(Visit.request_id == request_id)
    kept = session.scalars(query).all()
    if not kept:
        return []
    fetched, stock = _read_fetched(session, kept, now), _read_stock(session, kept)
    found = []
    for one in kept:
        stop = fetched.get((one.visit_id, one.part.number))
        found.append(VisitPart(one, PartSource.PICK_UP, stop.place, stop.at) if stop else stock.source_of(one))
    return found


def _read_fetched(
    session: Session, kept: Sequence[Reservation], now: dt.datetime
) -> dict[tuple[int, str], PlannedPickUp]:
    placed = {
        (one.visit.area_id, one.visit.technician_id)
        for one in kept
        if one.is_required and one.visit.technician_id is not None and one.visit.state not in STARTED
    }
    found: dict[tuple[int, str], PlannedPickUp] = {}
    for area_id in {area_id for area_id, _ in placed}:
        mine = {technician_id for area, technician_id in placed if area == area_id and technician_id is not None}
        for pick_up in list_pick_ups(session, area_id=area_id, technician_ids=mine, now=now):
            found |= {(pick_up.visit_id, number): pick_up for number in pick_up.units}
    return found


def _have_needs(session: Session, technician_ids: Collection[int], states: Collection[VisitState]) -> bool:
    query = (
        select(Reservation.id)
        .join(Visit)
        .where(
            Reservation.state == ReservationState.OPEN,
            Reservation.is_required,
            Visit.technician_id.in_(technician_ids),
            Visit.state.in_(states),
        )
    )
    return session.scalar(query.limit(1)) is not None


def _trace_fetched(opened: OpenPlan, route: dispatch.Route) -> Iterator[tuple[dispatch.PickUp, str, str, int]]:
    """Yield stop, visit, part and units: a visit takes from the van first, then from the earliest stop that has it."""
    shift = next(one for one in opened.snapshot.problem.shifts if one.id == route.shift_id)
    needs = {visit.id: visit.parts for visit in opened.snapshot.problem.visits}
    on_van = Counter(shift.parts)
    loads = [(pick_up, Counter(pick_up.parts)) for pick_up in route.pick_ups]
    for position, stop in enumerate(route.stops):
        for number, units in needs[stop.visit_id].items():
            short = units - _take(on_van, number, units)
            for pick_up, load in loads:
                taken = _take(load, number, short) if pick_up.position <= position else 0
                short -= taken
                if taken:
                    yield pick_up, stop.visit_id, number, taken


def _take(load: Counter[str], number: str, wanted: int) -> int:
    taken = min(load[number], wanted)
    load[number] -= taken
    return taken


def _starts(pick_up: dispatch.PickUp) -> float:
    return pick_up.arrive_seconds if pick_up.start_seconds is None else pick_up.start_seconds


def _place_of(session: Session, point: SupplyPoint) -> StockPlace:
    kind, _, key = point.id.partition(":")
    if kind == "order":
        return session.get_one(PartOrder, int(key)).place
    return session.scalars(select(StockPlace).where(StockPlace.code == key)).one()


@dataclass(frozen=True, slots=True)
class _Stock:
    """What lies where and what is on its way of the parts in question, read once for all of them."""

    levels: Sequence[StockLevel]
    orders: Sequence[PartOrder]

    def source_of(self, one: Reservation) -> VisitPart:
        """Return where a part that no planned stop fetches is, the nearest first."""
        visit = one.visit
        here = [level.place for level in self.levels if level.part_id == one.part_id and level.quantity >= one.quantity]
        if visit.technician_id in {place.technician_id for place in here if place.kind is PlaceKind.VAN}:
            return VisitPart(one, PartSource.ON_VAN)
        for place in here:
            if place.kind is PlaceKind.WAREHOUSE and place.area_id == visit.area_id:
                return VisitPart(one, PartSource.IN_STORE, place)
        for order in self.orders:
            if order.part_id == one.part_id and order.place.area_id == visit.area_id:
                return VisitPart(one, PartSource.ARRIVING, order.place, order.expected_at)
        return VisitPart(one, PartSource.MISSING)


def _read_stock(session: Session, kept: Sequence[Reservation]) -> _Stock:
    part_ids = {one.part_id for one in kept}
    levels = (
        select(StockLevel)
        .where(StockLevel.part_id.in_(part_ids), StockLevel.quantity > 0)
        .order_by(StockLevel.place_id)
        .options(joinedload(StockLevel.place))
    )
    orders = (
        select(PartOrder)
        .where(PartOrder.part_id.in_(part_ids), PartOrder.received_at.is_(None))
        .order_by(PartOrder.expected_at)
        .options(joinedload(PartOrder.place))
    )
    return _Stock(session.scalars(levels).all(), session.scalars(orders).all())
