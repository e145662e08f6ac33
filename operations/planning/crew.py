"""Who works when and can do what: what stays the same of a plan from call to call, remembered until it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Absence, Area, Shift, Skill, Technician, TechnicianSkill
from operations.foundation.memory import CREW, remember
from operations.planning.certificates import Lapses, read_lapses
from policies.languages import Language

Point = tuple[float, float]
"""Latitude and longitude in degrees."""

READ_AHEAD = dt.timedelta(hours=1)
"""How much further than asked for shifts are read, so that they answer the next hour's questions too."""


@dataclass(frozen=True, slots=True)
class CrewShift:
    """One shift with what its technician can do and where he starts."""

    id: int
    technician_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    break_from_at: dt.datetime | None
    break_until_at: dt.datetime | None
    break_minutes: int
    overtime_limit_minutes: int
    home_latitude: float
    home_longitude: float
    territory_codes: list[str]
    language: Language

    @property
    def home(self) -> Point:
        """Where the technician starts and ends."""
        return self.home_latitude, self.home_longitude


@dataclass(frozen=True, slots=True)
class Crew:
    """An area's shifts between two instants, what their technicians can do until when, and when they are absent."""

    since: dt.datetime
    until: dt.datetime
    shifts: Sequence[CrewShift]
    skills: dict[int, dict[str, int]]
    absences: Sequence[tuple[int, dt.datetime, dt.datetime]]
    lapses: Lapses

    def between(self, now: dt.datetime, until: dt.datetime) -> Crew:
        """Return what of it bears on a shorter span."""
        shifts = [shift for shift in self.shifts if shift.ends_at > now and shift.starts_at < until]
        absences = [absence for absence in self.absences if absence[2] > now and absence[1] < until]
        span = replace(self, since=now, until=until, shifts=shifts, absences=absences)
        return span.of({shift.technician_id for shift in shifts})

    def of(self, technicians: Collection[int]) -> Crew:
        """Return what of it concerns these technicians."""
        return replace(
            self,
            shifts=[shift for shift in self.shifts if shift.technician_id in technicians],
            skills={technician_id: held for technician_id, held in self.skills.items() if technician_id in technicians},
            absences=[absence for absence in self.absences if absence[0] in technicians],
            lapses={key: at for key, at in self.lapses.items() if key[0] in technicians},
        )


def read_crew(session: Session, *, area_id: int, now: dt.datetime, until: dt.datetime) -> Crew:
    """Return an area's crew between `now` and `until`, from memory while nobody has changed it."""
    crew = remember(
        session,
        topic=CREW,
        key=("crew", area_id),
        read=lambda: _read(session, area_id, now, until + READ_AHEAD),
        suits=lambda known: known.since <= now and until <= known.until,
    )
    return crew.between(now, until)


def read_time_zone(session: Session, *, area_id: int) -> str:
    """Return the name of an area's time zone, from memory while no area has changed."""
    return remember(
        session, topic=CREW, key=("time zone", area_id), read=lambda: session.get_one(Area, area_id).time_zone
    )


def _read(session: Session, area_id: int, now: dt.datetime, until: dt.datetime) -> Crew:
    shifts = _read_shifts(session, area_id, now, until)
    ids = {shift.technician_id for shift in shifts}
    return Crew(
        now,
        until,
        shifts,
        _read_skills(session, ids),
        _read_absences(session, ids, now, until),
        read_lapses(session, area_id=area_id, technician_ids=ids),
    )


def _read_shifts(session: Session, area_id: int, now: dt.datetime, until: dt.datetime) -> list[CrewShift]:
    rows: Iterable[Any] = session.execute(
        select(
            Shift.id,
            Shift.technician_id,
            Shift.starts_at,
            Shift.ends_at,
            Shift.break_from_at,
            Shift.break_until_at,
            Shift.break_minutes,
            Shift.overtime_limit_minutes,
            Technician.home_latitude,
            Technician.home_longitude,
            Technician.territory_codes,
            Technician.language,
        )
        .join(Technician)
        .where(Technician.area_id == area_id, Shift.ends_at > now, Shift.starts_at < until)
        .order_by(Shift.starts_at, Shift.id)
    )
    return [CrewShift(*row) for row in rows]


def _read_skills(session: Session, technician_ids: set[int]) -> dict[int, dict[str, int]]:
    held: dict[int, dict[str, int]] = {technician_id: {} for technician_id in technician_ids}
    rows = session.execute(
        select(TechnicianSkill.technician_id, Skill.code, TechnicianSkill.level)
        .join(Skill)
        .where(TechnicianSkill.technician_id.in_(technician_ids))
    )
    for technician_id, code, level in rows:
        held[technician_id][code] = level
    return held


def _read_absences(
    session: Session, technician_ids: set[int], now: dt.datetime, until: dt.datetime
) -> list[tuple[int, dt.datetime, dt.datetime]]:
    rows = session.execute(
        select(Absence.technician_id, Absence.absent_from_at, Absence.absent_until_at).where(
            Absence.technician_id.in_(technician_ids), Absence.absent_until_at > now, Absence.absent_from_at < until
        )
    )
    return [(technician_id, from_at, until_at) for technician_id, from_at, until_at in rows]
