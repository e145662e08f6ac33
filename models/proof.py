"""What was published of the chains: one root a day over the heads of all that had grown (K3)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, id_column


class ProofAnchor(Base):
    """The root of one day's tree, signed, with the root of the anchor before it."""

    __tablename__ = "proof_anchors"
    id: Mapped[id_column]
    day_on: Mapped[dt.date] = mapped_column(Date, unique=True)
    count: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    previous_root: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(88))
    last_event_id: Mapped[int] = mapped_column(BigId)
    made_at: Mapped[dt.datetime]


class AnchoredHead(Base):
    """The last event of one chain as an anchor holds it, and its place among the leaves of that day's tree."""

    __tablename__ = "anchored_heads"
    __table_args__ = (UniqueConstraint("anchor_id", "place"), UniqueConstraint("subject", "anchor_id"))
    id: Mapped[id_column]
    anchor_id: Mapped[int] = mapped_column(BigId, ForeignKey("proof_anchors.id"))
    place: Mapped[int]
    subject: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))

    anchor: Mapped[ProofAnchor] = relationship()
