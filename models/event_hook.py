"""Other systems that are told of events, and each event on its way to them (H16)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from policies.event_hooks import LONGEST_ADDRESS, DeliveryState, HookState


class EventHook(Base):
    """An address that is told of some kinds of events.

    The secret signs what is posted; it is shown only once and kept sealed (`operations/foundation/seal.py`).
    """

    __tablename__ = "event_hooks"
    id: Mapped[id_column]
    address: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    secret: Mapped[str] = mapped_column(String(300))
    kinds: Mapped[list[Any]]
    state: Mapped[HookState] = mapped_column(Word(HookState))
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[dt.datetime]


class HookDelivery(Base):
    """One event on its way to one hook, stored with the event itself; a test has no event."""

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        UniqueConstraint("hook_id", "event_id"),
        Index("ix_hook_deliveries_state_next", "state", "next_try_at"),
        Index("ix_hook_deliveries_created_at", "created_at"),
    )
    id: Mapped[id_column]
    hook_id: Mapped[int] = mapped_column(BigId, ForeignKey("event_hooks.id"))
    event_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("status_events.id"))
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    next_try_at: Mapped[dt.datetime]
    claimed_at: Mapped[dt.datetime | None]
    decided_at: Mapped[dt.datetime | None]
    answer: Mapped[str | None] = mapped_column(String(200))

    hook: Mapped[EventHook] = relationship()
