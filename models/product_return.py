"""Machines that come back: exchanged, refunded, and what becomes of them (C4, C5, P3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Asset
from models.product import Product
from models.request import ServiceRequest
from policies.returns import CarriagePayer, Disposition, Remedy, ReturnGround, ReturnRefusal, ReturnState


class Return(Base):
    """One machine on its way back, from the wish to its end with us; the decision is kept with its facts.

    `replacement` is the other model an exchange is for; None for the same model.
    """

    __tablename__ = "returns"
    __table_args__ = (Index("ix_returns_state_requested", "state", "requested_at"),)
    id: Mapped[id_column]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    asset_id: Mapped[int] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    remedy: Mapped[Remedy] = mapped_column(Word(Remedy))
    state: Mapped[ReturnState] = mapped_column(Word(ReturnState))
    ground: Mapped[ReturnGround | None] = mapped_column(Word(ReturnGround))
    refusal: Mapped[ReturnRefusal | None] = mapped_column(Word(ReturnRefusal))
    currency: Mapped[str] = mapped_column(String(3))
    price_cents: Mapped[int | None] = mapped_column(BigInteger)
    refund_cents: Mapped[int] = mapped_column(BigInteger)
    difference_cents: Mapped[int] = mapped_column(BigInteger)
    replacement_product_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("products.id"))
    carriage_paid_by: Mapped[CarriagePayer] = mapped_column(Word(CarriagePayer))
    facts: Mapped[dict[str, Any]]
    decision: Mapped[dict[str, Any]]
    requested_at: Mapped[dt.datetime]
    requested_by: Mapped[str] = mapped_column(String(80))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[dt.datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[dt.datetime | None]
    condition: Mapped[str | None] = mapped_column(String(400))
    disposition: Mapped[Disposition | None] = mapped_column(Word(Disposition))
    closed_at: Mapped[dt.datetime | None]

    request: Mapped[ServiceRequest] = relationship()
    asset: Mapped[Asset] = relationship()
    replacement: Mapped[Product | None] = relationship()
