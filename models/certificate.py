"""Papers that say until when a technician may do what a skill stands for (T1)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, id_column
from models.technician import Skill, Technician


class Certificate(Base):
    """One certificate of one technician for one skill, valid on its last day too."""

    __tablename__ = "certificates"
    __table_args__ = (UniqueConstraint("technician_id", "skill_id", "valid_until_on"),)
    id: Mapped[id_column]
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"))
    skill_id: Mapped[int] = mapped_column(BigId, ForeignKey("skills.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    valid_until_on: Mapped[dt.date]

    technician: Mapped[Technician] = relationship()
    skill: Mapped[Skill] = relationship()
