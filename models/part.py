"""Parts, where they lie, and every line by which they moved (P1, P2, P5)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.technician import Technician
from models.territory import Area
from models.visit import Visit
from policies.parts import MoveKind, PartClass, PlaceKind, RequisitionState, ReservationState


class Part(Base):
    """A spare part of the catalogue. `family` is the product family it fits; empty for any."""

    __tablename__ = "parts"
    id: Mapped[id_column]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    part_class: Mapped[PartClass] = mapped_column(Word(PartClass))
    family: Mapped[str | None] = mapped_column(String(40))
    price_cents: Mapped[int]
    lead_days: Mapped[int]


class StockPlace(Base):
    """Where parts lie: a warehouse where technicians fetch them, a technician's van, or the other end of a move."""

    __tablename__ = "stock_places"
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[PlaceKind] = mapped_column(Word(PlaceKind))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("technicians.id"), unique=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    area: Mapped[Area | None] = relationship()
    technician: Mapped[Technician | None] = relationship()


class StockLevel(Base):
    """How many units lie in one place: the sum of its moves, kept so that nothing can be taken twice."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        UniqueConstraint("place_id", "part_id"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )
    id: Mapped[id_column]
    place_id: Mapped[int] = mapped_column(BigId, ForeignKey("stock_places.id"))
    part_id: Mapped[int] = mapped_column(BigId, ForeignKey("parts.id"), index=True)
    quantity: Mapped[int]
    reorder_point: Mapped[int]
    reorder_up_to: Mapped[int]

    place: Mapped[StockPlace] = relationship()
    part: Mapped[Part] = relationship()


class StockMove(Base):
    """One line of the books: so many units out of one place and into another; corrected only by its reversal."""

    __tablename__ = "stock_moves"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_stock_moves_part_moved", "part_id", "moved_at"),
        # What was fitted in half a year is counted from the index alone.
        Index("ix_stock_moves_kind_moved", "kind", "moved_at", "part_id", "quantity", "visit_id", "id"),
    )
    id: Mapped[id_column]
    kind: Mapped[MoveKind] = mapped_column(Word(MoveKind))
    part_id: Mapped[int] = mapped_column(BigId, ForeignKey("parts.id"))
    quantity: Mapped[int]
    from_place_id: Mapped[int] = mapped_column(BigId, ForeignKey("stock_places.id"), index=True)
    to_place_id: Mapped[int] = mapped_column(BigId, ForeignKey("stock_places.id"), index=True)
    moved_at: Mapped[dt.datetime]
    moved_by: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(200), default="")
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    requisition_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("requisitions.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("stock_moves.id"), unique=True)

    part: Mapped[Part] = relationship()
    from_place: Mapped[StockPlace] = relationship(foreign_keys=[from_place_id])
    to_place: Mapped[StockPlace] = relationship(foreign_keys=[to_place_id])
    visit: Mapped[Visit | None] = relationship()


class Requisition(Base):
    """A technician's wish for parts (领用): requested, approved by the parts keeper, issued onto the van."""

    __tablename__ = "requisitions"
    __table_args__ = (Index("ix_requisitions_state_requested", "state", "requested_at"),)
    id: Mapped[id_column]
    from_place_id: Mapped[int] = mapped_column(BigId, ForeignKey("stock_places.id"), index=True)
    to_place_id: Mapped[int] = mapped_column(BigId, ForeignKey("stock_places.id"), index=True)
    state: Mapped[RequisitionState] = mapped_column(Word(RequisitionState))
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    requested_at: Mapped[dt.datetime]
    requested_by: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    issued_at: Mapped[dt.datetime | None]

    from_place: Mapped[StockPlace] = relationship(foreign_keys=[from_place_id])
    to_place: Mapped[StockPlace] = relationship(foreign_keys=[to_place_id])
    lines: Mapped[list[RequisitionLine]] = relationship(order_by="RequisitionLine.id")


class RequisitionLine(Base):
    """So many units of one part that a requisition asks for."""

    __tablename__ = "requisition_lines"
    __table_args__ = (UniqueConstraint("requisition_id", "part_id"),)
    id: Mapped[id_column]
    requisition_id: Mapped[int] = mapped_column(BigId, ForeignKey("requisitions.id"))
    part_id: Mapped[int] = mapped_column(BigId, ForeignKey("parts.id"), index=True)
    quantity: Mapped[int]

    part: Mapped[Part] = relationship()


class Reservation(Base):
    """Parts a visit needs. `is_required`: the planner sends nobody without; a likely part is only taken along (P2)."""

    __tablename__ = "reservations"
    __table_args__ = (
        UniqueConstraint("visit_id", "part_id"),
        Index("ix_reservations_state_part", "state", "part_id"),
    )
    id: Mapped[id_column]
    visit_id: Mapped[int] = mapped_column(BigId, ForeignKey("visits.id"))
    part_id: Mapped[int] = mapped_column(BigId, ForeignKey("parts.id"), index=True)
    quantity: Mapped[int]
    is_required: Mapped[bool]
    state: Mapped[ReservationState] = mapped_column(Word(ReservationState))

    part: Mapped[Part] = relationship()
    visit: Mapped[Visit] = relationship()


class PartOrder(Base):
    """Parts on their way to a warehouse: visits may be planned for after they arrive."""

    __tablename__ = "part_orders"
    __table_args__ = (Index("ix_part_orders_received_expected", "received_at", "expected_at"),)
    id: Mapped[id_column]
    part_id: Mapped[int] = mapped_column(BigId, ForeignKey("parts.id"), index=True)
    place_id: Mapped[int] = mapped_column(BigId, ForeignKey("stock_places.id"), index=True)
    quantity: Mapped[int]
    ordered_at: Mapped[dt.datetime]
    ordered_by: Mapped[str] = mapped_column(String(80))
    expected_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime | None]

    part: Mapped[Part] = relationship()
    place: Mapped[StockPlace] = relationship()
