"""The live plan as a planning problem: rows in, `dispatch` data out, and the way back from its ids to rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

import dispatch
from models import Visit
from operations.planning.certificates import held_until
from operations.planning.crew import CrewShift, Point
from operations.planning.locks import let_locks_slip, lock_data
from operations.planning.rows import LastPlace, PlacedStop, PlanRows, VisitNeeds, needs_of, visit_key
from operations.planning.supplies import NO_SUPPLIES, Supplies, SupplyPoint
from policies.breaks import break_left
from policies.figures import Figures
from policies.visit_states import STARTED

ROAD_PERCENT = "road_percent"
"""In a plan's trace: the share of pairs of places whose driving time a road service has told, 0 to 100."""
PICK_UP_SECONDS = 600
"""How long loading parts takes."""
_NO_ROADS: Mapping[int, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A problem and the live plan in its terms. Seconds count from `origin_at`."""

    origin_at: dt.datetime
    problem: dispatch.Problem
    plan: dispatch.Plan
    locations: Mapping[Point, int]
    supplies: Supplies = NO_SUPPLIES

    def seconds(self, at: dt.datetime) -> float:
        """Return an instant as seconds after the origin."""
        return (at - self.origin_at).total_seconds()

    def instant(self, seconds: float) -> dt.datetime:
        """Return seconds after the origin as an instant."""
        return self.origin_at + dt.timedelta(seconds=round(seconds))


def id_in_key(key: str) -> int:
    """Return the row id inside a planning id."""
    return int(key.partition(":")[2])


def make_snapshot(
    rows: PlanRows,
    *,
    time_zone: str,
    figures: Figures,
    now: dt.datetime,
    also: Sequence[Visit] = (),
    roads: Mapping[int, bytes] = _NO_ROADS,
) -> Snapshot:
    """Build the problem of everything placed in the live plan, and the plan itself.

    Started visits are no longer part of the problem: their technician's shift goes on from where they are. `also`
    names visits without a place yet; they are left out of the problem, but roads to them are known. `roads` is what a
    road service has told (operations/planning/road_times.py); other pairs are estimated, and the plan's trace says how
    many.
    """
    origin_at = now.replace(microsecond=0)
    open_stops = _open_stops(rows)
    points = list_points(rows, also)
    locations = {point: index for index, point in enumerate(points)}
    base = Snapshot(origin_at, _EMPTY, dispatch.Plan((), (), _ZERO), locations, rows.supplies)
    travel = _travel(points, roads, figures, origin_hour=_local_hour(origin_at, time_zone))
    shifts = tuple(shift for row in rows.shifts if (shift := _shift_data(base, row, rows, figures, now)) is not None)
    known = {shift.id for shift in shifts}
    placed = [stop for stop in open_stops if str(stop.shift_id) in known]
    # Whose technician does not come has no place, and is still promised: the planner must know of it.
    left = [stop for stop in open_stops if str(stop.shift_id) not in known and stop.hold_id is None]
    data = {stop.key: _stop_data(base, stop, rows.deadlines.get(stop.visit.request_id)) for stop in (*placed, *left)}
    locked = (lock_data(stop, data[stop.key], seconds=base.seconds) for stop in placed)
    visits = (*locked, *(data[stop.key] for stop in left))
    sequences: dict[str, list[str]] = {}
    for stop in placed:
        sequences.setdefault(str(stop.shift_id), []).append(stop.key)
    pick_up_points = tuple(_point_data(base, point) for point in _open_points(rows, also))
    problem = dispatch.Problem(visits=visits, shifts=shifts, travel=travel.travel, pick_up_points=pick_up_points)
    problem, plan = let_locks_slip(problem, dispatch.time_routes(problem, sequences), sequences)
    traced = replace(plan, trace={**plan.trace, ROAD_PERCENT: round(travel.road_percent, 1)})
    return replace(base, problem=_pin_what_is_near(problem, plan, figures, placed), plan=traced)


def visit_data(snapshot: Snapshot, visit: Visit, *, deadline_at: dt.datetime | None) -> dispatch.Visit:
    """Return one visit that has no place yet in the terms of the snapshot's problem."""
    return _visit_data(snapshot, needs_of(visit), key=visit_key(visit.id), deadline_at=deadline_at)


def with_identity(data: dispatch.Visit, *, key: str, window: dispatch.TimeWindow) -> dispatch.Visit:
    """Return the visit under another id with `window` as its promised window."""
    return replace(data, id=key, promised_window=window)


_ZERO = dispatch.Score(0, 0, 0, 0.0, 0.0)
_EMPTY = dispatch.Problem(
    visits=(), shifts=(), travel=dispatch.straight_line_travel((), circuity=1, speed_km_per_hour=1)
)


def list_points(rows: PlanRows, also: Iterable[Visit]) -> list[Point]:
    """Return every point that the plan, or a visit without a place yet, may lead to."""
    homes = [shift.home for shift in rows.shifts]
    sites = [stop.visit.point for stop in _open_stops(rows)] + [needs_of(visit).point for visit in also]
    stores = [point.point for point in _open_points(rows, also)]
    return list(dict.fromkeys([*homes, *sites, *(place.point for place in rows.last_places), *stores]))


def _open_points(rows: PlanRows, also: Iterable[Visit]) -> Sequence[SupplyPoint]:
    """Where parts are fetched; nowhere while no visit of the problem needs any, for ties cost time to plan."""
    visit_ids = {stop.visit.id for stop in _open_stops(rows)} | {visit.id for visit in also}
    return () if visit_ids.isdisjoint(rows.supplies.needs) else rows.supplies.points


def _point_data(snapshot: Snapshot, point: SupplyPoint) -> dispatch.PickUpPoint:
    ready = point.ready_at
    return dispatch.PickUpPoint(
        id=point.id,
        location=snapshot.locations[point.point],
        duration_seconds=PICK_UP_SECONDS,
        tools=frozenset(),
        parts=point.units,
        part_arrivals_seconds={} if ready is None else dict.fromkeys(point.units, snapshot.seconds(ready)),
    )


def _open_stops(rows: PlanRows) -> list[PlacedStop]:
    return [stop for stop in rows.stops if stop.visit.state not in STARTED]


def _travel(
    points: Sequence[Point], roads: Mapping[int, bytes], figures: Figures, *, origin_hour: float
) -> dispatch.RoadTravel:
    buffer_seconds = figures.travel_buffer_minutes * 60
    estimated = dispatch.straight_line_travel(
        points,
        circuity=figures.circuity_percent / 100,
        speed_km_per_hour=figures.city_speed_km_per_hour,
        buffer_seconds=buffer_seconds,
        origin_hour=origin_hour,
    )
    return dispatch.lay_roads(estimated, points, roads, buffer_seconds=buffer_seconds)


def _local_hour(at: dt.datetime, time_zone: str) -> float:
    local = at.astimezone(ZoneInfo(time_zone))
    return local.hour + local.minute / 60 + local.second / 3600


def _stop_data(snapshot: Snapshot, stop: PlacedStop, deadline_at: dt.datetime | None) -> dispatch.Visit:
    if stop.window_from_at is None or stop.window_until_at is None:
        return _visit_data(snapshot, stop.visit, key=stop.key, deadline_at=deadline_at)
    window = dispatch.TimeWindow(snapshot.seconds(stop.window_from_at), snapshot.seconds(stop.window_until_at))
    # Who chose a window after the deadline: the broken commitment is on record, the window now counts.
    counts_until = None if deadline_at is None else max(deadline_at, stop.window_until_at)
    return _visit_data(snapshot, stop.visit, key=stop.key, deadline_at=counts_until, promised_window=window)


def _visit_data(
    snapshot: Snapshot,
    needs: VisitNeeds,
    *,
    key: str,
    deadline_at: dt.datetime | None,
    promised_window: dispatch.TimeWindow | None = None,
) -> dispatch.Visit:
    return dispatch.Visit(
        id=key,
        location=snapshot.locations[needs.point],
        duration_seconds=needs.duration_minutes * 60,
        deadline_seconds=snapshot.seconds(deadline_at) if deadline_at else None,
        promised_window=promised_window,
        priority=needs.priority,
        skills={needs.skill_code: needs.skill_level},
        parts=snapshot.supplies.needs.get(needs.id, {}),
        territory=needs.territory_code,
        preferred_language=needs.language.value,
        kind=dispatch.VisitKind(needs.kind),
    )


def _shift_data(
    snapshot: Snapshot, row: CrewShift, rows: PlanRows, figures: Figures, now: dt.datetime
) -> dispatch.Shift | None:
    span = present_span(row, rows.absences)
    if span is None or span[1] <= now:
        return None
    start_point, free_at = _where_now(row, rows.last_places, now)
    available_at = max(free_at, rows.delays.get(row.technician_id, free_at))
    return dispatch.Shift(
        id=str(row.id),
        technician_id=str(row.technician_id),
        from_seconds=snapshot.seconds(span[0]),
        until_seconds=snapshot.seconds(span[1]),
        start_location=snapshot.locations[start_point or row.home],
        end_location=snapshot.locations[row.home],
        skills=held_until(rows.skills[row.technician_id], rows.lapses, technician_id=row.technician_id, at=span[1]),
        territories=frozenset(row.territory_codes),
        parts=rows.supplies.left_on_van(row.technician_id, _planned_elsewhere(row, rows)),
        languages=frozenset({row.language.value}),
        breaks=_breaks(snapshot, row, rows.last_places, span[1], now),
        overtime_limit_seconds=row.overtime_limit_minutes * 60,
        reserved_seconds=figures.repair_reserve_minutes * 60,
        available_from_seconds=snapshot.seconds(available_at) if available_at > span[0] else None,
    )


def _planned_elsewhere(row: CrewShift, rows: PlanRows) -> list[int]:
    """The visits in the technician's other shifts: what they need of the van is not there twice."""
    if not rows.supplies.needs:
        return []
    others = {shift.id for shift in rows.shifts if shift.technician_id == row.technician_id} - {row.id}
    return [stop.visit.id for stop in _open_stops(rows) if stop.shift_id in others]


def _breaks(
    snapshot: Snapshot, row: CrewShift, last_places: Sequence[LastPlace], ends_at: dt.datetime, now: dt.datetime
) -> tuple[dispatch.Break, ...]:
    if row.break_from_at is None or row.break_until_at is None or not now < row.break_until_at < ends_at:
        return ()
    mine = [place for place in last_places if place.technician_id == row.technician_id and _is_within(place, row)]
    busy = [(place.arrived_at, place.completed_at) for place in mine if place.arrived_at is not None]
    length = dt.timedelta(minutes=row.break_minutes)
    left = break_left(length=length, may_begin_at=row.break_from_at, now=now, busy=busy)
    if not left:
        return ()
    window = dispatch.TimeWindow(snapshot.seconds(row.break_from_at), snapshot.seconds(row.break_until_at))
    return (dispatch.Break(left.total_seconds(), window),)


def present_span(
    row: CrewShift, absences: Iterable[tuple[int, dt.datetime, dt.datetime]]
) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the longest stretch of the shift outside all absences, or None when there is none."""
    pieces = [(row.starts_at, row.ends_at)]
    for technician_id, from_at, until_at in absences:
        if technician_id == row.technician_id:
            cut = [((start, min(end, from_at)), (max(start, until_at), end)) for start, end in pieces]
            pieces = [piece for pair in cut for piece in pair if piece[0] < piece[1]]
    return max(pieces, key=lambda piece: piece[1] - piece[0], default=None)


def _where_now(row: CrewShift, last_places: Sequence[LastPlace], now: dt.datetime) -> tuple[Point | None, dt.datetime]:
    """Return where a technician in mid-shift is or will next be free, and when; no place if nothing has started."""
    mine = [place for place in last_places if place.technician_id == row.technician_id and _is_within(place, row)]
    if not mine:
        return None, now
    started = [place for place in mine if place.state in STARTED]
    last = max(started or mine, key=lambda place: place.completed_at or place.arrived_at or now)
    if last.state not in STARTED:
        return last.point, now
    begun_at = last.arrived_at or max(now, last.window_from_at or now)
    return last.point, max(now, begun_at + dt.timedelta(minutes=last.duration_minutes))


def _is_within(place: LastPlace, row: CrewShift) -> bool:
    if place.window_from_at is None or place.window_until_at is None:
        return False
    return place.window_until_at > row.starts_at and place.window_from_at < row.ends_at


def _pin_what_is_near(
    problem: dispatch.Problem, plan: dispatch.Plan, figures: Figures, stops: Sequence[PlacedStop]
) -> dispatch.Problem:
    """Return the problem with each visit's present place: the freeze and the price of change need it (D6)."""
    # The confirmation names the technician, so from the booking on somebody has been told.
    told = {stop.key for stop in stops if stop.hold_id is None}
    current = {
        stop.visit_id: dispatch.Assignment(route.shift_id, stop.start_seconds, is_told=stop.visit_id in told)
        for route in plan.routes
        for stop in route.stops
    }
    visits = tuple(replace(visit, current=current.get(visit.id)) for visit in problem.visits)
    return replace(problem, visits=visits, freeze_until_seconds=figures.freeze_minutes * 60.0)
