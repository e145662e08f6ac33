"""Windows offered to a caller, each held while they choose (H5)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.request import ServiceRequest
from models.visit import Visit
from policies.offers import HoldState


class SlotOffer(Base):
    """One round of windows read to one caller."""

    __tablename__ = "slot_offers"
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    visit_id: Mapped[int] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    plan_revision: Mapped[int]
    offered_at: Mapped[dt.datetime]

    request: Mapped[ServiceRequest] = relationship()
    visit: Mapped[Visit] = relationship()
    holds: Mapped[list[SlotHold]] = relationship(order_by="SlotHold.position", back_populates="offer")


class SlotHold(Base):
    """One window of an offer; while `held` it occupies its own stop in the live plan."""

    __tablename__ = "slot_holds"
    __table_args__ = (Index("ix_slot_holds_state_expires", "state", "expires_at"),)
    id: Mapped[id_column]
    offer_id: Mapped[int] = mapped_column(BigId, ForeignKey("slot_offers.id"), index=True)
    position: Mapped[int]
    window_from_at: Mapped[dt.datetime]
    window_until_at: Mapped[dt.datetime]
    is_inside_commitment: Mapped[bool]
    extra_cost_cents: Mapped[int]
    state: Mapped[HoldState] = mapped_column(Word(HoldState))
    expires_at: Mapped[dt.datetime]

    offer: Mapped[SlotOffer] = relationship(back_populates="holds")
