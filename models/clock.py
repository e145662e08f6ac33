"""How clocks count and whom they wake: rules, calendars and timers (K1, K2). Versions are only ever added."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.duty import DutyLadder
from models.request import Commitment
from policies.clocks.rules import Listener
from policies.clocks.timers import TimerState
from policies.duty import AlarmState


class ClockRuleVersion(Base):
    """What one kind of clock promises, from an instant on. A clock keeps the version in force when it started."""

    __tablename__ = "clock_rule_versions"
    __table_args__ = (UniqueConstraint("kind", "in_force_from_at"),)
    id: Mapped[id_column]
    kind: Mapped[str] = mapped_column(String(32))
    in_force_from_at: Mapped[dt.datetime]
    document: Mapped[dict[str, Any]]
    approved_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[dt.datetime]


class CalendarVersion(Base):
    """Opening hours, holidays and make-up workdays, from an instant on; clocks that run already keep the older one."""

    __tablename__ = "calendar_versions"
    __table_args__ = (UniqueConstraint("code", "in_force_from_at"),)
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(32))
    in_force_from_at: Mapped[dt.datetime]
    document: Mapped[dict[str, Any]]
    approved_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[dt.datetime]


class ClockTimer(Base):
    """One warning or escalation of one clock. It fires once, whatever restarts; `due_at` None: a pause holds it.

    With a `calendar` (its code) it wakes nobody while that one is closed; `is_called`: it telephones.
    """

    __tablename__ = "clock_timers"
    __table_args__ = (
        UniqueConstraint("commitment_id", "step"),
        Index("ix_clock_timers_state_due", "state", "due_at"),
    )
    id: Mapped[id_column]
    commitment_id: Mapped[int] = mapped_column(BigId, ForeignKey("commitments.id"))
    step: Mapped[str] = mapped_column(String(24))
    tells: Mapped[Listener] = mapped_column(Word(Listener))
    is_called: Mapped[bool] = mapped_column(default=False, server_default=false())
    calendar: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[TimerState] = mapped_column(Word(TimerState))
    due_at: Mapped[dt.datetime | None]
    fired_at: Mapped[dt.datetime | None]
    seen_at: Mapped[dt.datetime | None]
    seen_by: Mapped[str | None] = mapped_column(String(80))

    commitment: Mapped[Commitment] = relationship()


class ClockAlarm(DutyLadder, Base):
    """An escalation that telephones those on duty, one after the other, until one takes it or the clock has ended."""

    __tablename__ = "clock_alarms"
    __table_args__ = (Index("ix_clock_alarms_state_next", "state", "next_call_at"),)
    id: Mapped[id_column]
    timer_id: Mapped[int] = mapped_column(BigId, ForeignKey("clock_timers.id"), unique=True)
    state: Mapped[AlarmState] = mapped_column(Word(AlarmState))

    timer: Mapped[ClockTimer] = relationship()
