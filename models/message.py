"""Messages to people, and from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Word, id_column
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_states import MessageState


class Message(Base):
    """A message to one person, stored with the change that caused it, sent after (DESIGN rule 7).

    On the voice channel `body` is what the call says first; `template` names the call's script as well.
    """

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_state_not_before", "state", "not_before_at"),)
    id: Mapped[id_column]
    business_key: Mapped[str] = mapped_column(String(160), unique=True)
    channel: Mapped[MessageChannel] = mapped_column(
        Word(MessageChannel), default=MessageChannel.SMS, server_default=MessageChannel.SMS
    )
    to_number: Mapped[str] = mapped_column(String(20), index=True)
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
    message_sid: Mapped[str | None] = mapped_column(String(34), unique=True)
    error: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[dt.datetime | None]


class InboundMessage(Base):
    """A text somebody sent us, and what we took it for."""

    __tablename__ = "inbound_messages"
    id: Mapped[id_column]
    message_sid: Mapped[str] = mapped_column(String(34), unique=True)
    from_number: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Text)
    understood_as: Mapped[str] = mapped_column(String(48))
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    received_at: Mapped[dt.datetime]
