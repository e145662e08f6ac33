"""What can be wrong with a product family (H4)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.technician import Skill
from policies.priorities import Severity
from policies.request_kinds import RequestKind


class FaultCategory(Base):
    """A kind of fault of one product family: its key order in the menu, the skill and minutes a visit needs.

    Care and installations are no faults but need a visit just as well: `kind` says so, and no menu offers them.
    One that is not active stays on what was reported with it, and nobody is offered it any more.
    """

    __tablename__ = "fault_categories"
    __table_args__ = (UniqueConstraint("family", "position"),)
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    family: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[RequestKind] = mapped_column(Word(RequestKind), default=RequestKind.REPAIR, server_default="repair")
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    severity: Mapped[Severity] = mapped_column(Word(Severity))
    priority: Mapped[int]
    duration_minutes: Mapped[int]
    skill_id: Mapped[int] = mapped_column(BigId, ForeignKey("skills.id"))
    skill_level: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())

    skill: Mapped[Skill] = relationship()
