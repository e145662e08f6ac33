"""The rows a planning problem is made of, read in a handful of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from models import Absence, Commitment, ServiceRequest, Shift, SlotHold, SlotOffer, Stop, Technician, Visit
from models.diagnosis import FaultCategory
from models.technician import TechnicianSkill
from policies.commitments import CommitmentKind
from policies.visit_states import STARTED, VisitState


@dataclass(frozen=True, slots=True)
class PlanRows:
    """Shifts of the horizon with their absences, the live plan's stops, what has started, and deadlines by request."""

    shifts: Sequence[Shift]
    absences: Sequence[Absence]
    stops: Sequence[Stop]
    last_places: Sequence[Visit]
    deadlines: dict[int, dt.datetime]


def read_plan_rows(session: Session, *, area_id: int, now: dt.datetime, until: dt.datetime) -> PlanRows:
    """Read everything of an area that bears on its plan between `now` and `until`."""
    shifts = session.scalars(
        select(Shift)
        .join(Technician)
        .where(Technician.area_id == area_id, Shift.ends_at > now, Shift.starts_at < until)
        .order_by(Shift.starts_at, Shift.id)
        .options(joinedload(Shift.technician).selectinload(Technician.skills).joinedload(TechnicianSkill.skill))
    ).all()
    technician_ids = {shift.technician_id for shift in shifts}
    absences = session.scalars(
        select(Absence).where(
            Absence.technician_id.in_(technician_ids), Absence.absent_until_at > now, Absence.absent_from_at < until
        )
    ).all()
    stops = session.scalars(
        select(Stop)
        .where(Stop.area_id == area_id, Stop.shift_id.in_({shift.id for shift in shifts}))
        .order_by(Stop.shift_id, Stop.planned_start_at, Stop.id)
        .options(
            selectinload(Stop.visit).options(*_visit_parts()),
            selectinload(Stop.hold).joinedload(SlotHold.offer).joinedload(SlotOffer.visit).options(*_visit_parts()),
        )
    ).all()
    last_places = session.scalars(
        select(Visit)
        .where(
            Visit.technician_id.in_(technician_ids),
            Visit.state.in_((*STARTED, VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS)),
            Visit.window_until_at > now - dt.timedelta(hours=16),
        )
        .options(joinedload(Visit.request).joinedload(ServiceRequest.site))
    ).all()
    return PlanRows(shifts, absences, stops, last_places, _read_deadlines(session, stops))


def _visit_parts() -> tuple[_AbstractLoad, ...]:
    request = joinedload(Visit.request)
    return (
        request.joinedload(ServiceRequest.site),
        request.joinedload(ServiceRequest.fault_category).joinedload(FaultCategory.skill),
    )


def _read_deadlines(session: Session, stops: Sequence[Stop]) -> dict[int, dt.datetime]:
    request_ids = {visit.request_id for stop in stops if (visit := visit_of(stop)) is not None}
    rows = session.execute(
        select(Commitment.request_id, Commitment.deadline_at).where(
            Commitment.request_id.in_(request_ids), Commitment.kind == CommitmentKind.ON_SITE
        )
    )
    return {request_id: deadline_at for request_id, deadline_at in rows if request_id is not None}


def visit_of(stop: Stop) -> Visit | None:
    """Return the visit a stop is for: its own, or the one its hold was offered for."""
    if stop.visit is not None:
        return stop.visit
    return stop.hold.offer.visit if stop.hold is not None else None
