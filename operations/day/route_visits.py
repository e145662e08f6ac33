"""A shift's visits in the order they are driven: done, under way, and still to come (D10, D11)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Shift, Stop, ToldStop, Visit
from operations.day.day import request_parts
from policies.visit_states import VisitState


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit of a route and when it starts or started."""

    visit: Visit
    starts_at: dt.datetime


def list_route_visits(session: Session, *, shift: Shift) -> list[PlannedVisit]:
    """Return what a technician was told for a shift, as it stands now; cancelled visits are no longer part of it.

    Visits planned but not told yet are left out: a technician learns of them by message (D10). Ended visits have left
    the plan and stand at the time they were worked on.
    """
    told = session.execute(
        select(Visit, ToldStop.planned_start_at)
        .join(ToldStop, ToldStop.visit_id == Visit.id)
        .where(ToldStop.shift_id == shift.id, Visit.state != VisitState.CANCELLED)
        .options(joinedload(Visit.request).options(*request_parts()))
    )
    stops = session.scalars(select(Stop).where(Stop.shift_id == shift.id))
    stop_starts = {stop.visit_id: stop.planned_start_at for stop in stops}
    visits = [
        PlannedVisit(visit, visit.arrived_at or stop_starts.get(visit.id) or visit.completed_at or told_at)
        for visit, told_at in told
    ]
    return sorted(visits, key=lambda item: item.starts_at)
