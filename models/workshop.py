"""Machines in the workshop, machines we lend meanwhile, and problems put before experts (D14, P4, F5)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Asset
from models.product import Product
from models.request import ServiceRequest
from policies.exception_reports import ExceptionState, ExpertLevel
from policies.workshop import WorkshopState


class WorkshopRepair(Base):
    """A machine in the workshop, from its arrival until it is given back. Its clock is the request's."""

    __tablename__ = "workshop_repairs"
    __table_args__ = (Index("ix_workshop_repairs_state_received", "state", "received_at"),)
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    asset_id: Mapped[int] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    state: Mapped[WorkshopState] = mapped_column(Word(WorkshopState))
    condition: Mapped[str] = mapped_column(String(400))
    finding: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[dt.datetime]
    received_by: Mapped[str] = mapped_column(String(80))
    finished_at: Mapped[dt.datetime | None]
    finished_by: Mapped[str | None] = mapped_column(String(80))
    given_back_at: Mapped[dt.datetime | None]

    request: Mapped[ServiceRequest] = relationship()
    asset: Mapped[Asset] = relationship()


class Loaner(Base):
    """A machine of ours that customers get while theirs is repaired (备用机)."""

    __tablename__ = "loaners"
    id: Mapped[id_column]
    serial: Mapped[str] = mapped_column(String(40), unique=True)
    product_id: Mapped[int] = mapped_column(BigId, ForeignKey("products.id"), index=True)
    is_active: Mapped[bool]

    product: Mapped[Product] = relationship()


class Loan(Base):
    """One lending of a loaner. `reminded_at`: the desk has been told that it is overdue."""

    __tablename__ = "loans"
    __table_args__ = (Index("ix_loans_back_due", "back_at", "due_on"),)
    id: Mapped[id_column]
    loaner_id: Mapped[int] = mapped_column(BigId, ForeignKey("loaners.id"), index=True)
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    out_at: Mapped[dt.datetime]
    due_on: Mapped[dt.date]
    back_at: Mapped[dt.datetime | None]
    lent_by: Mapped[str] = mapped_column(String(80))
    condition_back: Mapped[str] = mapped_column(String(400), default="")
    reminded_at: Mapped[dt.datetime | None]

    loaner: Mapped[Loaner] = relationship()
    request: Mapped[ServiceRequest] = relationship()


class ExceptionReport(Base):
    """A problem that those on site cannot solve (异常反馈单): numbered by its id, with an owner and a deadline."""

    __tablename__ = "exception_reports"
    __table_args__ = (Index("ix_exception_reports_state_deadline", "state", "deadline_at"),)
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    level: Mapped[ExpertLevel] = mapped_column(Word(ExpertLevel))
    state: Mapped[ExceptionState] = mapped_column(Word(ExceptionState))
    problem: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[dt.datetime]
    opened_by: Mapped[str] = mapped_column(String(80))
    deadline_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[dt.datetime | None]

    request: Mapped[ServiceRequest] = relationship()

    @property
    def number(self) -> str:
        """What people call it: ER-00017."""
        return f"ER-{self.id:05d}"
