"""The live plan as a planning problem: rows in, `dispatch` data out, and the way back from its ids to rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import dispatch
from models import Absence, Area, Shift, Site, SlotHold, Stop, Visit
from operations.planning.rows import PlanRows, visit_of
from policies.figures import Figures
from policies.visit_states import STARTED

LONG_AGO_SECONDS = -1e9


class VisitWithoutSite(ValueError):
    """A visit's request has no site or no fault category yet; a clerk must fill them in before it can be planned."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A problem and the live plan in its terms. Seconds count from `origin_at`."""

    origin_at: dt.datetime
    problem: dispatch.Problem
    plan: dispatch.Plan
    locations: Mapping[tuple[float, float], int]

    def seconds(self, at: dt.datetime) -> float:
        """Return an instant as seconds after the origin."""
        return (at - self.origin_at).total_seconds()

    def instant(self, seconds: float) -> dt.datetime:
        """Return seconds after the origin as an instant."""
        return self.origin_at + dt.timedelta(seconds=round(seconds))


def visit_key(visit_id: int) -> str:
    """Return a visit's id in planning problems."""
    return f"visit:{visit_id}"


def hold_key(hold_id: int) -> str:
    """Return a held window's id in planning problems."""
    return f"hold:{hold_id}"


def id_in_key(key: str) -> int:
    """Return the row id inside a planning id."""
    return int(key.partition(":")[2])


def make_snapshot(
    rows: PlanRows, *, area: Area, figures: Figures, now: dt.datetime, also: Sequence[Visit] = ()
) -> Snapshot:
    """Build the problem of everything placed in the live plan, and the plan itself.

    Started visits are no longer part of the problem: their technician's shift goes on from where they are. `also`
    names visits without a place yet; they are left out of the problem, but roads to them are known.
    """
    origin_at = now.replace(microsecond=0)
    open_stops = [stop for stop in rows.stops if not _has_started(stop)]
    points = _list_points(rows, open_stops, also)
    locations = {point: index for index, point in enumerate(points)}
    base = Snapshot(origin_at, _EMPTY, dispatch.Plan((), (), _ZERO), locations)
    travel = dispatch.straight_line_travel(
        points,
        circuity=figures.circuity_percent / 100,
        speed_km_per_hour=figures.city_speed_km_per_hour,
        buffer_seconds=figures.travel_buffer_minutes * 60,
        origin_hour=_local_hour(origin_at, area.time_zone),
    )
    shifts = tuple(shift for row in rows.shifts if (shift := _shift_data(base, row, rows, now)) is not None)
    known = {shift.id for shift in shifts}
    placed = [stop for stop in open_stops if str(stop.shift_id) in known]
    visits = {_stop_key(stop): _stop_data(base, stop, rows) for stop in placed}
    sequences: dict[str, list[str]] = {}
    for stop in placed:
        sequences.setdefault(str(stop.shift_id), []).append(_stop_key(stop))
    problem = dispatch.Problem(visits=tuple(visits.values()), shifts=shifts, travel=travel)
    plan = dispatch.time_routes(problem, sequences)
    return replace(base, problem=_pin_what_is_near(problem, plan, figures, placed), plan=plan)


def visit_data(snapshot: Snapshot, visit: Visit, *, deadline_at: dt.datetime | None) -> dispatch.Visit:
    """Return one visit that has no place yet in the terms of the snapshot's problem."""
    return _visit_data(snapshot, visit, key=visit_key(visit.id), deadline_at=deadline_at)


def with_identity(data: dispatch.Visit, *, key: str, window: dispatch.TimeWindow) -> dispatch.Visit:
    """Return the visit under another id with `window` as its promised window."""
    return replace(data, id=key, promised_window=window)


def sequences_of(plan: dispatch.Plan) -> dict[str, list[str]]:
    """Return the order of visits by shift."""
    return {route.shift_id: [stop.visit_id for stop in route.stops] for route in plan.routes}


_ZERO = dispatch.Score(0, 0, 0, 0.0, 0.0)
_EMPTY = dispatch.Problem(
    visits=(), shifts=(), travel=dispatch.straight_line_travel((), circuity=1, speed_km_per_hour=1)
)


def _has_started(stop: Stop) -> bool:
    return stop.visit is not None and stop.visit.state in STARTED


def _stop_key(stop: Stop) -> str:
    return visit_key(stop.visit_id) if stop.visit_id is not None else hold_key(stop.hold_id or 0)


def _site_of(visit: Visit) -> Site:
    if visit.request.site is None or visit.request.fault_category is None:
        raise VisitWithoutSite(f"request {visit.request.number}")
    return visit.request.site


def _list_points(rows: PlanRows, stops: Iterable[Stop], also: Iterable[Visit]) -> list[tuple[float, float]]:
    visits = [visit for stop in stops if (visit := visit_of(stop)) is not None]
    sites = [_site_of(visit) for visit in (*visits, *rows.last_places, *also)]
    homes = [(shift.technician.home_latitude, shift.technician.home_longitude) for shift in rows.shifts]
    return list(dict.fromkeys([*homes, *((site.latitude, site.longitude) for site in sites)]))


def _local_hour(at: dt.datetime, time_zone: str) -> float:
    local = at.astimezone(ZoneInfo(time_zone))
    return local.hour + local.minute / 60 + local.second / 3600


def _stop_data(snapshot: Snapshot, stop: Stop, rows: PlanRows) -> dispatch.Visit:
    visit = visit_of(stop)
    if visit is None:
        raise VisitWithoutSite(f"stop {stop.id}")
    data = _visit_data(snapshot, visit, key=_stop_key(stop), deadline_at=rows.deadlines.get(visit.request_id))
    window = _promised_window(snapshot, stop.hold if stop.hold is not None else visit)
    if window is not None and data.deadline_seconds is not None and window.until_seconds > data.deadline_seconds:
        # The customer chose a window after the deadline: the broken commitment is on record, the window is what counts.
        return replace(data, promised_window=window, deadline_seconds=window.until_seconds)
    return replace(data, promised_window=window)


def _promised_window(snapshot: Snapshot, of: SlotHold | Visit) -> dispatch.TimeWindow | None:
    if of.window_from_at is None or of.window_until_at is None:
        return None
    return dispatch.TimeWindow(snapshot.seconds(of.window_from_at), snapshot.seconds(of.window_until_at))


def _visit_data(snapshot: Snapshot, visit: Visit, *, key: str, deadline_at: dt.datetime | None) -> dispatch.Visit:
    site = _site_of(visit)
    fault = visit.request.fault_category
    assert fault is not None  # noqa: S101 - _site_of has refused the others
    return dispatch.Visit(
        id=key,
        location=snapshot.locations[(site.latitude, site.longitude)],
        duration_seconds=visit.duration_minutes * 60,
        deadline_seconds=snapshot.seconds(deadline_at) if deadline_at else None,
        promised_window=_promised_window(snapshot, visit),
        priority=visit.request.priority,
        skills={fault.skill.code: fault.skill_level},
        territory=site.territory.code if site.territory else None,
    )


def _shift_data(snapshot: Snapshot, row: Shift, rows: PlanRows, now: dt.datetime) -> dispatch.Shift | None:
    technician = row.technician
    span = _present_span(row, rows.absences)
    if span is None or span[1] <= now:
        return None
    start_point, available_at = _where_now(row, rows.last_places, now)
    home = snapshot.locations[(technician.home_latitude, technician.home_longitude)]
    breaks: tuple[dispatch.Break, ...] = ()
    if row.break_from_at and row.break_until_at and row.break_until_at > now and row.break_until_at < span[1]:
        window = dispatch.TimeWindow(snapshot.seconds(row.break_from_at), snapshot.seconds(row.break_until_at))
        breaks = (dispatch.Break(row.break_minutes * 60, window),)
    return dispatch.Shift(
        id=str(row.id),
        technician_id=str(technician.id),
        from_seconds=snapshot.seconds(span[0]),
        until_seconds=snapshot.seconds(span[1]),
        start_location=home if start_point is None else snapshot.locations[start_point],
        end_location=home,
        skills={held.skill.code: held.level for held in technician.skills},
        territories=frozenset(technician.territory_codes),
        breaks=breaks,
        overtime_limit_seconds=row.overtime_limit_minutes * 60,
        available_from_seconds=snapshot.seconds(available_at) if available_at > span[0] else None,
    )


def _present_span(row: Shift, absences: Iterable[Absence]) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the longest stretch of the shift outside all absences, or None when there is none."""
    pieces = [(row.starts_at, row.ends_at)]
    for absence in absences:
        if absence.technician_id == row.technician_id:
            pieces = [
                piece
                for start, end in pieces
                for piece in (
                    (start, min(end, absence.absent_from_at)),
                    (max(start, absence.absent_until_at), end),
                )
                if piece[0] < piece[1]
            ]
    return max(pieces, key=lambda piece: piece[1] - piece[0], default=None)


def _where_now(
    row: Shift, last_places: Sequence[Visit], now: dt.datetime
) -> tuple[tuple[float, float] | None, dt.datetime]:
    """Return where a technician in mid-shift is or will next be free, and when; home and `now` if nothing started."""
    mine = [
        visit
        for visit in last_places
        if visit.technician_id == row.technician_id
        and visit.window_until_at is not None
        and visit.window_until_at > row.starts_at
        and (visit.window_from_at is None or visit.window_from_at < row.ends_at)
    ]
    if not mine:
        return None, now
    started = [visit for visit in mine if visit.state in STARTED]
    last = max(started or mine, key=lambda visit: visit.completed_at or visit.arrived_at or now)
    site = _site_of(last)
    free_at = now
    if last.state in STARTED:
        begun_at = last.arrived_at or max(now, last.window_from_at or now)
        free_at = max(now, begun_at + dt.timedelta(minutes=last.duration_minutes))
    return (site.latitude, site.longitude), free_at


def _pin_what_is_near(
    problem: dispatch.Problem, plan: dispatch.Plan, figures: Figures, stops: Sequence[Stop]
) -> dispatch.Problem:
    """Return the problem with each visit's present place: the freeze and the price of change need it (D6)."""
    # The confirmation names the technician, so from the booking on somebody has been told.
    told = {_stop_key(stop) for stop in stops if stop.visit_id is not None}
    current = {
        stop.visit_id: dispatch.Assignment(route.shift_id, stop.start_seconds, is_told=stop.visit_id in told)
        for route in plan.routes
        for stop in route.stops
    }
    visits = tuple(replace(visit, current=current.get(visit.id)) for visit in problem.visits)
    return replace(problem, visits=visits, freeze_until_seconds=figures.freeze_minutes * 60.0)
