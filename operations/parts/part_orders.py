"""Parts on their way: ordered, expected, received; what runs low, what is short, what nobody needs (P2, P5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models import Part, PartOrder, Reservation, StockLevel, StockMove, StockPlace
from operations.foundation.changes import BOARD, note_change
from operations.parts.stock import MoveCause, end_place, move_stock
from policies.parts import MoveKind, PlaceKind, ReservationState, units_to_order

DEAD_AFTER = dt.timedelta(days=180)


class OrderReceivedAlready(ValueError):
    """The order has been received; what arrives twice is counted, not received again."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """A level at or below its reorder point, and how many units to order after those on their way."""

    level: StockLevel
    ordered: int
    missing: int


def order_parts(
    session: Session, *, part: Part, place: StockPlace, quantity: int, by: str, now: dt.datetime
) -> PartOrder:
    """Note an order; it is expected after the part's lead time."""
    order = PartOrder(
        part=part,
        place=place,
        quantity=quantity,
        ordered_at=now,
        ordered_by=by,
        expected_at=now + dt.timedelta(days=part.lead_days),
    )
    session.add(order)
    session.flush()
    note_change(session, topic=BOARD, now=now)
    return order


def receive_order(session: Session, *, order: PartOrder, quantity: int, by: str, now: dt.datetime) -> StockMove:
    """What arrived goes into the books, however many it was; OrderReceivedAlready the second time."""
    if order.received_at is not None:
        raise OrderReceivedAlready(str(order.id))
    order.received_at = now
    session.flush()
    return move_stock(
        session,
        kind=MoveKind.RECEIPT,
        part=order.part,
        quantity=quantity,
        from_place=end_place(session, PlaceKind.SUPPLIER),
        to_place=order.place,
        by=by,
        now=now,
        cause=MoveCause(note=f"order {order.id}"),
    )


def list_orders(session: Session) -> Sequence[PartOrder]:
    """Return what is on its way, what is expected first coming first."""
    return session.scalars(
        select(PartOrder)
        .where(PartOrder.received_at.is_(None))
        .order_by(PartOrder.expected_at, PartOrder.id)
        .options(joinedload(PartOrder.part), joinedload(PartOrder.place))
    ).all()


def list_shortages(session: Session) -> list[Shortage]:
    """Return what should be ordered, by place and part (P5)."""
    ordered = {
        (place_id, part_id): count
        for place_id, part_id, count in session.execute(
            select(PartOrder.place_id, PartOrder.part_id, func.sum(PartOrder.quantity))
            .where(PartOrder.received_at.is_(None))
            .group_by(PartOrder.place_id, PartOrder.part_id)
        )
    }
    low = session.scalars(
        select(StockLevel)
        .where(StockLevel.quantity <= StockLevel.reorder_point, StockLevel.reorder_up_to > 0)
        .order_by(StockLevel.place_id, StockLevel.part_id)
        .options(joinedload(StockLevel.place), joinedload(StockLevel.part))
    )
    found = []
    for level in low:
        coming = ordered.get((level.place_id, level.part_id), 0)
        missing = units_to_order(
            held=level.quantity,
            ordered=coming,
            reorder_point=level.reorder_point,
            reorder_up_to=level.reorder_up_to,
        )
        if missing:
            found.append(Shortage(level, coming, missing))
    return found


def order_shortages(session: Session, *, by: str, now: dt.datetime) -> list[PartOrder]:
    """Order everything that runs low in a warehouse; asking twice orders once."""
    return [
        order_parts(session, part=short.level.part, place=short.level.place, quantity=short.missing, by=by, now=now)
        for short in list_shortages(session)
        if short.level.place.kind is PlaceKind.WAREHOUSE
    ]


def list_dead_stock(session: Session, *, now: dt.datetime) -> Sequence[StockLevel]:
    """Return what lies somewhere though nothing of the part has been used or sold for half a year (P5)."""
    moving = select(StockMove.part_id).where(
        StockMove.kind.in_([MoveKind.USE, MoveKind.SALE, MoveKind.RECEIPT]), StockMove.moved_at > now - DEAD_AFTER
    )
    wanted = select(Reservation.part_id).where(Reservation.state == ReservationState.OPEN)
    return session.scalars(
        select(StockLevel)
        .where(StockLevel.quantity > 0, StockLevel.part_id.not_in(moving), StockLevel.part_id.not_in(wanted))
        .order_by(StockLevel.place_id, StockLevel.part_id)
        .options(joinedload(StockLevel.place), joinedload(StockLevel.part))
    ).all()
