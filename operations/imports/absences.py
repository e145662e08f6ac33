"""Absences known ahead: one line per technician and start (D3)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Absence, Technician
from operations.imports.cells import read_code, read_moment, read_text, write_moment
from operations.imports.listing import Cells, Listing, search_technicians
from operations.imports.moments import fix_moments
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from operations.planning.live_plan import lock_live_plan, take_step
from operations.planning.plan_events import record_absence, record_changed_absence

LONGEST_ABSENCE = dt.timedelta(days=400)
MOMENTS = ("absent_from_at", "absent_until_at")

COLUMNS = (
    Column("technician_number", "工号", read_code(Technician.number)),
    Column("absent_from_at", "缺勤开始", read_moment),
    Column("absent_until_at", "缺勤结束", read_moment),
    Column("reason", "原因", read_text(Absence.reason)),
)


def import_absences(session: Session, *, data: bytes, by: str, now: dt.datetime) -> dict[str, Count]:
    """Add and change absences by technician and start; all of the file or, refused, nothing. Nothing is ever removed.

    What is not over yet is an event for the planner, as if it had been said on the team's page.
    """
    sheet = read_sheet(data, COLUMNS)
    numbers = {line.values["technician_number"] for line in sheet.lines if "technician_number" in line.values}
    found = find_by(session, Technician, Technician.number, numbers, joinedload(Technician.area))
    team = {technician.number: technician for technician in found}
    _check(sheet, team)
    ids = {technician.id for technician in team.values()}
    stored = {(a.technician_id, a.absent_from_at): a for a in find_by(session, Absence, Absence.technician_id, ids)}
    count, touched = Count(), set()
    for line in sheet.lines:
        technician = team[line.values["technician_number"]]
        known = stored.get((technician.id, line.values["absent_from_at"]))
        if _write(session, technician, known, line, by=by, now=now, count=count):
            touched.add(technician.area_id)
    session.flush()
    for area_id in sorted(touched):
        take_step(session, plan=lock_live_plan(session, area_id=area_id, now=now), now=now)
    return {"absences": count}


def _cells(absence: Absence, technician: Technician) -> Cells:
    zone = ZoneInfo(technician.area.time_zone)
    moments = (write_moment(at.astimezone(zone)) for at in (absence.absent_from_at, absence.absent_until_at))
    return technician.number, *moments, absence.reason


LISTING = Listing(
    select(Absence, Technician)
    .join(Technician, Technician.id == Absence.technician_id)
    .options(joinedload(Technician.area)),
    _cells,
    {"technician_number": Technician.number, "absent_from_at": Absence.absent_from_at, "reason": Absence.reason},
    (Absence.absent_from_at, Technician.number),
    is_current=lambda _day, begins_at: Absence.absent_until_at > begins_at,
    matches=search_technicians,
)
"""In the time zone where the technician works."""


def _write(
    session: Session,
    technician: Technician,
    known: Absence | None,
    line: Line,
    *,
    by: str,
    now: dt.datetime,
    count: Count,
) -> bool:
    from_at, until_at, reason = (line.values[name] for name in (*MOMENTS, "reason"))
    if known is None:
        if until_at > now:
            record_absence(
                session, technician=technician, from_at=from_at, until_at=until_at, reason=reason, by=by, now=now
            )
        else:
            values = {"absent_from_at": from_at, "absent_until_at": until_at, "reason": reason}
            session.add(Absence(technician_id=technician.id, **values))
        count.add_row()
        return True
    is_open = max(until_at, known.absent_until_at) > now
    is_changed = put_values(known, {"absent_until_at": until_at, "reason": reason})
    count.note(is_changed=is_changed)
    if is_changed and is_open:
        record_changed_absence(session, technician=technician, until_at=until_at, by=by, now=now)
    return is_changed


def _check(sheet: Sheet, team: dict[str, Technician]) -> None:
    problems = list(sheet.problems)
    firsts: dict[tuple[str, dt.datetime], Line] = {}
    for line in sheet.lines:
        number = line.values.get("technician_number")
        technician = team.get(number or "")
        if number is not None and technician is None:
            problems.append(Problem(line.number, "technician_number", Trouble.UNKNOWN, number))
        problems += fix_moments(line, MOMENTS, technician.area.time_zone if technician else None)
        start, end = (line.values.get(name) for name in MOMENTS)
        if start is not None and end is not None and not start < end <= start + LONGEST_ABSENCE:
            hours = LONGEST_ABSENCE // dt.timedelta(hours=1)
            problems.append(Problem(line.number, "absent_until_at", Trouble.ENDS_BEFORE_START, str(hours)))
        if number is not None and start is not None:
            first = firsts.setdefault((number, start), line)
            if first is not line:
                problems.append(Problem(line.number, "absent_from_at", Trouble.REPEATED, str(first.number)))
    if problems:
        raise ImportRefused(problems)
