"""A shift's visits in the order they are driven: done, under way, and still to come (D10, D11)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from models import Shift, ToldStop, Visit
from operations.day import request_parts
from operations.routes import list_stops
from policies.visit_states import ENDED, VisitState


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit of a route and when it starts or started."""

    visit: Visit
    starts_at: dt.datetime


def list_route_visits(session: Session, *, shift: Shift) -> list[PlannedVisit]:
    """Return what a technician was told for a shift and what he has done in it, as it stands now.

    Visits planned but not told yet are left out: a technician learns of them by message (D10). Ended visits have left
    the plan and are found by when they were done.
    """
    told = set(session.scalars(select(ToldStop.visit_id).where(ToldStop.shift_id == shift.id)))
    planned = [
        PlannedVisit(stop.visit, stop.visit.arrived_at or stop.planned_start_at)
        for stop in list_stops(session, shift_id=shift.id)
        if stop.visit is not None and stop.visit_id in told
    ]
    known = {item.visit.id for item in planned}
    ended = session.scalars(
        select(Visit)
        .where(
            Visit.technician_id == shift.technician_id,
            Visit.state.in_(ENDED - {VisitState.CANCELLED}),
            or_(*(_inside(moment, shift) for moment in (Visit.arrived_at, Visit.completed_at))),
        )
        .options(joinedload(Visit.request).options(*request_parts()))
    ).all()
    done = [
        PlannedVisit(visit, visit.arrived_at or visit.completed_at or shift.starts_at)
        for visit in ended
        if visit.id not in known
    ]
    return sorted([*done, *planned], key=lambda item: item.starts_at)


def _inside(moment: InstrumentedAttribute[dt.datetime | None], shift: Shift) -> ColumnElement[bool]:
    return moment.between(shift.starts_at, shift.ends_at)
