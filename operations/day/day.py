"""What happens in an area on one day: who works, where they go, what has been done, what is still open (D9, D13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import (
    Absence,
    Area,
    Asset,
    Commitment,
    Recall,
    ServiceRequest,
    Shift,
    Site,
    SlotHold,
    SlotOffer,
    Stop,
    Technician,
    Visit,
)
from policies.campaigns import RecallState
from policies.commitments import CommitmentKind
from policies.request_states import RequestState
from policies.visit_states import ENDED, PROMISED, VisitState


@dataclass(frozen=True, slots=True)
class Day:
    """One area between two instants. `ended_visits` have left the plan: they have no stop any more."""

    area: Area
    technicians: Sequence[Technician]
    shifts: Sequence[Shift]
    absences: Sequence[Absence]
    stops: Sequence[Stop]
    ended_visits: Sequence[Visit]
    deadlines: Mapping[int, dt.datetime]


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that is not closed, its on-site clock, and the visit that was promised, if there is one.

    `unplaced_visit_id` is a visit of it that has no window yet.
    """

    request: ServiceRequest
    deadline_at: dt.datetime | None
    arrived_at: dt.datetime | None
    visit: Visit | None
    unplaced_visit_id: int | None = None


def find_area(session: Session, *, code: str | None) -> Area | None:
    """Return the area of this code, or the first one when no code is given; None if there is no such area."""
    wanted = select(Area).order_by(Area.code)
    return session.scalars(wanted.where(Area.code == code) if code else wanted).first()


def read_day(session: Session, *, area: Area, from_at: dt.datetime, until_at: dt.datetime) -> Day:
    """Read everything that touches the area between the two instants, in a handful of queries."""
    technicians = session.scalars(
        select(Technician).where(Technician.area_id == area.id).order_by(Technician.number)
    ).all()
    ids = [technician.id for technician in technicians]
    shifts = session.scalars(
        select(Shift)
        .where(Shift.technician_id.in_(ids), Shift.ends_at > from_at, Shift.starts_at < until_at)
        .order_by(Shift.starts_at)
    ).all()
    absences = session.scalars(
        select(Absence).where(
            Absence.technician_id.in_(ids), Absence.absent_until_at > from_at, Absence.absent_from_at < until_at
        )
    ).all()
    stops = _read_stops(session, area, from_at, until_at)
    ended = _read_ended(session, area, from_at, until_at)
    visits = [*ended, *(stop.visit for stop in stops if stop.visit is not None)]
    deadlines = _read_deadlines(session, [visit.request_id for visit in visits])
    return Day(area, technicians, shifts, absences, stops, ended, deadlines)


def list_open_requests(session: Session, *, area_id: int | None) -> list[OpenRequest]:
    """Return an area's open requests, the nearest deadline first; those no area was found for belong to every area.

    Recalled machines whose owners have been told and have yet to choose a time are on their campaign's page.
    """
    requests = session.scalars(
        select(ServiceRequest)
        .where(
            ServiceRequest.state != RequestState.CLOSED,
            or_(ServiceRequest.area_id == area_id, ServiceRequest.area_id.is_(None)),
            ~_waits_for_its_owner(),
        )
        .options(*request_parts(), selectinload(ServiceRequest.commitments))
    ).all()
    visits = session.scalars(
        select(Visit)
        .where(Visit.request_id.in_([request.id for request in requests]), Visit.state.not_in(ENDED))
        .options(joinedload(Visit.technician))
    ).all()
    promised = {visit.request_id: visit for visit in visits if visit.state in PROMISED}
    unplaced = {visit.request_id: visit.id for visit in visits if visit.state not in PROMISED}
    found = [
        _open_request(request, promised.get(request.id), unplaced_visit_id=unplaced.get(request.id))
        for request in requests
    ]
    return sorted(found, key=lambda item: (item.deadline_at is None, item.deadline_at or item.request.opened_at))


def _waits_for_its_owner() -> ColumnElement[bool]:
    """Whether a request is one of a recall, of ours to visit, for which no window is promised."""
    promised = exists().where(Visit.request_id == ServiceRequest.id, Visit.state.in_(PROMISED))
    recalled = exists().where(Recall.request_id == ServiceRequest.id, Recall.state == RecallState.REQUESTED)
    return and_(recalled, ~promised, ServiceRequest.area_id.is_not(None))


def request_parts() -> list[Any]:
    """Return what loads the names and places shown with a request; SQLAlchemy has no public type for such options."""
    return [
        joinedload(ServiceRequest.customer),
        joinedload(ServiceRequest.site).joinedload(Site.territory),
        joinedload(ServiceRequest.fault_category),
        joinedload(ServiceRequest.asset).joinedload(Asset.product),
    ]


def _open_request(request: ServiceRequest, visit: Visit | None, *, unplaced_visit_id: int | None) -> OpenRequest:
    clock = next((row for row in request.commitments if row.kind == CommitmentKind.ON_SITE), None)
    return OpenRequest(
        request=request,
        deadline_at=clock.deadline_at if clock else None,
        arrived_at=visit.arrived_at if visit else None,
        visit=visit,
        unplaced_visit_id=unplaced_visit_id,
    )


def _read_stops(session: Session, area: Area, from_at: dt.datetime, until_at: dt.datetime) -> Sequence[Stop]:
    return session.scalars(
        select(Stop)
        .where(Stop.area_id == area.id, Stop.planned_end_at > from_at, Stop.planned_arrive_at < until_at)
        .order_by(Stop.planned_start_at)
        .options(
            joinedload(Stop.shift),
            joinedload(Stop.visit).joinedload(Visit.request).options(*request_parts()),
            joinedload(Stop.hold).joinedload(SlotHold.offer).joinedload(SlotOffer.visit).joinedload(Visit.request),
        )
    ).all()


def _read_ended(session: Session, area: Area, from_at: dt.datetime, until_at: dt.datetime) -> Sequence[Visit]:
    inside = [(moment >= from_at) & (moment < until_at) for moment in (Visit.arrived_at, Visit.completed_at)]
    return session.scalars(
        select(Visit)
        .where(
            Visit.area_id == area.id,
            Visit.state.in_(ENDED - {VisitState.CANCELLED}),
            Visit.technician_id.is_not(None),
            or_(*inside),
        )
        .options(joinedload(Visit.request).options(*request_parts()))
    ).all()


def _read_deadlines(session: Session, request_ids: Sequence[int]) -> dict[int, dt.datetime]:
    found = session.execute(
        select(Commitment.request_id, Commitment.deadline_at).where(
            Commitment.request_id.in_(request_ids), Commitment.kind == CommitmentKind.ON_SITE
        )
    )
    return {request_id: deadline_at for request_id, deadline_at in found if request_id is not None}
