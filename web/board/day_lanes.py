"""The day's timeline: a lane per technician with shifts, breaks, absences, travel, visits and promised windows."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from models import Absence, Shift, Stop, Technician, Visit
from operations.day.day import Day
from policies.priorities import Severity
from policies.visit_states import STARTED
from web.board.timeline import Axis, Place
from web.wording.sentences import in_language, place_name, say
from web.wording.words import clock_time

ROOM_FOR_TEXT_STEPS = 9
URGENT = {Severity.URGENT, Severity.MAJOR}
COLOURS = 12
"""How many colours routes have; a technician keeps his, whatever is shown of the others."""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of a lane's background, with what it is; a visit can be dropped on a shift."""

    place: Place
    kind: str
    title: str
    shift_id: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One visit or held window in a lane."""

    key: str
    place: Place
    state: str
    code: str
    text: str
    label: str
    request_number: str | None
    travel: Place | None
    window: Place | None
    is_urgent: bool
    is_late: bool
    movable_visit_id: int | None = None
    lock: str = ""

    @property
    def is_narrow(self) -> bool:
        """True where there is no room for more than the code."""
        return self.place.length < ROOM_FOR_TEXT_STEPS


@dataclass(frozen=True, slots=True)
class Lane:
    """One technician's day."""

    technician_id: int
    name: str
    number: str
    colour: int
    bands: Sequence[Band]
    blocks: Sequence[Block]
    hours: str
    done: int
    total: int

    @property
    def tag(self) -> str:
        """Changes whenever the lane would look different."""
        return hashlib.blake2s(repr(self).encode(), digest_size=6).hexdigest()


def list_lanes(day: Day, axis: Axis, *, crew: frozenset[int] | None = None) -> list[Lane]:
    """Return a lane for each technician (of `crew`, if given) who works or has anything to do, early shifts first."""
    stops = _grouped(day.stops, lambda stop: stop.shift.technician_id)
    ended = _grouped(day.ended_visits, lambda visit: visit.technician_id)
    shifts = _grouped(day.shifts, lambda shift: shift.technician_id)
    absences = _grouped(day.absences, lambda absence: absence.technician_id)
    colours = {technician.id: index % COLOURS for index, technician in enumerate(day.technicians)}
    lanes = []
    for technician in sorted(day.technicians, key=lambda one: _first_start(shifts.get(one.id, []), axis)):
        key = technician.id
        if crew is not None and key not in crew:
            continue
        away = absences.get(key, [])
        blocks = [*_stop_blocks(stops.get(key, []), day, axis, away), *_ended_blocks(ended.get(key, []), axis)]
        if key in shifts or blocks:
            bands = [*_shift_bands(shifts.get(key, []), axis), *_absence_bands(away, axis)]
            lanes.append(_lane(technician, colours[key], shifts.get(key, []), bands, blocks, axis))
    return lanes


def list_off_duty(day: Day, lanes: Iterable[Lane]) -> list[str]:
    """Return the names of those without a lane."""
    shown = {lane.technician_id for lane in lanes}
    return [in_language(technician, "name") for technician in day.technicians if technician.id not in shown]


def _lane(
    technician: Technician,
    colour: int,
    shifts: Sequence[Shift],
    bands: Sequence[Band],
    blocks: Sequence[Block],
    axis: Axis,
) -> Lane:
    visits = [block for block in blocks if block.state != "held"]
    first = shifts if axis.days == 1 else []
    hours = [f"{clock_time(shift.starts_at, axis.zone)}–{clock_time(shift.ends_at, axis.zone)}" for shift in first]
    return Lane(
        technician_id=technician.id,
        name=in_language(technician, "name"),
        number=technician.number,
        colour=colour,
        bands=bands,
        blocks=sorted(blocks, key=lambda block: block.place.start),
        hours=", ".join(hours) or (say("lane.off") if not shifts else ""),
        done=sum(block.state in {"completed", "incomplete", "no_access"} for block in visits),
        total=len(visits),
    )


def _shift_bands(shifts: Iterable[Shift], axis: Axis) -> Iterable[Band]:
    for shift in shifts:
        if place := axis.place(shift.starts_at, shift.ends_at):
            yield Band(place, "night" if shift.is_night else "shift", "", shift.id)
        if shift.break_from_at and shift.break_until_at:
            title = say(
                "lane.break",
                minutes=shift.break_minutes,
                from_time=clock_time(shift.break_from_at, axis.zone),
                until_time=clock_time(shift.break_until_at, axis.zone),
            )
            if place := axis.place(shift.break_from_at, shift.break_until_at):
                yield Band(place, "break", title)


def _absence_bands(absences: Iterable[Absence], axis: Axis) -> Iterable[Band]:
    for absence in absences:
        if place := axis.place(absence.absent_from_at, absence.absent_until_at):
            yield Band(place, "absence", absence.reason)


def _stop_blocks(stops: Iterable[Stop], day: Day, axis: Axis, away: Sequence[Absence]) -> Iterable[Block]:
    for stop in stops:
        place = axis.place(stop.planned_start_at, stop.planned_end_at)
        if place is None:
            continue
        left_at = stop.planned_arrive_at - dt.timedelta(seconds=stop.travel_seconds)
        travel = axis.place(left_at, stop.planned_arrive_at) if stop.travel_seconds else None
        if stop.visit is None:
            yield _held_block(stop, place, travel, axis)
        else:
            times = (stop.planned_start_at, stop.planned_end_at)
            deadline_at = day.deadlines.get(stop.visit.request_id)
            block = _visit_block(stop.visit, place, times, travel, axis, deadline_at=deadline_at, stop=stop)
            is_away = any(one.absent_from_at <= stop.planned_start_at < one.absent_until_at for one in away)
            yield _stranded(block) if is_away and stop.visit.state not in STARTED else block


def _stranded(block: Block) -> Block:
    """Return the block of a visit whose technician is away: nobody comes as things stand."""
    return replace(block, is_late=True, label=f"{block.label} · {say('radar.nobody')}")


def _ended_blocks(visits: Iterable[Visit], axis: Axis) -> Iterable[Block]:
    for visit in visits:
        start_at = visit.arrived_at or visit.completed_at
        end_at = visit.completed_at or visit.arrived_at
        if start_at is None or end_at is None:
            continue
        if place := axis.place(start_at, max(end_at, start_at)):
            yield _visit_block(visit, place, (start_at, end_at), None, axis, deadline_at=None, stop=None)


def _held_block(stop: Stop, place: Place, travel: Place | None, axis: Axis) -> Block:
    hold = stop.hold
    request = hold.offer.visit.request if hold is not None else None
    until = clock_time(hold.expires_at, axis.zone) if hold is not None else ""
    return Block(
        key=f"h{stop.hold_id}",
        place=place,
        state="held",
        code=say("lane.held"),
        text="",
        label=say("lane.held_label", until_time=until),
        request_number=request.number if request else None,
        travel=travel,
        window=axis.place(hold.window_from_at, hold.window_until_at) if hold else None,
        is_urgent=False,
        is_late=False,
    )


def _visit_block(
    visit: Visit,
    place: Place,
    times: tuple[dt.datetime, dt.datetime],
    travel: Place | None,
    axis: Axis,
    *,
    deadline_at: dt.datetime | None,
    stop: Stop | None,
) -> Block:
    request = visit.request
    has_window = visit.window_from_at is not None and visit.window_until_at is not None
    latest_at = min((at for at in (visit.window_until_at, deadline_at) if at is not None), default=None)
    is_late = latest_at is not None and times[0] > latest_at and visit.arrived_at is None
    lock = str(stop.lock_kind) if stop is not None and stop.lock_kind is not None else ""
    where = place_name(request.site)
    what = in_language(request.fault_category, "name") if request.fault_category else ""
    return Block(
        key=f"v{visit.id}",
        place=place,
        state=str(visit.state),
        code=visit.code,
        text=where,
        label=_label(visit, times, what, where, axis, is_late=is_late, lock=lock),
        request_number=request.number,
        travel=travel,
        window=axis.place(visit.window_from_at, visit.window_until_at)  # type: ignore[arg-type]
        if has_window
        else None,
        is_urgent=request.severity in URGENT,
        is_late=is_late,
        movable_visit_id=visit.id if stop is not None and visit.state not in STARTED else None,
        lock=lock,
    )


def _label(
    visit: Visit,
    times: tuple[dt.datetime, dt.datetime],
    what: str,
    where: str,
    axis: Axis,
    *,
    is_late: bool,
    lock: str,
) -> str:
    """Everything about a visit in one line: what a screen reader says and what shows when the pointer rests."""
    request = visit.request
    parts = [
        # What the block shows comes first, so that who speaks to the machine says what they read (WCAG 2.5.3).
        f"{visit.code} {where}".strip(),
        f"{clock_time(times[0], axis.zone)}–{clock_time(times[1], axis.zone)}",
        say(f"visit_state.{visit.state}"),
        in_language(request.customer, "name") if request.customer else "",
        what,
        in_language(request.site, "address") if request.site else where,
    ]
    if visit.window_from_at and visit.window_until_at:
        promised = f"{clock_time(visit.window_from_at, axis.zone)}–{clock_time(visit.window_until_at, axis.zone)}"
        parts.append(say("lane.promised", window=promised))
    if is_late:
        parts.append(say("lane.late"))
    if lock:
        parts.append(say("lane.pinned"))
    if request.severity in URGENT:
        parts.append(say(f"severity.{request.severity}"))
    return " · ".join(part for part in parts if part)


def _first_start(shifts: Sequence[Shift], axis: Axis) -> dt.datetime:
    """Order lanes by when the day's work starts; a night that began yesterday comes last, as its next one does."""
    starts = [shift.starts_at for shift in shifts if shift.starts_at >= axis.from_at]
    return min(starts, default=axis.until_at)


def _grouped(rows: Iterable[Any], key: Any) -> dict[int, list[Any]]:  # noqa: ANN401 (rows of any one table)
    ordered = sorted((row for row in rows if key(row) is not None), key=key)
    return {group: list(members) for group, members in groupby(ordered, key=key)}
