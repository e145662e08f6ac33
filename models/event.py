"""What happened, append-only and chained: the ground that clocks and proofs stand on (K1, K3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Document, id_column


class StatusEvent(Base):
    """One fact about one subject ("request:17", "call:CA…"), when it happened and when we learnt of it.

    `personal` may be erased later: the chain holds only salted hashes of its fields, so it stays checkable.
    Rows are never updated except to erase `personal` and its salts.
    """

    __tablename__ = "status_events"
    __table_args__ = (
        UniqueConstraint("subject", "position"),
        Index("ix_status_events_kind_occurred", "kind", "occurred_at"),
    )
    id: Mapped[id_column]
    subject: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(48))
    occurred_at: Mapped[dt.datetime]
    recorded_at: Mapped[dt.datetime]
    source: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]]
    personal: Mapped[dict[str, Any] | None] = mapped_column(Document)
    personal_salts: Mapped[dict[str, Any] | None] = mapped_column(Document)
    personal_hashes: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
