"""Past days played again and days ahead tried out, with what came of each run."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.territory import Area
from policies.replays import ReplayState


class Replay(Base):
    """One question put to the planner: a period, what is changed in it, and how often it is played (D16).

    `change` holds what differs from how it is: team, hours, policy, calls. `fingerprint` tells whether the period is
    still the one the first runs were played on. `happened` is what really came of a past period.
    """

    __tablename__ = "replays"
    id: Mapped[id_column]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    first_on: Mapped[dt.date]
    days: Mapped[int]
    calls_per_day: Mapped[int | None]
    change: Mapped[dict[str, Any]]
    runs_wanted: Mapped[int]
    seed: Mapped[int]
    state: Mapped[ReplayState] = mapped_column(Word(ReplayState), index=True)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    happened: Mapped[dict[str, Any]]
    trouble: Mapped[str] = mapped_column(Text)
    ordered_by: Mapped[str] = mapped_column(String(80))
    ordered_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]

    area: Mapped[Area] = relationship()
    runs: Mapped[list[ReplayRun]] = relationship(order_by="ReplayRun.number")


class ReplayRun(Base):
    """One run of a replay: the figures of the period as it is, and as it would be where something is changed."""

    __tablename__ = "replay_runs"
    __table_args__ = (UniqueConstraint("replay_id", "number"),)
    id: Mapped[id_column]
    replay_id: Mapped[int] = mapped_column(BigId, ForeignKey("replays.id"))
    number: Mapped[int]
    figures: Mapped[list[Any]]
