"""Parcels and what was heard of them (P3, H10)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.product_return import Return
from models.request import ServiceRequest
from policies.shipments import ShipmentDirection, ShipmentState


class Shipment(Base):
    """One parcel of a request. `is_for_self_fitting`: the customer fits the part himself, so sending it is on site.

    `wish` is the return whose machine is in it, or what comes in its place.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("courier", "tracking_number"),
        Index("ix_shipments_state_checked", "state", "checked_at"),
    )
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    return_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("returns.id"), index=True)
    direction: Mapped[ShipmentDirection] = mapped_column(Word(ShipmentDirection))
    state: Mapped[ShipmentState] = mapped_column(Word(ShipmentState))
    courier: Mapped[str] = mapped_column(String(40))
    tracking_number: Mapped[str | None] = mapped_column(String(40))
    contents: Mapped[str] = mapped_column(String(200))
    expected_on: Mapped[dt.date | None]
    is_for_self_fitting: Mapped[bool]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    delivered_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    checked_at: Mapped[dt.datetime | None]

    request: Mapped[ServiceRequest] = relationship()
    wish: Mapped[Return | None] = relationship()
    sightings: Mapped[list[ShipmentSighting]] = relationship(order_by="ShipmentSighting.seen_at")


class ShipmentSighting(Base):
    """One thing that was heard of a parcel, once however often the courier says it."""

    __tablename__ = "shipment_sightings"
    __table_args__ = (UniqueConstraint("shipment_id", "seen_at", "state"),)
    id: Mapped[id_column]
    shipment_id: Mapped[int] = mapped_column(BigId, ForeignKey("shipments.id"))
    state: Mapped[ShipmentState] = mapped_column(Word(ShipmentState))
    seen_at: Mapped[dt.datetime]
    said_by: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(200), default="")
