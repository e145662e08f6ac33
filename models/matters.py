"""What people complain of (H8), what we promised to call back about (H7), and what a dispatcher must look at (H5)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.access import User
from models.base import Base, BigId, Word, id_column
from models.call import Call
from models.customer import Customer
from models.request import ServiceRequest
from models.technician import Technician
from models.visit import Visit
from policies.call_backs import CallBackReason
from policies.channels import Channel
from policies.complaints import ComplaintCategory, ComplaintState, Responsibility
from policies.escalations import EscalationReason
from policies.languages import Language


class Complaint(Base):
    """A complaint, from the key that chose it on to its closing report (F1).

    Its `words` are those somebody wrote down, or the recordings of its call. `level` counts the rungs it has climbed.
    What is done better has an owner and a day of its own, and may be done long after the complaint is closed.
    """

    __tablename__ = "complaints"
    __table_args__ = (Index("ix_complaints_state_opened", "state", "opened_at"),)
    id: Mapped[id_column]
    number: Mapped[str] = mapped_column(String(8), unique=True)
    category: Mapped[ComplaintCategory] = mapped_column(Word(ComplaintCategory))
    state: Mapped[ComplaintState] = mapped_column(Word(ComplaintState))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    language: Mapped[Language] = mapped_column(Word(Language))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("calls.id"), index=True)
    opened_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"), index=True)
    level: Mapped[int] = mapped_column(default=0, server_default="0")
    customers_side: Mapped[str] = mapped_column(Text, default="", server_default="")
    our_side: Mapped[str] = mapped_column(Text, default="", server_default="")
    finding: Mapped[str] = mapped_column(Text, default="", server_default="")
    solution: Mapped[str] = mapped_column(Text, default="", server_default="")
    compensation_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    gift: Mapped[str] = mapped_column(String(120), default="", server_default="")
    deviation: Mapped[str] = mapped_column(String(400), default="", server_default="")
    offered_at: Mapped[dt.datetime | None]
    offered_by: Mapped[str | None] = mapped_column(String(80))
    accepted_at: Mapped[dt.datetime | None]
    responsibility: Mapped[Responsibility | None] = mapped_column(Word(Responsibility))
    improvement: Mapped[str] = mapped_column(Text, default="", server_default="")
    improvement_owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"), index=True)
    improvement_due_on: Mapped[dt.date | None]
    improvement_done_at: Mapped[dt.datetime | None]
    improvement_done_by: Mapped[str | None] = mapped_column(String(80))
    improvement_outcome: Mapped[str] = mapped_column(Text, default="", server_default="")
    outcome_for_staff: Mapped[str] = mapped_column(String(400), default="", server_default="")
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))

    customer: Mapped[Customer | None] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()
    call: Mapped[Call | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    improvement_owner: Mapped[User | None] = relationship(foreign_keys=[improvement_owner_id])


class CallBack(Base):
    """A call we promised to make, until somebody has made it. What was said is in the recordings of the call."""

    __tablename__ = "call_backs"
    __table_args__ = (Index("ix_call_backs_made_promised", "made_at", "promised_at"),)
    id: Mapped[id_column]
    reason: Mapped[CallBackReason] = mapped_column(Word(CallBackReason))
    language: Mapped[Language] = mapped_column(Word(Language))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("calls.id"), index=True)
    promised_at: Mapped[dt.datetime]
    made_at: Mapped[dt.datetime | None]
    made_by: Mapped[str | None] = mapped_column(String(80))

    customer: Mapped[Customer | None] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()
    call: Mapped[Call | None] = relationship()


class Escalation(Base):
    """Something about a request that a dispatcher must look at, until somebody has.

    `note` is what was said about it. `technician` is who could take the visit instead, and `starts_at` when; both are
    proven again when a dispatcher says yes.
    """

    __tablename__ = "escalations"
    __table_args__ = (Index("ix_escalations_closed_opened", "closed_at", "opened_at"),)
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    reason: Mapped[EscalationReason] = mapped_column(Word(EscalationReason))
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    starts_at: Mapped[dt.datetime | None]
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))

    request: Mapped[ServiceRequest] = relationship()
    visit: Mapped[Visit | None] = relationship()
    technician: Mapped[Technician | None] = relationship()
