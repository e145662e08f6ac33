"""What is on record about technicians, for themselves and those who lead them (T1, T2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.technician import Skill, Technician
from policies.team_records import TeamRecordKind


class TeamRecord(Base):
    """One entry: a training, praise, a warning, an award. Never changed; what was wrong is withdrawn with the reason.

    `is_passed` is of a training for a skill: who failed the last one is not sent for that skill.
    """

    __tablename__ = "team_records"
    __table_args__ = (Index("ix_team_records_technician_happened", "technician_id", "happened_on"),)
    id: Mapped[id_column]
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"))
    kind: Mapped[TeamRecordKind] = mapped_column(Word(TeamRecordKind))
    happened_on: Mapped[dt.date]
    words: Mapped[str] = mapped_column(Text)
    skill_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("skills.id"), index=True)
    is_passed: Mapped[bool | None]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[str] = mapped_column(String(80))
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(80))
    withdrawn_why: Mapped[str] = mapped_column(String(200), default="", server_default="")

    technician: Mapped[Technician] = relationship()
    skill: Mapped[Skill | None] = relationship()
