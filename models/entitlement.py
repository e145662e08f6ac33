"""Warranty terms, what proves a purchase, and every decision about who pays for a repair (C2, C3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Asset
from models.product import Product
from models.request import ServiceRequest
from policies.purchases import ProofKind, SaleKind
from policies.warranty import WarrantyStart


class WarrantyTerm(Base):
    """A warranty as it is sold from a day on; a later version changes nothing for what was bought before.

    Without a product it is for every model that has no term of its own.
    """

    __tablename__ = "warranty_terms"
    __table_args__ = (UniqueConstraint("code", "in_force_from_on"),)
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(24))
    product_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("products.id"))
    sale_kind: Mapped[SaleKind] = mapped_column(Word(SaleKind))
    unit_months: Mapped[int]
    accessory_months: Mapped[int]
    begins_with: Mapped[WarrantyStart] = mapped_column(Word(WarrantyStart))
    in_force_from_on: Mapped[dt.date]

    product: Mapped[Product | None] = relationship()


class PurchaseProof(Base):
    """A paper that somebody of ours has seen for one machine."""

    __tablename__ = "purchase_proofs"
    id: Mapped[id_column]
    asset_id: Mapped[int] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    kind: Mapped[ProofKind] = mapped_column(Word(ProofKind))
    number: Mapped[str] = mapped_column(String(60))
    dated_on: Mapped[dt.date]
    seen_at: Mapped[dt.datetime]
    seen_by: Mapped[str] = mapped_column(String(80))

    asset: Mapped[Asset] = relationship(back_populates="proofs")


class EntitlementDecision(Base):
    """Who pays for one request, decided once and kept with everything it was decided from.

    What is learnt later (a proof, misuse, a person's choice) makes another row; the last one counts.
    """

    __tablename__ = "entitlement_decisions"
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    asset_id: Mapped[int] = mapped_column(BigId, ForeignKey("assets.id"))
    decided_at: Mapped[dt.datetime]
    decided_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200))
    policy_version: Mapped[int]
    facts: Mapped[dict[str, Any]]
    outcome: Mapped[dict[str, Any]]

    request: Mapped[ServiceRequest] = relationship()
    asset: Mapped[Asset] = relationship()
