"""The live plan of an area, its stops, proposals for a new one, and what technicians have been told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.offer import SlotHold
from models.technician import Shift, Technician
from models.visit import Visit
from policies.publication import ProposalState
from policies.visit_locks import VisitLockKind
from policies.visit_states import VisitState


class LivePlan(Base):
    """One row per area. Whoever changes the plan locks this row, checks `revision`, and adds one (DESIGN).

    `day_told_at` is when the area's day last went out to its technicians, whether or not there was anything to tell.
    """

    __tablename__ = "live_plans"
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"), primary_key=True)
    revision: Mapped[int]
    changed_at: Mapped[dt.datetime]
    day_told_at: Mapped[dt.datetime | None]


class Stop(Base):
    """A place in the live plan, taken by a booked visit or by a window held for a caller; never by both.

    A lock pins technician, start (`locked_from_at`) or a range of starts, and ends with the place. `is_override`: the
    technician was chosen against the rules of skill and territory, by a person who gave a reason.
    """

    __tablename__ = "stops"
    __table_args__ = (Index("ix_stops_area_start", "area_id", "planned_start_at"),)
    id: Mapped[id_column]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("live_plans.area_id"))
    shift_id: Mapped[int] = mapped_column(BigId, ForeignKey("shifts.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), unique=True)
    hold_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("slot_holds.id", ondelete="CASCADE"), unique=True)
    planned_arrive_at: Mapped[dt.datetime]
    planned_start_at: Mapped[dt.datetime]
    planned_end_at: Mapped[dt.datetime]
    travel_seconds: Mapped[int]
    travel_metres: Mapped[int]
    lock_kind: Mapped[VisitLockKind | None] = mapped_column(Word(VisitLockKind))
    locked_from_at: Mapped[dt.datetime | None]
    locked_until_at: Mapped[dt.datetime | None]
    is_override: Mapped[bool] = mapped_column(default=False, server_default=false())

    shift: Mapped[Shift] = relationship()
    visit: Mapped[Visit | None] = relationship()
    hold: Mapped[SlotHold | None] = relationship()


class PlanProposal(Base):
    """A solved plan waiting to be reviewed; `changes` against the live plan at `base_revision`."""

    __tablename__ = "plan_proposals"
    id: Mapped[id_column]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"), index=True)
    base_revision: Mapped[int]
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState))
    reason: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    stops: Mapped[list[Any]]
    changes: Mapped[list[Any]]
    score: Mapped[dict[str, Any]]


class ToldStop(Base):
    """What a technician was last told about a visit: the other side of every difference (D10).

    `called_at` is when he was telephoned because he had not answered; telling him anew begins that anew.
    """

    __tablename__ = "told_stops"
    __table_args__ = (UniqueConstraint("visit_id"), Index("ix_told_stops_technician_id", "technician_id"))
    id: Mapped[id_column]
    visit_id: Mapped[int] = mapped_column(BigId, ForeignKey("visits.id"))
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"))
    shift_id: Mapped[int] = mapped_column(BigId, ForeignKey("shifts.id"))
    planned_start_at: Mapped[dt.datetime]
    told_at: Mapped[dt.datetime]
    called_at: Mapped[dt.datetime | None]
    escalated_at: Mapped[dt.datetime | None]

    visit: Mapped[Visit] = relationship()
    technician: Mapped[Technician] = relationship()


class PlanMove(Base):
    """A visit that a dispatcher moved by hand, with what it takes to undo it while nobody has been told."""

    __tablename__ = "plan_moves"
    __table_args__ = (Index("ix_plan_moves_area_made", "area_id", "made_at"),)
    id: Mapped[id_column]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    visit_id: Mapped[int] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    from_shift_id: Mapped[int] = mapped_column(BigId, ForeignKey("shifts.id"))
    from_start_at: Mapped[dt.datetime]
    to_shift_id: Mapped[int] = mapped_column(BigId, ForeignKey("shifts.id"))
    to_start_at: Mapped[dt.datetime]
    state_before: Mapped[VisitState] = mapped_column(Word(VisitState))
    window_before_from_at: Mapped[dt.datetime | None]
    window_before_until_at: Mapped[dt.datetime | None]
    lock_before: Mapped[VisitLockKind | None] = mapped_column(Word(VisitLockKind))
    locked_before_from_at: Mapped[dt.datetime | None]
    locked_before_until_at: Mapped[dt.datetime | None]
    was_override: Mapped[bool]
    broken: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[dt.datetime]
    undone_by: Mapped[str | None] = mapped_column(String(80))
    undone_at: Mapped[dt.datetime | None]

    visit: Mapped[Visit] = relationship()
