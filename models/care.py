"""Active service: plans with their settings, and one row for each date of each machine (F3, D15)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.agreement import Agreement
from models.base import Base, BigId, Word, id_column
from models.customer import Asset
from models.diagnosis import FaultCategory
from models.request import ServiceRequest
from policies.care import CareKind, CareRhythm, CareState, Rhythm


class PreventivePlan(Base):
    """The settings of one kind of active service: how often, for which machines, how far a date may move.

    `family` empty means all machines; `starts_on` is the first day that counts. A plan of an agreement is for what that
    covers, from its first to its last day and only while it is in force (C6). A plan of visits names what the
    planner must know of them: minutes, skill and level stand in its fault category. Dates are written until
    `written_until_on` for machines up to `written_asset_id`; without a day the whole plan is still to be written.
    """

    __tablename__ = "preventive_plans"
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[CareKind] = mapped_column(Word(CareKind))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    rhythm: Mapped[Rhythm] = mapped_column(Word(Rhythm))
    month: Mapped[int | None]
    day: Mapped[int | None]
    after_days: Mapped[int | None]
    days_before: Mapped[int]
    days_after: Mapped[int]
    family: Mapped[str | None] = mapped_column(String(40))
    starts_on: Mapped[dt.date]
    fault_category_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("fault_categories.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("agreements.id"), index=True)
    is_active: Mapped[bool]
    written_until_on: Mapped[dt.date | None]
    written_asset_id: Mapped[int] = mapped_column(BigId, default=0, server_default="0")

    fault_category: Mapped[FaultCategory | None] = relationship()
    agreement: Mapped[Agreement | None] = relationship()

    @property
    def dates(self) -> CareRhythm:
        """The settings as the policy takes them."""
        return CareRhythm(self.rhythm, self.month, self.day, self.after_days, self.days_before, self.days_after)


class CareDate(Base):
    """One date of a plan for one machine. `due_on` never changes, so nothing is made twice; `wanted_on` may move.

    `tried_at`: when a window was last looked for in vain.
    """

    __tablename__ = "care_dates"
    __table_args__ = (
        UniqueConstraint("plan_id", "asset_id", "due_on"),
        Index("ix_care_dates_state_wanted", "state", "wanted_on"),
    )
    id: Mapped[id_column]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("preventive_plans.id"))
    asset_id: Mapped[int] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    due_on: Mapped[dt.date]
    wanted_on: Mapped[dt.date]
    state: Mapped[CareState] = mapped_column(Word(CareState))
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    changed_by: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    done_on: Mapped[dt.date | None]
    tried_at: Mapped[dt.datetime | None]

    plan: Mapped[PreventivePlan] = relationship()
    asset: Mapped[Asset] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()
