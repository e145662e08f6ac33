"""Who works in an area now or next, who does not, how many visits hang on it, and whom a dispatcher looks at (D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Absence, Area, Shift, Skill, Stop, Technician, TechnicianSkill, Territory
from operations.planning.rows import read_delays

AHEAD = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CrewMember:
    """A technician, the shift that runs or comes next within a day, and what stands against it.

    `absence` runs now or begins within the shift. `free_at` is when somebody late can go on. `visits` are the visits
    and held windows the plan gives the shift.
    """

    technician: Technician
    shift: Shift | None
    absence: Absence | None
    free_at: dt.datetime | None
    visits: int


@dataclass(frozen=True, slots=True)
class CrewChoices:
    """What a board can be narrowed to."""

    areas: Sequence[Area]
    territories: Sequence[Territory]
    skills: Sequence[Skill]


def list_crew(session: Session, *, area_id: int, now: dt.datetime) -> Sequence[CrewMember]:
    """Return everybody of the area by number."""
    technicians = session.scalars(
        select(Technician).where(Technician.area_id == area_id).order_by(Technician.number)
    ).all()
    ids = [technician.id for technician in technicians]
    shifts: dict[int, Shift] = {}
    for shift in session.scalars(
        select(Shift)
        .where(Shift.technician_id.in_(ids), Shift.ends_at > now, Shift.starts_at < now + AHEAD)
        .order_by(Shift.starts_at.desc())
    ):
        shifts[shift.technician_id] = shift
    rows = session.execute(
        select(Stop.shift_id, func.count().label("visits"))
        .where(Stop.shift_id.in_([shift.id for shift in shifts.values()]))
        .group_by(Stop.shift_id)
    )
    visits = {row.shift_id: row.visits for row in rows}
    absences = _read_absences(session, shifts, now)
    late = read_delays(session, ids, now)
    return [
        CrewMember(one, shift, absences.get(one.id), late.get(one.id), visits.get(shift.id, 0) if shift else 0)
        for one in technicians
        for shift in [shifts.get(one.id)]
    ]


def list_crew_choices(session: Session, *, area_id: int) -> CrewChoices:
    """Return all areas, and the territories and skills of this one's technicians, by code."""
    held = select(TechnicianSkill.skill_id).join(Technician).where(Technician.area_id == area_id)
    return CrewChoices(
        session.scalars(select(Area).order_by(Area.code)).all(),
        session.scalars(select(Territory).where(Territory.area_id == area_id).order_by(Territory.code)).all(),
        session.scalars(select(Skill).where(Skill.id.in_(held)).order_by(Skill.code)).all(),
    )


def find_crew(session: Session, *, area_id: int, territory_code: str, skill_code: str) -> frozenset[int]:
    """Return the ids of the area's technicians who serve a territory and hold a skill; an empty code asks for any."""
    wanted = select(Technician).where(Technician.area_id == area_id)
    if skill_code:
        held = select(TechnicianSkill.technician_id).join(Skill).where(Skill.code == skill_code)
        wanted = wanted.where(Technician.id.in_(held))
    return frozenset(
        technician.id
        for technician in session.scalars(wanted)
        if not territory_code or not technician.territory_codes or territory_code in technician.territory_codes
    )


def _read_absences(session: Session, shifts: dict[int, Shift], now: dt.datetime) -> dict[int, Absence]:
    """Return for each technician the first absence that runs now or touches the shift."""
    found: dict[int, Absence] = {}
    for absence in session.scalars(
        select(Absence)
        .where(Absence.absent_until_at > now, Absence.absent_from_at < now + 2 * AHEAD)
        .order_by(Absence.absent_from_at)
    ):
        shift = shifts.get(absence.technician_id)
        is_running = absence.absent_from_at <= now
        if is_running or (shift and absence.absent_from_at < shift.ends_at):
            found.setdefault(absence.technician_id, absence)
    return found
