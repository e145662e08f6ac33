"""Customers, their telephones and sites, and the assets that stand there (C1)."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.product import Product
from models.territory import Territory
from policies.languages import Language
from policies.purchases import SaleKind
from policies.segments import Segment

if TYPE_CHECKING:
    from models.entitlement import PurchaseProof


NOT_COMPARED = text("NOT is_compared")
"""The condition of the indexes that find what has changed since files were last compared with each other (C1)."""


def _find_uncompared(name: str) -> Index:
    return Index(name, "id", postgresql_where=NOT_COMPARED, sqlite_where=NOT_COMPARED)


def _digits_of_number(row: DefaultExecutionContext) -> str:
    written = row.get_current_parameters()  # type: ignore[no-untyped-call] # SQLAlchemy gives it no types
    return re.sub(r"\D", "", written["number"])


class Customer(Base):
    """Somebody we serve. `language` is what they last chose on the telephone (H2).

    `number_digits` is what a keypad can enter of the number; a number is given once and stays.

    `adviser` is the user who looks after a VIP (C9); `reviewed_on` is when somebody last went through the file. A file
    that was merged into another stays, empty, and is never found by number again. `erased_at` is when what identifies
    them was erased (S1). Whatever changes of a file, its row, a number or a site is not `is_compared` from then on.
    """

    __tablename__ = "customers"
    __table_args__ = (_find_uncompared("ix_customers_not_compared"),)
    id: Mapped[id_column]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    number_digits: Mapped[str] = mapped_column(String(20), index=True, default=_digits_of_number)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[Language] = mapped_column(Word(Language))
    segment: Mapped[Segment] = mapped_column(Word(Segment))
    adviser: Mapped[str | None] = mapped_column(String(80))
    reviewed_on: Mapped[dt.date | None]
    merged_into_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    erased_at: Mapped[dt.datetime | None]
    is_compared: Mapped[bool] = mapped_column(default=False, server_default=false(), onupdate=False)

    phones: Mapped[list[CustomerPhone]] = relationship(back_populates="customer", order_by="CustomerPhone.id")
    sites: Mapped[list[Site]] = relationship(back_populates="customer", order_by="Site.id")
    assets: Mapped[list[Asset]] = relationship(back_populates="customer", order_by="Asset.id")


class CustomerPhone(Base):
    """A number a customer calls from, in E.164. Two customers may share one (a school's switchboard)."""

    __tablename__ = "customer_phones"
    __table_args__ = (
        UniqueConstraint("number", "customer_id"),
        _find_uncompared("ix_customer_phones_not_compared"),
    )
    id: Mapped[id_column]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), index=True)
    is_compared: Mapped[bool] = mapped_column(default=False, server_default=false(), onupdate=False)

    customer: Mapped[Customer] = relationship(back_populates="phones")


class Site(Base):
    """A place we drive to. `next_territory` is where it goes as soon as no visit of it is promised any more.

    `likeness_mark` is the same for all sites of one name at one address; it is set when files are compared.
    """

    __tablename__ = "sites"
    __table_args__ = (_find_uncompared("ix_sites_not_compared"),)
    id: Mapped[id_column]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    address: Mapped[str] = mapped_column(String(200))
    address_en: Mapped[str] = mapped_column(String(200))
    district: Mapped[str] = mapped_column(String(40))
    latitude: Mapped[float]
    longitude: Mapped[float]
    time_zone: Mapped[str] = mapped_column(String(64), index=True)
    territory_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("territories.id"), index=True)
    next_territory_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("territories.id"), index=True)
    likeness_mark: Mapped[str | None] = mapped_column(String(64), index=True)
    is_compared: Mapped[bool] = mapped_column(default=False, server_default=false(), onupdate=False)

    customer: Mapped[Customer] = relationship(back_populates="sites")
    territory: Mapped[Territory | None] = relationship(foreign_keys=[territory_id])
    next_territory: Mapped[Territory | None] = relationship(foreign_keys=[next_territory_id])


class Asset(Base):
    """One serial at a customer. `serial_tail` is its last six digits, which a keypad can enter.

    `parent` is the machine it is built into, `replaced_by` the one that stands in its place since an exchange.
    `contract_months` is a warranty agreed by contract, in place of the product's term.
    """

    __tablename__ = "assets"
    # What machines are is looked up by the hundred thousand in reports, from the index alone.
    __table_args__ = (Index("ix_assets_product", "product_id", "id"),)
    id: Mapped[id_column]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    site_id: Mapped[int] = mapped_column(BigId, ForeignKey("sites.id"), index=True)
    product_id: Mapped[int] = mapped_column(BigId, ForeignKey("products.id"))
    serial: Mapped[str] = mapped_column(String(40), unique=True)
    serial_digits: Mapped[str] = mapped_column(String(40))
    serial_tail: Mapped[str] = mapped_column(String(6), index=True)
    purchased_on: Mapped[dt.date | None] = mapped_column(index=True)
    invoiced_on: Mapped[dt.date | None] = mapped_column(index=True)
    purchase_channel: Mapped[str | None] = mapped_column(String(40))
    delivered_on: Mapped[dt.date | None]
    accepted_on: Mapped[dt.date | None]
    sale_kind: Mapped[SaleKind] = mapped_column(Word(SaleKind), default=SaleKind.RETAIL, server_default=SaleKind.RETAIL)
    contract_months: Mapped[int | None]
    price_cents: Mapped[int | None] = mapped_column(BigInteger)
    parent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    replaced_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("assets.id"), index=True)

    customer: Mapped[Customer] = relationship(back_populates="assets")
    site: Mapped[Site] = relationship()
    product: Mapped[Product] = relationship()
    parent: Mapped[Asset | None] = relationship(
        foreign_keys=[parent_id], remote_side="Asset.id", back_populates="parts"
    )
    parts: Mapped[list[Asset]] = relationship(foreign_keys=[parent_id], back_populates="parent", order_by="Asset.id")
    replaced_by: Mapped[Asset | None] = relationship(foreign_keys=[replaced_by_id], remote_side="Asset.id")
    proofs: Mapped[list[PurchaseProof]] = relationship(back_populates="asset", order_by="PurchaseProof.id")
