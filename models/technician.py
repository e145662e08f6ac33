"""Technicians: what they can do, where they start, when they work."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.territory import Area
from policies.languages import Language


class Skill(Base):
    """Something a technician can be trained for, in levels from 1."""

    __tablename__ = "skills"
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))


class Technician(Base):
    """Somebody we send. `territory_codes` is empty for those who serve the whole area.

    `erased_at` is when what identifies somebody who has left was erased (S1).
    """

    __tablename__ = "technicians"
    id: Mapped[id_column]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    language: Mapped[Language] = mapped_column(Word(Language))
    home_latitude: Mapped[float]
    home_longitude: Mapped[float]
    territory_codes: Mapped[list[Any]]
    erased_at: Mapped[dt.datetime | None]

    area: Mapped[Area] = relationship()
    skills: Mapped[list[TechnicianSkill]] = relationship()


class TechnicianSkill(Base):
    """How well a technician holds a skill."""

    __tablename__ = "technician_skills"
    __table_args__ = (UniqueConstraint("technician_id", "skill_id"),)
    id: Mapped[id_column]
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    skill_id: Mapped[int] = mapped_column(BigId, ForeignKey("skills.id"))
    level: Mapped[int]

    skill: Mapped[Skill] = relationship()


class Shift(Base):
    """One stretch of work. The break must start between `break_from_at` and `break_until_at`."""

    __tablename__ = "shifts"
    __table_args__ = (UniqueConstraint("technician_id", "starts_at"),)
    id: Mapped[id_column]
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    starts_at: Mapped[dt.datetime] = mapped_column(index=True)
    ends_at: Mapped[dt.datetime]
    break_from_at: Mapped[dt.datetime | None]
    break_until_at: Mapped[dt.datetime | None]
    break_minutes: Mapped[int]
    overtime_limit_minutes: Mapped[int]
    is_night: Mapped[bool]

    technician: Mapped[Technician] = relationship()


class Absence(Base):
    """A stretch in which a technician cannot work, whatever the shifts say."""

    __tablename__ = "absences"
    __table_args__ = (Index("ix_absences_technician_from", "technician_id", "absent_from_at"),)
    id: Mapped[id_column]
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"))
    absent_from_at: Mapped[dt.datetime]
    absent_until_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(String(80))
