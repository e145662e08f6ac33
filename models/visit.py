"""One trip to one site."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.request import ServiceRequest
from models.technician import Technician
from policies.visit_states import IncompleteReason, VisitState


class Visit(Base):
    """One trip. `code` is what the technician texts back; the window is what the customer was last promised (D5).

    The first promised window stays beside the last, so that promising again cannot hide a miss. `expected_at` is when
    the technician himself last said he would be there, `set_out_at` when he last said that he was on the way. Long
    after a visit its code goes to another, and a number is put behind its own: `K7PD-4711`. `visits_before` is how
    often somebody had been there for the request when this technician arrived.
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_area_state", "area_id", "state"),
        # How often a request was visited, and for how long, is answered from the index alone.
        Index("ix_visits_request", "request_id", "state", "arrived_at", "completed_at"),
    )
    id: Mapped[id_column]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("service_requests.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    technician_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[VisitState] = mapped_column(Word(VisitState))
    incomplete_reason: Mapped[IncompleteReason | None] = mapped_column(Word(IncompleteReason))
    duration_minutes: Mapped[int]
    expected_at: Mapped[dt.datetime | None]
    window_from_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    window_until_at: Mapped[dt.datetime | None]
    first_window_from_at: Mapped[dt.datetime | None]
    first_window_until_at: Mapped[dt.datetime | None]
    set_out_at: Mapped[dt.datetime | None]
    arrived_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    completed_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    visits_before: Mapped[int] = mapped_column(default=0, server_default="0")

    request: Mapped[ServiceRequest] = relationship()
    technician: Mapped[Technician | None] = relationship()
