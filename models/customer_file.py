"""What changes about customers' files: merged, and machines handed on (C1); and days to remember."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Asset, Customer
from policies.duplicates import LikenessReason


class CustomerMerge(Base):
    """Two files that became one, with every row that was moved, so that it can be undone."""

    __tablename__ = "customer_merges"
    id: Mapped[id_column]
    kept_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    merged_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    merged_at: Mapped[dt.datetime]
    merged_by: Mapped[str] = mapped_column(String(80))
    moved: Mapped[dict[str, Any]]
    undone_at: Mapped[dt.datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(80))

    kept: Mapped[Customer] = relationship(foreign_keys=[kept_id])
    merged: Mapped[Customer] = relationship(foreign_keys=[merged_id])


class FileLikeness(Base):
    """Two files that may be one and the same customer's, the older first, as they were when last compared."""

    __tablename__ = "file_likenesses"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)
    id: Mapped[id_column]
    first_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))
    second_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    reason: Mapped[LikenessReason] = mapped_column(Word(LikenessReason))


class AssetTransfer(Base):
    """One machine handed on from one customer to another."""

    __tablename__ = "asset_transfers"
    id: Mapped[id_column]
    asset_id: Mapped[int] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    from_customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))
    to_customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))
    transferred_at: Mapped[dt.datetime]
    transferred_by: Mapped[str] = mapped_column(String(80))

    asset: Mapped[Asset] = relationship()
    from_customer: Mapped[Customer] = relationship(foreign_keys=[from_customer_id])
    to_customer: Mapped[Customer] = relationship(foreign_keys=[to_customer_id])


class SpecialDate(Base):
    """A day of the year that a customer likes to be remembered on, such as a birthday."""

    __tablename__ = "special_dates"
    id: Mapped[id_column]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    month: Mapped[int]
    day: Mapped[int]

    customer: Mapped[Customer] = relationship()
