"""Partners who go where we do not drive ourselves, and the requests handed over to them (H13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.request import ServiceRequest
from policies.handovers import HandoverState
from policies.languages import Language


class ServicePoint(Base):
    """A partner: the districts they serve (none: wherever nobody else does), and the telephone that gets our texts."""

    __tablename__ = "service_points"
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20))
    language: Mapped[Language] = mapped_column(Word(Language))
    time_zone: Mapped[str] = mapped_column(String(64))
    districts: Mapped[list[Any]]
    position: Mapped[int]
    is_active: Mapped[bool]


class Handover(Base):
    """One request offered to one service point, and what came of it. Of several only the last can be live."""

    __tablename__ = "handovers"
    __table_args__ = (
        UniqueConstraint("request_id", "service_point_id"),
        Index("ix_handovers_state_answer", "state", "answer_until_at"),
    )
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    service_point_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_points.id"), index=True)
    state: Mapped[HandoverState] = mapped_column(Word(HandoverState))
    offered_at: Mapped[dt.datetime]
    answer_until_at: Mapped[dt.datetime]
    coming_from_at: Mapped[dt.datetime | None]
    coming_until_at: Mapped[dt.datetime | None]
    lateness_noted_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]

    request: Mapped[ServiceRequest] = relationship()
    service_point: Mapped[ServicePoint] = relationship()
