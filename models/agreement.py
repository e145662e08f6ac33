"""Service agreements: what they cover, what is left of them, what breaking them costs us (C6, C7, C9)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Asset, Customer, Site
from models.product import Product
from models.request import ServiceRequest
from policies.agreements import AgreementKind, AgreementState


class Agreement(Base):
    """What a customer pays for ahead. The last day is before `until_on`; penalties are hundredths of a percent."""

    __tablename__ = "agreements"
    __table_args__ = (Index("ix_agreements_state_until", "state", "until_on"),)
    id: Mapped[id_column]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    kind: Mapped[AgreementKind] = mapped_column(Word(AgreementKind))
    state: Mapped[AgreementState] = mapped_column(Word(AgreementState))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date]
    price_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    instalment_count: Mapped[int]
    instalment_months: Mapped[int]
    renewal_notice_days: Mapped[int]
    response_hours: Mapped[int | None]
    restoration_hours: Mapped[int | None]
    late_response_basis_points: Mapped[int]
    late_restoration_basis_points_per_day: Mapped[int]
    failed_inspection_basis_points: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[dt.datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(200))
    noticed_at: Mapped[dt.datetime | None]

    customer: Mapped[Customer] = relationship()
    lines: Mapped[list[CoverageLine]] = relationship(back_populates="agreement", order_by="CoverageLine.position")


class CoverageLine(Base):
    """One thing an agreement covers: a machine, a site, a model, or (none of them) all the customer has.

    Percentages are what is waived. `allowance_visits` is how many visits the line pays for; None is any number.
    """

    __tablename__ = "coverage_lines"
    __table_args__ = (UniqueConstraint("agreement_id", "position"),)
    id: Mapped[id_column]
    agreement_id: Mapped[int] = mapped_column(BigId, ForeignKey("agreements.id"))
    position: Mapped[int]
    asset_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("sites.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("products.id"))
    labour_percent: Mapped[int]
    travel_percent: Mapped[int]
    main_part_percent: Mapped[int]
    wear_part_percent: Mapped[int]
    allowance_visits: Mapped[int | None]
    covers_misuse: Mapped[bool]

    agreement: Mapped[Agreement] = relationship(back_populates="lines")
    asset: Mapped[Asset | None] = relationship()
    site: Mapped[Site | None] = relationship()
    product: Mapped[Product | None] = relationship()
    uses: Mapped[list[AllowanceUse]] = relationship(order_by="AllowanceUse.id")


class AllowanceUse(Base):
    """One visit taken from a line's allowance (1), or given back by a reversal (-1)."""

    __tablename__ = "allowance_uses"
    id: Mapped[id_column]
    line_id: Mapped[int] = mapped_column(BigId, ForeignKey("coverage_lines.id"), index=True)
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    visits: Mapped[int]
    used_at: Mapped[dt.datetime]
    used_by: Mapped[str] = mapped_column(String(80))

    request: Mapped[ServiceRequest] = relationship()
