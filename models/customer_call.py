"""Calls of ours to customers (H15)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.care import CareDate
from models.customer import Customer
from models.message import Message
from models.request import ServiceRequest
from models.visit import Visit
from policies.customer_calls import CustomerCallKind, CustomerCallState
from policies.languages import Language


class CustomerCall(Base):
    """One matter we call a customer about, however often it takes; each attempt is a Message that is spoken.

    `about` names the matter ("visit:7", "message:12", "care:3"), so nobody is called twice about one. `values` fill the
    words, `message` is the last attempt, `answered_by` what detection made of whoever picked up, `answers` the keys.
    `reason` says why nobody was reached, or why nobody was called.
    """

    __tablename__ = "customer_calls"
    __table_args__ = (UniqueConstraint("kind", "about"), Index("ix_customer_calls_state_next", "state", "next_at"))
    id: Mapped[id_column]
    kind: Mapped[CustomerCallKind] = mapped_column(Word(CustomerCallKind))
    about: Mapped[str] = mapped_column(String(40))
    state: Mapped[CustomerCallState] = mapped_column(Word(CustomerCallState))
    to_number: Mapped[str] = mapped_column(String(20), index=True)
    language: Mapped[Language] = mapped_column(Word(Language))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    values: Mapped[dict[str, Any]]
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    care_date_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("care_dates.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("messages.id"), index=True)
    attempts: Mapped[int]
    planned_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    answered_by: Mapped[str] = mapped_column(String(30))
    answers: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80))

    customer: Mapped[Customer | None] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()
    visit: Mapped[Visit | None] = relationship()
    care_date: Mapped[CareDate | None] = relationship()
    message: Mapped[Message | None] = relationship()
