"""Recall campaigns with one row per machine, and defect cases that raise themselves (C8)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Asset
from models.diagnosis import FaultCategory
from models.product import Product
from models.request import ServiceRequest
from policies.campaigns import CampaignState, RecallState


class Campaign(Base):
    """A recall of a product's serials from one to another, both included. `notice` is what the public is told.

    With `is_batch` only those listed are meant, of which these are the first and the last.
    """

    __tablename__ = "campaigns"
    id: Mapped[id_column]
    product_id: Mapped[int] = mapped_column(BigId, ForeignKey("products.id"), index=True)
    fault_category_id: Mapped[int] = mapped_column(BigId, ForeignKey("fault_categories.id"), index=True)
    serial_from: Mapped[str] = mapped_column(String(40))
    serial_until: Mapped[str] = mapped_column(String(40))
    is_batch: Mapped[bool] = mapped_column(default=False, server_default=false())
    notice: Mapped[str] = mapped_column(Text)
    state: Mapped[CampaignState] = mapped_column(Word(CampaignState))
    opened_at: Mapped[dt.datetime]
    opened_by: Mapped[str] = mapped_column(String(80))
    closed_at: Mapped[dt.datetime | None]

    product: Mapped[Product] = relationship()
    fault_category: Mapped[FaultCategory] = relationship()


class Recall(Base):
    """One machine of a campaign, from being found to being done."""

    __tablename__ = "recalls"
    __table_args__ = (UniqueConstraint("campaign_id", "asset_id"),)
    id: Mapped[id_column]
    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaigns.id"))
    asset_id: Mapped[int] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    state: Mapped[RecallState] = mapped_column(Word(RecallState))
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    told_at: Mapped[dt.datetime | None]
    note: Mapped[str] = mapped_column(String(200), default="")

    campaign: Mapped[Campaign] = relationship()
    asset: Mapped[Asset] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()


class DefectCase(Base):
    """One fault of one product reported more often than chance explains, until somebody has looked into it."""

    __tablename__ = "defect_cases"
    id: Mapped[id_column]
    product_id: Mapped[int] = mapped_column(BigId, ForeignKey("products.id"), index=True)
    fault_category_id: Mapped[int] = mapped_column(BigId, ForeignKey("fault_categories.id"), index=True)
    reports: Mapped[int]
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))
    finding: Mapped[str] = mapped_column(Text, default="")

    product: Mapped[Product] = relationship()
    fault_category: Mapped[FaultCategory] = relationship()
