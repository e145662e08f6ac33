"""The register of service risks, crises and findings of audits, each with its measure (F5, R)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.access import User
from models.base import Base, BigId, Word, id_column
from policies.service_risks import RiskKind, RiskLevel


class ServiceRisk(Base):
    """One entry: what it is, how grave, what is done about it, by whom and by which day; `outcome` once it is done."""

    __tablename__ = "service_risks"
    __table_args__ = (Index("ix_service_risks_closed_due", "closed_at", "due_on"),)
    id: Mapped[id_column]
    kind: Mapped[RiskKind] = mapped_column(Word(RiskKind))
    title: Mapped[str] = mapped_column(String(200))
    likelihood: Mapped[int]
    harm: Mapped[int]
    level: Mapped[RiskLevel] = mapped_column(Word(RiskLevel))
    measure: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), index=True)
    due_on: Mapped[dt.date]
    opened_at: Mapped[dt.datetime]
    opened_by: Mapped[str] = mapped_column(String(80))
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(Text, default="")

    owner: Mapped[User] = relationship()

    @property
    def number(self) -> str:
        """What people call it: SR-00017."""
        return f"SR-{self.id:05d}"
