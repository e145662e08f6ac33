"""Shifts: one line each, known by technician and start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session, joinedload

from models import Shift, Technician
from operations.imports.cells import read_code, read_moment, read_whole, read_yes_no, write_moment
from operations.imports.moments import fix_moments
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from operations.planning.live_plan import lock_live_plan, take_step

LONGEST_BREAK_MINUTES = 240
LONGEST_OVERTIME_MINUTES = 480
LONGEST_SHIFT = dt.timedelta(hours=24)
MOMENTS = ("starts_at", "ends_at", "break_from_at", "break_until_at")

COLUMNS = (
    Column("technician_number", "工号", read_code(Technician.number)),
    Column("starts_at", "上班时间", read_moment),
    Column("ends_at", "下班时间", read_moment),
    Column("break_from_at", "休息最早开始", read_moment, is_required=False),
    Column("break_until_at", "休息最晚开始", read_moment, is_required=False),
    Column("break_minutes", "休息分钟", read_whole(0, LONGEST_BREAK_MINUTES)),
    Column("overtime_limit_minutes", "加班上限分钟", read_whole(0, LONGEST_OVERTIME_MINUTES)),
    Column("is_night", "夜班", read_yes_no),
)


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift as the file has it, its local times turned into instants."""

    technician_number: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    break_from_at: dt.datetime | None
    break_until_at: dt.datetime | None
    break_minutes: int
    overtime_limit_minutes: int
    is_night: bool


@dataclass(frozen=True, slots=True)
class KnownRoster:
    """What the file may refer to: each technician's time zone, and the stored shifts as (start, end) by technician."""

    time_zones: Mapping[str, str]
    stored: Mapping[str, tuple[tuple[dt.datetime, dt.datetime], ...]]


def parse_shifts(sheet: Sheet, known: KnownRoster) -> list[ShiftRow]:
    """Return the file's shifts in its order; raises ImportRefused naming everything that is wrong. Pure.

    A moment without an offset is local time where the technician works. One that the local clock skips or shows twice
    needs an offset.
    """
    problems = list(sheet.problems)
    firsts: dict[tuple[str, dt.datetime], Line] = {}
    for line in sheet.lines:
        number = line.values.get("technician_number")
        zone = known.time_zones.get(number or "")
        if number is not None and zone is None:
            problems.append(Problem(line.number, "technician_number", Trouble.UNKNOWN, number))
        problems += fix_moments(line, MOMENTS, zone)
        problems += _check_times(line)
        start = line.values.get("starts_at")
        if number is not None and start is not None:
            first = firsts.setdefault((number, start), line)
            if first is not line:
                problems.append(Problem(line.number, "starts_at", Trouble.REPEATED, str(first.number)))
    problems += _check_overlaps(firsts, known)
    if problems:
        raise ImportRefused(problems)
    return [ShiftRow(**line.values) for line in sheet.lines]


def import_shifts(session: Session, *, data: bytes, now: dt.datetime) -> dict[str, Count]:
    """Add and change shifts by technician and start; all of the file or, refused, nothing. Nothing is ever removed.

    Every area with a change takes a step on its live plan, so that whoever planned with the old shifts looks again.
    """
    sheet = read_sheet(data, COLUMNS)
    numbers = {line.values["technician_number"] for line in sheet.lines if "technician_number" in line.values}
    found = find_by(session, Technician, Technician.number, numbers, joinedload(Technician.area))
    technicians = {technician.number: technician for technician in found}
    ids = {technician.id for technician in technicians.values()}
    stored = {(s.technician_id, s.starts_at): s for s in find_by(session, Shift, Shift.technician_id, ids)}
    rows = parse_shifts(sheet, _known(technicians, stored))
    count, touched = Count(), set()
    for row in rows:
        technician = technicians[row.technician_number]
        values = {name: getattr(row, name) for name in ShiftRow.__slots__ if name != "technician_number"}
        shift = stored.get((technician.id, row.starts_at))
        is_changed = shift is None or put_values(shift, values)
        if shift is None:
            session.add(Shift(technician_id=technician.id, **values))
            count.add_row()
        else:
            count.note(is_changed=is_changed)
        if is_changed:
            touched.add(technician.area_id)
    session.flush()
    for area_id in sorted(touched):
        take_step(session, plan=lock_live_plan(session, area_id=area_id, now=now), now=now)
    return {"shifts": count}


def _check_times(line: Line) -> list[Problem]:
    start, end = line.values.get("starts_at"), line.values.get("ends_at")
    if start is None or end is None:
        return []
    if not start < end <= start + LONGEST_SHIFT:
        return [Problem(line.number, "ends_at", Trouble.ENDS_BEFORE_START, str(LONGEST_SHIFT // dt.timedelta(hours=1)))]
    problems = []
    for name, other in (("break_from_at", "break_until_at"), ("break_until_at", "break_from_at")):
        if name in line.values and line.values[name] is None and line.values.get(other) is not None:
            problems.append(Problem(line.number, name, Trouble.MISSING))
    earliest, latest = line.values.get("break_from_at"), line.values.get("break_until_at")
    if earliest is None or latest is None:
        return problems
    length = dt.timedelta(minutes=line.values.get("break_minutes", 0))
    if not start <= earliest <= latest or latest + length > end:
        problems.append(Problem(line.number, "break_until_at", Trouble.OUTSIDE_SHIFT))
    return problems


def _check_overlaps(firsts: Mapping[tuple[str, dt.datetime], Line], known: KnownRoster) -> list[Problem]:
    """Compare each technician's shifts as they would be after the import; a stored one may be changed by the file."""
    after: dict[str, dict[dt.datetime, tuple[dt.datetime, Line | None]]] = {}
    for (number, start), line in firsts.items():
        if number not in after:
            after[number] = {start: (end, None) for start, end in known.stored.get(number, ())}
        if line.values.get("ends_at") is not None:
            after[number][start] = (line.values["ends_at"], line)
    return [problem for shifts in after.values() for problem in _overlaps_of_one(shifts)]


def _overlaps_of_one(shifts: Mapping[dt.datetime, tuple[dt.datetime, Line | None]]) -> list[Problem]:
    problems = []
    latest_end, longest = dt.datetime.min.replace(tzinfo=dt.UTC), None
    for start, (end, line) in sorted(shifts.items(), key=lambda item: item[0]):
        guilty = line or longest
        if start < latest_end and guilty is not None:
            problems.append(Problem(guilty.number, "starts_at", Trouble.OVERLAPS, write_moment(start)))
        if end > latest_end:
            latest_end, longest = end, line
    return problems


def _known(technicians: Mapping[str, Technician], stored: Mapping[tuple[int, dt.datetime], Shift]) -> KnownRoster:
    numbers = {technician.id: number for number, technician in technicians.items()}
    spans: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
    for (technician_id, start), shift in stored.items():
        spans.setdefault(numbers[technician_id], []).append((start, shift.ends_at))
    return KnownRoster(
        time_zones={number: technician.area.time_zone for number, technician in technicians.items()},
        stored={number: tuple(ranges) for number, ranges in spans.items()},
    )
