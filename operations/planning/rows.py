"""The rows a planning problem is made of, read as plain values in a few queries.

No table objects: an offer is read while a caller waits and the plan is locked, and building objects for sixty visits
and their technicians took three times as long as the planner itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from models import (
    Commitment,
    FaultCategory,
    PlanEvent,
    ServiceRequest,
    Site,
    Skill,
    SlotHold,
    SlotOffer,
    Stop,
    Territory,
    Visit,
)
from operations.planning.certificates import Lapses
from operations.planning.crew import CrewShift, Point, read_crew
from operations.planning.supplies import NO_SUPPLIES, Supplies, read_supplies
from policies.commitments import CommitmentKind
from policies.languages import Language
from policies.plan_events import PlanEventKind
from policies.request_kinds import RequestKind
from policies.visit_locks import VisitLockKind
from policies.visit_states import STARTED, VisitState

_PLACE = (Stop.id, Stop.shift_id, Stop.planned_start_at, Stop.hold_id)
_LOCK = (Stop.lock_kind, Stop.locked_from_at, Stop.locked_until_at, Stop.is_override)


def _with_needs(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Add what the planner must know of each stop's visit, for the stops of some shifts of an area."""
    return (
        query.add_columns(
            Visit.id,
            Visit.request_id,
            Visit.state,
            Visit.duration_minutes,
            ServiceRequest.priority,
            Site.latitude,
            Site.longitude,
            Territory.code,
            Skill.code,
            FaultCategory.skill_level,
            ServiceRequest.language,
            ServiceRequest.kind,
        )
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .join(Site, Site.id == ServiceRequest.site_id)
        .outerjoin(Territory, Territory.id == Site.territory_id)
        .join(FaultCategory, FaultCategory.id == ServiceRequest.fault_category_id)
        .join(Skill, Skill.id == FaultCategory.skill_id)
        .where(Stop.area_id == bindparam("area_id"), Stop.shift_id.in_(bindparam("shift_ids", expanding=True)))
    )


# Each offer reads these while others wait for the plan: made once, they need not be built and recognised each time.
_BOOKED: Final = _with_needs(
    select(*_PLACE, Visit.window_from_at, Visit.window_until_at, *_LOCK).join(Visit, Visit.id == Stop.visit_id)
)
_HELD: Final = _with_needs(
    select(*_PLACE, SlotHold.window_from_at, SlotHold.window_until_at, *_LOCK)
    .join(SlotHold, SlotHold.id == Stop.hold_id)
    .join(SlotOffer, SlotOffer.id == SlotHold.offer_id)
    .join(Visit, Visit.id == SlotOffer.visit_id)
)

LOOK_BACK = dt.timedelta(hours=16)
"""The longest a shift can have been going on."""


class VisitWithoutSite(ValueError):
    """A visit's request has no site or no fault category yet; a clerk must fill them in before it can be planned."""


@dataclass(frozen=True, slots=True)
class VisitNeeds:
    """What the planner must know of a visit."""

    id: int
    request_id: int
    state: VisitState
    duration_minutes: int
    priority: int
    point: Point
    territory_code: str | None
    skill_code: str
    skill_level: int
    language: Language
    kind: RequestKind = RequestKind.REPAIR


@dataclass(frozen=True, slots=True)
class PlaceLock:
    """What a person has pinned of a place; `waives_rules` when the technician was chosen against the rules."""

    kind: VisitLockKind
    from_at: dt.datetime | None
    until_at: dt.datetime | None
    waives_rules: bool


@dataclass(frozen=True, slots=True)
class PlacedStop:
    """A place in the live plan: for a visit's promised window, or for one held for a caller (`hold_id`)."""

    id: int
    shift_id: int
    start_at: dt.datetime
    hold_id: int | None
    window_from_at: dt.datetime | None
    window_until_at: dt.datetime | None
    visit: VisitNeeds
    lock: PlaceLock | None = None

    @property
    def key(self) -> str:
        """The stop's visit or hold in planning problems."""
        return visit_key(self.visit.id) if self.hold_id is None else hold_key(self.hold_id)


@dataclass(frozen=True, slots=True)
class LastPlace:
    """Where a technician is, goes, or was last, from a visit that has started or ended."""

    technician_id: int
    state: VisitState
    duration_minutes: int
    window_from_at: dt.datetime | None
    window_until_at: dt.datetime | None
    arrived_at: dt.datetime | None
    completed_at: dt.datetime | None
    latitude: float
    longitude: float

    @property
    def point(self) -> Point:
        """The visit's site."""
        return self.latitude, self.longitude


@dataclass(frozen=True, slots=True)
class PlanRows:
    """An area's crew and stops within the horizon, where people are now, and deadlines by request.

    `absences` are stretches, `delays` when a technician who said so will be free, by technician.
    """

    shifts: Sequence[CrewShift]
    skills: dict[int, dict[str, int]]
    absences: Sequence[tuple[int, dt.datetime, dt.datetime]]
    delays: dict[int, dt.datetime]
    stops: Sequence[PlacedStop]
    last_places: Sequence[LastPlace]
    deadlines: dict[int, dt.datetime]
    supplies: Supplies = NO_SUPPLIES
    lapses: Lapses = field(default_factory=dict)


def visit_key(visit_id: int) -> str:
    """Return a visit's id in planning problems."""
    return f"visit:{visit_id}"


def hold_key(hold_id: int) -> str:
    """Return a held window's id in planning problems."""
    return f"hold:{hold_id}"


def read_plan_rows(
    session: Session,
    *,
    area_id: int,
    now: dt.datetime,
    until: dt.datetime,
    technicians: Collection[int] | None = None,
) -> PlanRows:
    """Read everything of an area that bears on its plan between `now` and `until`.

    With `technicians` their shifts and visits alone are read.
    """
    crew = read_crew(session, area_id=area_id, now=now, until=until)
    if technicians is not None:
        crew = crew.of(technicians)
    technician_ids = {shift.technician_id for shift in crew.shifts}
    stops = _read_stops(session, area_id, {shift.id for shift in crew.shifts})
    return PlanRows(
        crew.shifts,
        crew.skills,
        crew.absences,
        read_delays(session, technician_ids, now),
        stops,
        _read_last_places(session, technician_ids, now),
        _read_deadlines(session, {stop.visit.request_id for stop in stops}, now),
        read_supplies(session, area_id=area_id, now=now),
        crew.lapses,
    )


def needs_of(visit: Visit) -> VisitNeeds:
    """Return what the planner must know of a visit that has no place yet; raises VisitWithoutSite."""
    request = visit.request
    if request.site is None or request.fault_category is None:
        raise VisitWithoutSite(f"request {request.number}")
    site, fault = request.site, request.fault_category
    return VisitNeeds(
        visit.id,
        visit.request_id,
        visit.state,
        visit.duration_minutes,
        request.priority,
        (site.latitude, site.longitude),
        site.territory.code if site.territory else None,
        fault.skill.code,
        fault.skill_level,
        request.language,
        request.kind,
    )


def read_delays(session: Session, technician_ids: Collection[int], now: dt.datetime) -> dict[int, dt.datetime]:
    """Return when technicians who said they are late will be free; the last word of each counts."""
    rows = session.execute(
        select(PlanEvent.technician_id, PlanEvent.free_at)
        .where(
            PlanEvent.kind == PlanEventKind.TECHNICIAN_LATE,
            PlanEvent.technician_id.in_(technician_ids),
            PlanEvent.free_at > now,
        )
        .order_by(PlanEvent.id)
    )
    return {technician_id: free_at for technician_id, free_at in rows if technician_id is not None and free_at}


def _read_stops(session: Session, area_id: int, shift_ids: set[int]) -> list[PlacedStop]:
    wanted = {"area_id": area_id, "shift_ids": shift_ids}
    rows = [tuple(row) for query in (_BOOKED, _HELD) for row in session.execute(query, wanted)]
    rows.sort(key=lambda row: (row[1], row[2], row[0]))
    return [
        PlacedStop(id_, shift_id, start_at, hold_id, from_at, until_at, _needs(row[10:]), _lock(*row[6:10]))
        for row in rows
        for id_, shift_id, start_at, hold_id, from_at, until_at in (row[:6],)
    ]


def _lock(
    kind: VisitLockKind | None,
    from_at: dt.datetime | None = None,
    until_at: dt.datetime | None = None,
    waives_rules: bool = False,  # noqa: FBT001, FBT002 (a column of a row)
) -> PlaceLock | None:
    return None if kind is None else PlaceLock(kind, from_at, until_at, waives_rules)


def _needs(values: Sequence[Any]) -> VisitNeeds:
    id_, request_id, state, minutes, priority, latitude, longitude, *others = values
    return VisitNeeds(id_, request_id, state, minutes, priority, (latitude, longitude), *others)


def _read_last_places(session: Session, technician_ids: set[int], now: dt.datetime) -> list[LastPlace]:
    seen = (*STARTED, VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS)
    rows: Iterable[Any] = session.execute(
        select(
            Visit.technician_id,
            Visit.state,
            Visit.duration_minutes,
            Visit.window_from_at,
            Visit.window_until_at,
            Visit.arrived_at,
            Visit.completed_at,
            Site.latitude,
            Site.longitude,
        )
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .join(Site, Site.id == ServiceRequest.site_id)
        .where(
            Visit.technician_id.in_(technician_ids),
            Visit.state.in_(seen),
            func.coalesce(Visit.completed_at, Visit.arrived_at, Visit.window_until_at) > now - LOOK_BACK,
        )
    )
    return [LastPlace(*row) for row in rows]


def _read_deadlines(session: Session, request_ids: set[int], now: dt.datetime) -> dict[int, dt.datetime]:
    """Return until when each request needs somebody; while its clock is paused, as if it went on now."""
    rows = session.execute(
        select(Commitment.request_id, Commitment.deadline_at, Commitment.left_seconds).where(
            Commitment.request_id.in_(request_ids), Commitment.kind == CommitmentKind.ON_SITE
        )
    )
    return {
        request_id: deadline_at if left_seconds is None else max(deadline_at, now + dt.timedelta(seconds=left_seconds))
        for request_id, deadline_at, left_seconds in rows
        if request_id is not None
    }
