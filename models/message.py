"""Messages to people, and from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Customer
from models.request import ServiceRequest
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_purposes import TURN, MessagePurpose
from policies.message_states import MessageState

IS_WAITING = "state IN ('pending', 'uncertain')"
"""In words of SQL, because SQLite finds a partial index by the very words it was made with."""


class Message(Base):
    """A message to one person, stored with the change that caused it, sent after (DESIGN rule 7).

    On the voice channel `body` is what the call says first; `template` names the call's script as well. `time_zone` is
    where the recipient is, as far as we know; `settled_at` is when a person dealt with a message nobody received.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_state_not_before", "state", "not_before_at"),
        # In the order senders take them, and only what waits: what was sent long ago costs nothing.
        Index(
            "ix_messages_waiting",
            "turn",
            "not_before_at",
            "id",
            sqlite_where=text(IS_WAITING),
            postgresql_where=text(IS_WAITING),
        ),
    )
    id: Mapped[id_column]
    business_key: Mapped[str] = mapped_column(String(160), unique=True)
    channel: Mapped[MessageChannel] = mapped_column(
        Word(MessageChannel), default=MessageChannel.SMS, server_default=MessageChannel.SMS
    )
    to_number: Mapped[str] = mapped_column(String(254), index=True)
    purpose: Mapped[MessagePurpose] = mapped_column(
        Word(MessagePurpose), default=MessagePurpose.SERVICE, server_default=MessagePurpose.SERVICE
    )
    turn: Mapped[int] = mapped_column(
        default=TURN[MessagePurpose.SERVICE], server_default=str(TURN[MessagePurpose.SERVICE])
    )
    time_zone: Mapped[str | None] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(String(40), index=True)
    language: Mapped[Language] = mapped_column(Word(Language))
    template: Mapped[str] = mapped_column(String(48))
    template_version: Mapped[int]
    values: Mapped[dict[str, Any]]
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[MessageState] = mapped_column(Word(MessageState))
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    created_at: Mapped[dt.datetime]
    not_before_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    attempts: Mapped[int]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_at: Mapped[dt.datetime | None]
    message_sid: Mapped[str | None] = mapped_column(String(255), unique=True)
    error: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[dt.datetime | None]
    # The last state that stands in the chain of its request (K3).
    chained_state: Mapped[MessageState | None] = mapped_column(Word(MessageState))
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(80))

    request: Mapped[ServiceRequest | None] = relationship()


class InboundMessage(Base):
    """A message somebody sent us, what we took it for, and whose matter it belongs to.

    `is_waiting` ones need a person; `settled_at` is when somebody dealt with it. `left_out` counts the files that came
    with it and could not be kept.
    """

    __tablename__ = "inbound_messages"
    __table_args__ = (Index("ix_inbound_messages_waiting_received", "is_waiting", "received_at"),)
    id: Mapped[id_column]
    channel: Mapped[MessageChannel] = mapped_column(
        Word(MessageChannel), default=MessageChannel.SMS, server_default=MessageChannel.SMS
    )
    message_sid: Mapped[str] = mapped_column(String(255), unique=True)
    from_number: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    understood_as: Mapped[str] = mapped_column(String(48))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    received_at: Mapped[dt.datetime]
    left_out: Mapped[int] = mapped_column(default=0, server_default="0")
    is_waiting: Mapped[bool] = mapped_column(default=False, server_default=false())
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(80))

    customer: Mapped[Customer | None] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()


class SurveyAnswer(Base):
    """How satisfied a customer was with a visit, 1 to 5; the first answer counts (F2)."""

    __tablename__ = "survey_answers"
    id: Mapped[id_column]
    visit_id: Mapped[int] = mapped_column(BigId, ForeignKey("visits.id"), unique=True)
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    score: Mapped[int]
    answered_at: Mapped[dt.datetime] = mapped_column(index=True)


class ContactChoice(Base):
    """What somebody said about being written to at an address of a channel: stop, and whether greetings are welcome."""

    __tablename__ = "contact_choices"
    __table_args__ = (UniqueConstraint("channel", "address"),)
    id: Mapped[id_column]
    channel: Mapped[MessageChannel] = mapped_column(Word(MessageChannel))
    address: Mapped[str] = mapped_column(String(254))
    stopped_at: Mapped[dt.datetime | None]
    care_agreed_at: Mapped[dt.datetime | None]
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[dt.datetime]


class SendingPace(Base):
    """How fast a channel's number may send: all senders together move `next_at` on by one message's share."""

    __tablename__ = "sending_paces"
    channel: Mapped[MessageChannel] = mapped_column(Word(MessageChannel), primary_key=True)
    next_at: Mapped[dt.datetime]
