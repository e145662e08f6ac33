"""The duty roster, and the major faults it answers (H11)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.request import ServiceRequest
from models.territory import Area
from policies.duty import DutyRole, MajorFaultState
from policies.languages import Language


class DutyTurn(Base):
    """One stretch in which somebody can be called at any hour; without an area, for all of them."""

    __tablename__ = "duty_turns"
    __table_args__ = (
        UniqueConstraint("phone", "from_at"),
        Index("ix_duty_turns_span", "from_at", "until_at"),
    )
    id: Mapped[id_column]
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"))
    role: Mapped[DutyRole] = mapped_column(Word(DutyRole))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20))
    language: Mapped[Language] = mapped_column(Word(Language))
    from_at: Mapped[dt.datetime]
    until_at: Mapped[dt.datetime]

    area: Mapped[Area | None] = relationship()


class DutyLadder:
    """The columns of whatever makes us call one person on duty after the other.

    `called_turn_ids` are those called in this `round` of the ladder; `next_call_at` is when the clock goes on by
    itself, whatever became of the last call. The whole state is the row: a restart in the middle loses nothing.
    """

    round: Mapped[int]
    called_turn_ids: Mapped[list[Any]]
    next_call_at: Mapped[dt.datetime]
    accepted_turn_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("duty_turns.id"))
    accepted_at: Mapped[dt.datetime | None]


class MajorFault(DutyLadder, Base):
    """A major fault and who has been called about it."""

    __tablename__ = "major_faults"
    __table_args__ = (Index("ix_major_faults_state_next", "state", "next_call_at"),)
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), unique=True)
    state: Mapped[MajorFaultState] = mapped_column(Word(MajorFaultState))
    measure: Mapped[str | None] = mapped_column(Text)
    measured_by: Mapped[str | None] = mapped_column(String(80))
    measured_at: Mapped[dt.datetime | None]

    request: Mapped[ServiceRequest] = relationship()
    accepted_turn: Mapped[DutyTurn | None] = relationship()
