"""What upset the plan of an area, and the planner's answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.plan import PlanProposal
from models.technician import Technician
from policies.plan_events import PlanEventKind, PlanEventOutcome


class PlanEvent(Base):
    """Something that happened to the plan, recorded once and answered once by a small proposal (D6).

    `free_at` is when a late technician can go on, or an absent one is back. `visit_ids` are the visits whose promise
    slips, after the answer too.
    """

    __tablename__ = "plan_events"
    __table_args__ = (
        Index("ix_plan_events_area_answered", "area_id", "answered_at"),
        Index("ix_plan_events_technician_free", "technician_id", "free_at"),
    )
    id: Mapped[id_column]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    kind: Mapped[PlanEventKind] = mapped_column(Word(PlanEventKind))
    technician_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("technicians.id"))
    free_at: Mapped[dt.datetime | None]
    visit_ids: Mapped[list[Any]]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[str] = mapped_column(String(80))
    answered_at: Mapped[dt.datetime | None]
    outcome: Mapped[PlanEventOutcome | None] = mapped_column(Word(PlanEventOutcome))
    proposal_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plan_proposals.id"))

    technician: Mapped[Technician | None] = relationship()
    proposal: Mapped[PlanProposal | None] = relationship()
