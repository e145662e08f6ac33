"""Prices, what was quoted and booked, and what is owed for it (M1, M2, M3)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.agreement import Agreement
from models.base import Base, BigId, Word, id_column
from models.customer import Customer
from models.entitlement import EntitlementDecision
from models.file import StoredFile
from models.request import ServiceRequest
from models.shipment import Shipment
from models.technician import Technician
from models.visit import Visit
from policies.entitlement import CoveredBy, CoverItem, CoverReason
from policies.penalties import PenaltyKind
from policies.receivables import ExpenseKind, ExpenseState, PaymentMethod, ReceivableKind
from policies.settlement import PriceUnit, SettlementState


class PriceList(Base):
    """Prices in force from a day on; the last day is before `until_on`."""

    __tablename__ = "price_lists"
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date]

    prices: Mapped[list[Price]] = relationship(back_populates="price_list", order_by="Price.code")


class Price(Base):
    """What one of something costs; `item` says by which cover it may be waived."""

    __tablename__ = "prices"
    __table_args__ = (UniqueConstraint("price_list_id", "code"),)
    id: Mapped[id_column]
    price_list_id: Mapped[int] = mapped_column(BigId, ForeignKey("price_lists.id"))
    code: Mapped[str] = mapped_column(String(40))
    item: Mapped[CoverItem] = mapped_column(Word(CoverItem))
    unit: Mapped[PriceUnit] = mapped_column(Word(PriceUnit))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    unit_cents: Mapped[int] = mapped_column(BigInteger)

    price_list: Mapped[PriceList] = relationship(back_populates="prices")


class Settlement(Base):
    """One matter's money, from the quote to the receipt. What is booked never changes: a reversal undoes it.

    `agreed_cents` is what the customer said yes to before the work. `reverses` is the settlement this one undoes.
    """

    __tablename__ = "settlements"
    __table_args__ = (Index("ix_settlements_state_made", "state", "made_at"),)
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    decision_id: Mapped[int] = mapped_column(BigId, ForeignKey("entitlement_decisions.id"))
    price_list_id: Mapped[int] = mapped_column(BigId, ForeignKey("price_lists.id"))
    state: Mapped[SettlementState] = mapped_column(Word(SettlementState))
    currency: Mapped[str] = mapped_column(String(3))
    total_cents: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    agreed_cents: Mapped[int | None] = mapped_column(BigInteger)
    agreed_at: Mapped[dt.datetime | None]
    agreed_by: Mapped[str | None] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_reason: Mapped[str | None] = mapped_column(String(200))
    receipt_number: Mapped[str | None] = mapped_column(String(20), unique=True)
    settled_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    settled_by: Mapped[str | None] = mapped_column(String(80))
    reverses_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("settlements.id"), unique=True)

    request: Mapped[ServiceRequest] = relationship()
    decision: Mapped[EntitlementDecision] = relationship()
    price_list: Mapped[PriceList] = relationship()
    reverses: Mapped[Settlement | None] = relationship(remote_side="Settlement.id")
    lines: Mapped[list[SettlementLine]] = relationship(order_by="SettlementLine.position")


class SettlementLine(Base):
    """One line with its share; lines that come to nothing are kept and say why."""

    __tablename__ = "settlement_lines"
    __table_args__ = (UniqueConstraint("settlement_id", "position"),)
    id: Mapped[id_column]
    settlement_id: Mapped[int] = mapped_column(BigId, ForeignKey("settlements.id"))
    position: Mapped[int]
    item: Mapped[CoverItem] = mapped_column(Word(CoverItem))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    quantity_hundredths: Mapped[int]
    unit_cents: Mapped[int] = mapped_column(BigInteger)
    gross_cents: Mapped[int] = mapped_column(BigInteger)
    covered_percent: Mapped[int]
    covered_by: Mapped[CoveredBy] = mapped_column(Word(CoveredBy))
    reason: Mapped[CoverReason] = mapped_column(Word(CoverReason))
    covered_cents: Mapped[int] = mapped_column(BigInteger)
    charged_cents: Mapped[int] = mapped_column(BigInteger)


IS_OPEN = "open_cents <> 0"


class Receivable(Base):
    """An amount somebody owes us; less than nothing is what we owe them. Rows are never changed, only paid.

    `open_cents` is what the payments have left to pay. Who owes it is a customer or, for a parcel that was lost or
    damaged, its `courier`.
    """

    __tablename__ = "receivables"
    __table_args__ = (
        CheckConstraint("(customer_id IS NULL) <> (courier = '')", name="customer_or_courier"),
        Index("ix_receivables_due", "due_on"),
        # What is owed is read from an index of nothing else.
        Index(
            "ix_receivables_open",
            "due_on",
            "id",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
    )
    id: Mapped[id_column]
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    courier: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[ReceivableKind] = mapped_column(Word(ReceivableKind))
    settlement_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("settlements.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("agreements.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    shipment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shipments.id"), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    open_cents: Mapped[int] = mapped_column(BigInteger)
    due_on: Mapped[dt.date]
    made_at: Mapped[dt.datetime]
    note: Mapped[str] = mapped_column(String(200), default="")

    customer: Mapped[Customer | None] = relationship()
    settlement: Mapped[Settlement | None] = relationship()
    agreement: Mapped[Agreement | None] = relationship()
    shipment: Mapped[Shipment | None] = relationship()
    payments: Mapped[list[Payment]] = relationship(order_by="Payment.id")


class Payment(Base):
    """Money that changed hands for a receivable; less than nothing went out to the customer."""

    __tablename__ = "payments"
    id: Mapped[id_column]
    receivable_id: Mapped[int] = mapped_column(BigId, ForeignKey("receivables.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[PaymentMethod] = mapped_column(Word(PaymentMethod))
    paid_at: Mapped[dt.datetime]
    taken_by: Mapped[str] = mapped_column(String(80))


class Penalty(Base):
    """What one matter costs us under an agreement. Shown as computed; confirmed by a person it is a credit (C7)."""

    __tablename__ = "penalties"
    __table_args__ = (UniqueConstraint("agreement_id", "request_id", "kind"),)
    id: Mapped[id_column]
    agreement_id: Mapped[int] = mapped_column(BigId, ForeignKey("agreements.id"))
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    kind: Mapped[PenaltyKind] = mapped_column(Word(PenaltyKind))
    times: Mapped[int]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    computed_at: Mapped[dt.datetime]
    confirmed_at: Mapped[dt.datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(80))

    agreement: Mapped[Agreement] = relationship()
    request: Mapped[ServiceRequest] = relationship()


class Expense(Base):
    """What a technician paid for the work, from the claim to the money, with the photo of its receipt (M2)."""

    __tablename__ = "expenses"
    __table_args__ = (Index("ix_expenses_state_spent", "state", "spent_on"),)
    id: Mapped[id_column]
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"))
    kind: Mapped[ExpenseKind] = mapped_column(Word(ExpenseKind))
    state: Mapped[ExpenseState] = mapped_column(Word(ExpenseState))
    currency: Mapped[str] = mapped_column(String(3))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    spent_on: Mapped[dt.date]
    note: Mapped[str] = mapped_column(String(200))
    claimed_at: Mapped[dt.datetime]
    receipt_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("files.id"))
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    paid_at: Mapped[dt.datetime | None]

    technician: Mapped[Technician] = relationship()
    visit: Mapped[Visit | None] = relationship()
    receipt: Mapped[StoredFile | None] = relationship()


class NumberSeries(Base):
    """The last number given out of a series without gaps, such as the receipts of a year."""

    __tablename__ = "number_series"
    series: Mapped[str] = mapped_column(String(24), primary_key=True)
    last_number: Mapped[int]
