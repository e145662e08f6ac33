"""Callers who asked for a person, and the people who answer them (H8, H12)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.access import User
from models.base import Base, BigId, Word, id_column
from models.call import Call
from models.customer import Customer
from models.duty import DutyTurn
from models.matters import CallBack, Complaint
from models.message import Message
from policies.languages import Language
from policies.person_queue import AgentState, QueueEnd, QueueLine, QueueState, RingResult


class Agent(Base):
    """A user who takes calls by telephone. `until_at` is when wrapping up ends by itself."""

    __tablename__ = "agents"
    id: Mapped[id_column]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), unique=True)
    phone: Mapped[str] = mapped_column(String(40))
    takes_complaints: Mapped[bool]
    state: Mapped[AgentState] = mapped_column(Word(AgentState))
    since_at: Mapped[dt.datetime]
    until_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship()


class QueueEntry(Base):
    """One caller who asked for a person, from the key to the end of the talk.

    `asked_at` is the place in the queue and never changes. `live_call_sid` is the leg the caller is on now: that of
    the call, later perhaps that of a call back; None while a call back keeps the place. `next_ring_at` is when the
    clock goes on by itself, whatever became of the last telephone.
    """

    __tablename__ = "queue_entries"
    __table_args__ = (Index("ix_queue_entries_state_asked", "state", "asked_at"),)
    id: Mapped[id_column]
    line: Mapped[QueueLine] = mapped_column(Word(QueueLine))
    state: Mapped[QueueState] = mapped_column(Word(QueueState))
    language: Mapped[Language] = mapped_column(Word(Language))
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id"), index=True)
    live_call_sid: Mapped[str | None] = mapped_column(String(34), index=True)
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"))
    complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"))
    call_back_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("call_backs.id"), unique=True)
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    asked_at: Mapped[dt.datetime]
    next_ring_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    talk_from_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    end: Mapped[QueueEnd | None] = mapped_column(Word(QueueEnd))

    call: Mapped[Call] = relationship()
    customer: Mapped[Customer | None] = relationship()
    complaint: Mapped[Complaint | None] = relationship()
    call_back: Mapped[CallBack | None] = relationship()
    rings: Mapped[list[AgentRing]] = relationship(order_by="AgentRing.id", back_populates="entry")


class AgentRing(Base):
    """One telephone that rang for a caller: an agent's, or that of somebody on duty; never both.

    Accepted and not left yet: that person is in the talk. `is_colleague`: called in by whoever was talking already.
    `is_taken_in_page`: the agent has said yes already, so the telephone asks for no key.
    """

    __tablename__ = "agent_rings"
    id: Mapped[id_column]
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("queue_entries.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("agents.id"), index=True)
    duty_turn_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("duty_turns.id"))
    is_colleague: Mapped[bool]
    is_taken_in_page: Mapped[bool] = mapped_column(server_default=false())
    message_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("messages.id"))
    call_sid: Mapped[str | None] = mapped_column(String(34))
    rung_at: Mapped[dt.datetime]
    result: Mapped[RingResult | None] = mapped_column(Word(RingResult))
    decided_at: Mapped[dt.datetime | None]
    left_at: Mapped[dt.datetime | None]

    entry: Mapped[QueueEntry] = relationship(back_populates="rings")
    agent: Mapped[Agent | None] = relationship()
    message: Mapped[Message | None] = relationship()
    duty_turn: Mapped[DutyTurn | None] = relationship()


class LineOrder(Base):
    """What the telephone network is to do with a leg that is live: ask for the document at `path`, or end (None).

    Stored with the change that wants it and carried out after, once; past `expires_at` it is worth nothing.
    """

    __tablename__ = "line_orders"
    __table_args__ = (Index("ix_line_orders_done_made", "done_at", "made_at"),)
    id: Mapped[id_column]
    call_sid: Mapped[str] = mapped_column(String(34))
    path: Mapped[str | None] = mapped_column(String(120))
    made_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    done_at: Mapped[dt.datetime | None]
    error: Mapped[str | None] = mapped_column(String(200))
