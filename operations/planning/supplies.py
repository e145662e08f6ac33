"""Parts as the planner sees them: what visits need, what vans hold, where the rest is fetched and from when (P2)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Part, PartOrder, Reservation, StockLevel, StockPlace, Visit
from policies.parts import PlaceKind, ReservationState
from policies.visit_states import ENDED, STARTED

Units = Mapping[str, int]
"""Units by part number."""


@dataclass(frozen=True, slots=True)
class SupplyPoint:
    """A warehouse, or what is on its way to one: `ready_at` None is there already."""

    id: str
    point: tuple[float, float]
    units: Units
    ready_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Supplies:
    """What an area's open visits need, by visit, and where it is: on vans, by technician, and at points."""

    needs: Mapping[int, Units] = field(default_factory=dict)
    vans: Mapping[int, Units] = field(default_factory=dict)
    points: Sequence[SupplyPoint] = ()

    def left_on_van(self, technician_id: int, spoken_for: Sequence[int]) -> Units:
        """What a technician's van holds when these visits, planned in his other shifts, have taken theirs."""
        left = Counter(dict(self.vans.get(technician_id, {})))
        for visit_id in spoken_for:
            left.subtract(self.needs.get(visit_id, {}))
        return dict(+left)


NO_SUPPLIES = Supplies()


def read_supplies(session: Session, *, area_id: int, now: dt.datetime) -> Supplies:
    """Read what bears on an area's plan; one query where no open visit needs a part.

    An order that is overdue promises nothing any more: who knows when it comes.
    """
    needs = _read_needs(session, area_id)
    if not needs:
        return NO_SUPPLIES
    numbers = {number for units in needs.values() for number in units}
    held = (
        select(StockPlace, Part.number, StockLevel.quantity)
        .join(StockLevel, StockLevel.place_id == StockPlace.id)
        .join(Part, Part.id == StockLevel.part_id)
        .where(StockPlace.area_id == area_id, Part.number.in_(numbers), StockLevel.quantity > 0)
        .order_by(StockPlace.id, Part.number)
    )
    vans: dict[int, dict[str, int]] = defaultdict(dict)
    stores: dict[int, tuple[StockPlace, dict[str, int]]] = {}
    for place, number, quantity in session.execute(held):
        if place.technician_id is not None:
            vans[place.technician_id][number] = quantity
        elif place.kind is PlaceKind.WAREHOUSE:
            stores.setdefault(place.id, (place, {}))[1][number] = quantity
    points = [
        SupplyPoint(f"place:{place.code}", (place.latitude, place.longitude), units)
        for place, units in stores.values()
        if place.latitude is not None and place.longitude is not None
    ]
    return Supplies(needs, dict(vans), [*points, *_read_coming(session, area_id, numbers, now)])


def _read_needs(session: Session, area_id: int) -> dict[int, dict[str, int]]:
    query: Any = (
        select(Reservation.visit_id, Part.number, Reservation.quantity)
        .join(Part, Part.id == Reservation.part_id)
        .join(Visit, Visit.id == Reservation.visit_id)
        .where(
            Reservation.state == ReservationState.OPEN,
            Reservation.is_required,
            Visit.area_id == area_id,
            Visit.state.not_in([*ENDED, *STARTED]),
        )
        .order_by(Reservation.id)
    )
    needs: dict[int, dict[str, int]] = defaultdict(dict)
    for visit_id, number, quantity in session.execute(query):
        needs[visit_id][number] = quantity
    return dict(needs)


def _read_coming(session: Session, area_id: int, numbers: set[str], now: dt.datetime) -> list[SupplyPoint]:
    rows = session.execute(
        select(PartOrder.id, PartOrder.quantity, PartOrder.expected_at, Part.number, StockPlace)
        .join(Part, Part.id == PartOrder.part_id)
        .join(StockPlace, StockPlace.id == PartOrder.place_id)
        .where(
            PartOrder.received_at.is_(None),
            PartOrder.expected_at > now,
            StockPlace.area_id == area_id,
            Part.number.in_(numbers),
        )
        .order_by(PartOrder.id)
    )
    return [
        SupplyPoint(f"order:{id_}", (place.latitude, place.longitude), {number: quantity}, expected_at)
        for id_, quantity, expected_at, number, place in rows
        if place.latitude is not None and place.longitude is not None
    ]
