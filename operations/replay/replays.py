"""Scenarios out of the database: a past day as it was called in and worked, or the days ahead as they may be (D16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import dispatch
from dispatch.replay import Chances, ChoiceRule, Demand, Policy, Request, Scenario, StraightLine, Taste
from dispatch.risk.spreads import Spreads
from models import Area, Commitment, FaultCategory, ServiceRequest, Site, Technician, Visit
from operations.foundation.figures import figures_at
from operations.planning.crew import CrewShift, Point
from operations.planning.demand import learn_demand
from operations.planning.road_times import read_road_rows
from operations.planning.rows import PlanRows, read_plan_rows
from operations.planning.snapshot import present_span
from operations.planning.spreads import LearntSpreads, learn_spreads
from policies.commitments import CommitmentKind
from policies.figures import Figures
from policies.visit_states import VisitState

AFTERWARDS = dt.timedelta(hours=72)
"""Shifts known this long after the period may take what was called in towards its end."""
LOOK_BACK = dt.timedelta(days=7)
"""How long before the period a request that still stands can have been called in."""
DONE = frozenset({VisitState.COMPLETED, VisitState.NO_ACCESS, VisitState.INCOMPLETE, VisitState.CANCELLED})


class NobodyWorks(ValueError):
    """The area has no shifts in this period."""

    field = "on"


class NothingHappened(ValueError):
    """Nothing was called in in this period, and nothing stood from before."""

    field = "on"


@dataclass(frozen=True, slots=True)
class Happened:
    """What really became of the requests of a past period; shares are of those that have been decided."""

    requests: int
    done: int
    commitments_kept_percent: float | None
    promises_kept_percent: float | None


@dataclass(frozen=True, slots=True)
class PastDay:
    """A scenario of what was, and what really came of it."""

    scenario: Scenario
    happened: Happened
    spreads: LearntSpreads


@dataclass(frozen=True, slots=True)
class _Frame:
    """A period in the terms of a scenario: seconds after its start, numbered places."""

    from_at: dt.datetime
    places: dict[Point, int]

    def seconds(self, at: dt.datetime) -> float:
        return (at - self.from_at).total_seconds()

    def place(self, point: Point) -> int:
        return self.places.setdefault(point, len(self.places))


def build_past(session: Session, *, area: Area, day: dt.date, days: int = 1) -> PastDay:
    """A past day or week again: who worked, what was called in when, what stood promised, how long it really took.

    Callers choose the window nearest to the one they really chose. Drives, illness and whatever did not happen then
    are left to chance, with the spreads learnt before that day. Raises NobodyWorks or NothingHappened.
    """
    zone = ZoneInfo(area.time_zone)
    from_at = dt.datetime.combine(day, dt.time(), tzinfo=zone)
    until_at = dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), tzinfo=zone)
    frame = _Frame(from_at, {})
    shifts = _shifts(session, frame, area, from_at, until_at)
    rows = _read_requests(session, area, from_at, until_at)
    if not rows:
        raise NothingHappened(f"{day}")
    learnt = learn_spreads(session, area_id=area.id, before=from_at.astimezone(dt.UTC))
    requests = tuple(_request(frame, row, shifts) for row in rows)
    faults = {str(request.id): request.fault_category for request, _, _ in rows}
    spreads = Spreads(
        learnt.duration,
        learnt.travel,
        durations_by_visit={
            number: learnt.duration_of(fault=fault.code, skill=fault.skill.code)
            for number, fault in faults.items()
            if fault is not None
        },
    )
    scenario = _scenario(
        session,
        area,
        frame,
        name=f"{area.code} {day}" + (f", {days} days" if days > 1 else ""),
        until_at=until_at,
        shifts=shifts,
        requests=requests,
        taste=Taste(ChoiceRule.AS_THEN),
        spreads=spreads,
    )
    return PastDay(scenario, _happened(rows), learnt)


def build_ahead(
    session: Session, *, area: Area, day: dt.date, days: int, calls_per_day: float | None, now: dt.datetime
) -> Scenario:
    """The days from `day` on with the shifts planned for them and calls drawn as they came in the year before `now`.

    `calls_per_day` replaces the number learnt. Nothing stands promised at the start.

    Raises NobodyWorks, or `operations.planning.demand.NoHistory`.
    """
    zone = ZoneInfo(area.time_zone)
    from_at = dt.datetime.combine(day, dt.time(), tzinfo=zone)
    until_at = dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), tzinfo=zone)
    frame = _Frame(from_at, {})
    shifts = _shifts(session, frame, area, from_at, until_at)
    demand = learn_demand(session, area=area, places=frame.places, calls_per_day=calls_per_day, now=now)
    learnt = learn_spreads(session, area_id=area.id, before=now)
    return _scenario(
        session,
        area,
        frame,
        name=f"{area.code} from {day}, {days} days",
        until_at=until_at,
        shifts=shifts,
        requests=(),
        taste=Taste(ChoiceRule.BY_TASTE),
        spreads=Spreads(learnt.duration, learnt.travel),
        demand=demand,
    )


def _scenario(
    session: Session,
    area: Area,
    frame: _Frame,
    *,
    name: str,
    until_at: dt.datetime,
    shifts: tuple[dispatch.Shift, ...],
    requests: tuple[Request, ...],
    taste: Taste,
    spreads: Spreads,
    demand: Demand | None = None,
) -> Scenario:
    figures = figures_at(session, frame.from_at.astimezone(dt.UTC))
    points = tuple(frame.places)
    roads = StraightLine(
        figures.circuity_percent / 100, figures.city_speed_km_per_hour, figures.travel_buffer_minutes * 60.0
    )
    scenario = Scenario(
        name=name,
        until_seconds=frame.seconds(until_at),
        places=points,
        shifts=shifts,
        requests=requests,
        demand=demand,
        policy=policy_of(figures),
        chances=Chances(),
        taste=taste,
        spreads=spreads,
        roads=roads,
        origin_weekday=frame.from_at.weekday(),
        starts_at=frame.from_at.isoformat(),
    )
    known = read_road_rows(session, area_id=area.id, points=points)
    if not known:
        return scenario
    laid = dispatch.lay_roads(scenario.travel(), points, known, buffer_seconds=roads.buffer_seconds)
    return replace(scenario, matrix=laid.travel)


def policy_of(figures: Figures) -> Policy:
    """The organisation's figures as a policy to replay under."""
    hour, minute = (int(part) for part in figures.publish_at_local.split(":"))
    return Policy(
        window_minutes=figures.window_minutes,
        offer_count=figures.offer_count,
        offer_lead_minutes=figures.offer_lead_minutes,
        offer_beyond_hours=figures.offer_beyond_hours,
        night_from_hour=figures.night_from_hour,
        night_until_hour=figures.night_until_hour,
        horizon_hours=figures.horizon_hours,
        freeze_minutes=figures.freeze_minutes,
        publish_at_hour=hour + minute / 60,
    )


def _shifts(
    session: Session, frame: _Frame, area: Area, from_at: dt.datetime, until_at: dt.datetime
) -> tuple[dispatch.Shift, ...]:
    rows = read_plan_rows(
        session, area_id=area.id, now=from_at.astimezone(dt.UTC), until=until_at.astimezone(dt.UTC) + AFTERWARDS
    )
    numbers = _technician_numbers(session, area)
    shifts = [shift for row in rows.shifts if (shift := _shift(frame, row, rows, numbers)) is not None]
    if not shifts:
        raise NobodyWorks(area.code)
    return tuple(shifts)


def _technician_numbers(session: Session, area: Area) -> dict[int, str]:
    rows = session.execute(select(Technician.id, Technician.number).where(Technician.area_id == area.id))
    return {row.id: row.number for row in rows}


def _shift(frame: _Frame, row: CrewShift, rows: PlanRows, numbers: dict[int, str]) -> dispatch.Shift | None:
    span = present_span(row, rows.absences)
    if span is None:
        return None
    breaks: tuple[dispatch.Break, ...] = ()
    if row.break_from_at is not None and row.break_until_at is not None and row.break_until_at < span[1]:
        window = dispatch.TimeWindow(frame.seconds(row.break_from_at), frame.seconds(row.break_until_at))
        breaks = (dispatch.Break(row.break_minutes * 60.0, window),)
    home = frame.place(row.home)
    return dispatch.Shift(
        id=str(row.id),
        technician_id=numbers[row.technician_id],
        from_seconds=frame.seconds(span[0]),
        until_seconds=frame.seconds(span[1]),
        start_location=home,
        end_location=home,
        skills=rows.skills[row.technician_id],
        territories=frozenset(row.territory_codes),
        breaks=breaks,
        overtime_limit_seconds=row.overtime_limit_minutes * 60.0,
    )


_Row = tuple[ServiceRequest, Visit | None, dt.datetime | None]


def _read_requests(session: Session, area: Area, from_at: dt.datetime, until_at: dt.datetime) -> Sequence[_Row]:
    """Requests that asked for a visit: called in inside the period, or before it and still standing at its start."""
    begin = from_at.astimezone(dt.UTC)
    found = session.scalars(
        select(ServiceRequest)
        .where(
            ServiceRequest.area_id == area.id,
            ServiceRequest.opened_at >= begin - LOOK_BACK,
            ServiceRequest.opened_at < until_at.astimezone(dt.UTC),
            ServiceRequest.site_id.is_not(None),
            ServiceRequest.fault_category_id.is_not(None),
        )
        .order_by(ServiceRequest.opened_at, ServiceRequest.id)
        .options(
            joinedload(ServiceRequest.site).joinedload(Site.territory),
            joinedload(ServiceRequest.fault_category).joinedload(FaultCategory.skill),
        )
    ).all()
    ids = [request.id for request in found]
    visits: dict[int, Visit] = {}
    for visit in session.scalars(
        select(Visit).where(Visit.request_id.in_(ids)).order_by(Visit.id).options(joinedload(Visit.technician))
    ):
        visits.setdefault(visit.request_id, visit)
    clocks = session.execute(
        select(Commitment.request_id, Commitment.deadline_at).where(
            Commitment.request_id.in_(ids), Commitment.kind == CommitmentKind.ON_SITE
        )
    )
    deadlines = {row.request_id: row.deadline_at for row in clocks}
    rows = [(request, visits.get(request.id), deadlines.get(request.id)) for request in found]
    return [row for row in rows if _asks_for_a_visit(row[0], row[1], begin)]


def _asks_for_a_visit(request: ServiceRequest, visit: Visit | None, begin: dt.datetime) -> bool:
    if visit is None or visit.window_from_at is None:
        return request.closed_at is None
    if request.opened_at >= begin:
        return True
    ended_at = visit.arrived_at or (request.closed_at if visit.state in DONE else None)
    return ended_at is None or ended_at >= begin


def _request(frame: _Frame, row: _Row, shifts: Sequence[dispatch.Shift]) -> Request:
    request, visit, deadline_at = row
    assert request.site is not None  # noqa: S101 - the query asked for those that have both
    assert request.fault_category is not None  # noqa: S101
    fault = request.fault_category
    window = None
    if visit is not None and visit.window_from_at is not None and visit.window_until_at is not None:
        window = dispatch.TimeWindow(frame.seconds(visit.window_from_at), frame.seconds(visit.window_until_at))
    stands = window is not None and request.opened_at <= frame.from_at
    return Request(
        id=str(request.id),
        called_seconds=frame.seconds(request.opened_at),
        location=frame.place((request.site.latitude, request.site.longitude)),
        duration_seconds=(fault.duration_minutes if visit is None else visit.duration_minutes) * 60.0,
        commitment_seconds=None if deadline_at is None else (deadline_at - request.opened_at).total_seconds(),
        skills={fault.skill.code: fault.skill_level},
        territory=request.site.territory.code if request.site.territory else None,
        priority=request.priority,
        promised=window if stands else None,
        shift_id=_shift_of(visit, window, shifts) if stands and window is not None else None,
        wished_from_seconds=None if window is None else window.from_seconds,
        real_duration_seconds=_real_duration(visit),
        cancels_seconds=_cancels(frame, request, visit),
        is_no_access=None if visit is None or visit.state not in DONE else visit.state is VisitState.NO_ACCESS,
    )


def _shift_of(visit: Visit | None, window: dispatch.TimeWindow, shifts: Sequence[dispatch.Shift]) -> str | None:
    number = None if visit is None or visit.technician is None else visit.technician.number
    own = (shift for shift in shifts if shift.technician_id == number)
    fitting = (
        shift.id
        for shift in own
        if shift.from_seconds < window.until_seconds and shift.until_seconds > window.from_seconds
    )
    return next(fitting, None)


def _real_duration(visit: Visit | None) -> float | None:
    if visit is None or visit.arrived_at is None or visit.completed_at is None:
        return None
    return max(0.0, (visit.completed_at - visit.arrived_at).total_seconds())


def _cancels(frame: _Frame, request: ServiceRequest, visit: Visit | None) -> float | None:
    if visit is None or visit.state is not VisitState.CANCELLED or request.closed_at is None:
        return None
    return frame.seconds(request.closed_at)


def _happened(rows: Sequence[_Row]) -> Happened:
    arrived = [(visit, deadline_at) for _, visit, deadline_at in rows if visit is not None and visit.arrived_at]
    owed = [visit.arrived_at <= deadline_at for visit, deadline_at in arrived if deadline_at and visit.arrived_at]
    promised = [
        visit.arrived_at <= visit.first_window_until_at
        for visit, _ in arrived
        if visit.first_window_until_at and visit.arrived_at
    ]
    done = sum(visit is not None and visit.state is VisitState.COMPLETED for _, visit, _ in rows)
    return Happened(len(rows), done, _percent(owed), _percent(promised))


def _percent(kept: Sequence[bool]) -> float | None:
    return 100.0 * sum(kept) / len(kept) if kept else None
