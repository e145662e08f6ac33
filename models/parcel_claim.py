"""Claims against couriers for parcels that were lost or damaged (P3, M2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.shipment import Shipment
from policies.parcel_claims import ClaimState


class ParcelClaim(Base):
    """What we want of a courier for one parcel, and what became of it; what is granted is a Receivable.

    `due_at` is when the courier has to have answered. `reference` is the courier's own number of the claim, `answer`
    what the courier said, or why we withdrew.
    """

    __tablename__ = "parcel_claims"
    __table_args__ = (Index("ix_parcel_claims_state_due", "state", "due_at"),)
    id: Mapped[id_column]
    shipment_id: Mapped[int] = mapped_column(BigId, ForeignKey("shipments.id"), index=True)
    state: Mapped[ClaimState] = mapped_column(Word(ClaimState))
    currency: Mapped[str] = mapped_column(String(3))
    value_cents: Mapped[int] = mapped_column(BigInteger)
    loss_cents: Mapped[int] = mapped_column(BigInteger)
    insured_cents: Mapped[int] = mapped_column(BigInteger)
    carriage_cents: Mapped[int] = mapped_column(BigInteger)
    claimed_cents: Mapped[int] = mapped_column(BigInteger)
    granted_cents: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(String(40), default="")
    raised_at: Mapped[dt.datetime]
    raised_by: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    answered_by: Mapped[str | None] = mapped_column(String(80))
    answer: Mapped[str] = mapped_column(String(200), default="")

    shipment: Mapped[Shipment] = relationship()

    @property
    def number(self) -> str:
        """The number we and the courier call it by: PC-000012."""
        return f"PC-{self.id:06}"
