"""Calls, every step of them, and what was recorded (H14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Customer
from models.flow_version import FLOW_VERSION_LENGTH
from models.request import ServiceRequest
from policies.call_states import CallDirection, CallOutcome, CallState
from policies.languages import Language


class Call(Base):
    """One telephone call. `node` and `memory` are the flow's whole state: nothing is kept in cookies or processes.

    `flow_version` is that of the menu when the call came in, empty for a call the menu never spoke to. `contact_phone`
    is a number the caller gave to be reached at, if it is not the one they call from.
    """

    __tablename__ = "calls"
    __table_args__ = (
        # The figures of half a year are counted from the index alone.
        Index("ix_calls_started", "started_at", "direction", "outcome"),
        Index("ix_calls_state_seen", "state", "last_seen_at"),
    )
    id: Mapped[id_column]
    call_sid: Mapped[str] = mapped_column(String(34), unique=True)
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"))
    direction: Mapped[CallDirection] = mapped_column(
        Word(CallDirection), default=CallDirection.INBOUND, server_default=CallDirection.INBOUND
    )
    from_number: Mapped[str] = mapped_column(String(64), index=True)
    to_number: Mapped[str] = mapped_column(String(64))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[CallState] = mapped_column(Word(CallState))
    outcome: Mapped[CallOutcome | None] = mapped_column(Word(CallOutcome))
    language: Mapped[Language] = mapped_column(Word(Language))
    flow_version: Mapped[str] = mapped_column(String(FLOW_VERSION_LENGTH))
    node: Mapped[str] = mapped_column(String(40))
    memory: Mapped[dict[str, Any]]
    steps: Mapped[int]
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    started_at: Mapped[dt.datetime]
    first_audible_at: Mapped[dt.datetime | None]
    last_seen_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]

    customer: Mapped[Customer | None] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()
    events: Mapped[list[CallEvent]] = relationship(order_by="CallEvent.position")
    recordings: Mapped[list[Recording]] = relationship()


class CallEvent(Base):
    """One step of a call: what was said, pressed, offered, decided."""

    __tablename__ = "call_events"
    __table_args__ = (UniqueConstraint("call_id", "position"),)
    id: Mapped[id_column]
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    node: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[dt.datetime]
    facts: Mapped[dict[str, Any]]


class Recording(Base):
    """A spoken message, or a conversation that somebody of ours recorded (`started_by`); kept by reference.

    It is ready only once Twilio says so. After its time the sound is erased and the row stays.
    """

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_erased_recorded", "erased_at", "recorded_at"),)
    id: Mapped[id_column]
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id"), index=True)
    recording_sid: Mapped[str | None] = mapped_column(String(34), unique=True)
    url: Mapped[str | None] = mapped_column(String(400))
    duration_seconds: Mapped[int | None]
    is_ready: Mapped[bool]
    recorded_at: Mapped[dt.datetime]
    started_by: Mapped[str | None] = mapped_column(String(80))
    paused_at: Mapped[dt.datetime | None]
    erased_at: Mapped[dt.datetime | None]

    listens: Mapped[list[RecordingListen]] = relationship(order_by="RecordingListen.id")


class RecordingListen(Base):
    """Somebody heard a recording."""

    __tablename__ = "recording_listens"
    id: Mapped[id_column]
    recording_id: Mapped[int] = mapped_column(BigId, ForeignKey("recordings.id"), index=True)
    listened_by: Mapped[str] = mapped_column(String(80))
    listened_at: Mapped[dt.datetime]
