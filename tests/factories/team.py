"""Technicians, their skills, shifts and absences."""

import datetime as dt

from sqlalchemy.orm import Session

from models import Absence, Area, Shift, Skill, Technician, TechnicianSkill
from policies.languages import Language
from tests.factories.instants import hours
from tests.factories.numbers import next_number


def make_technician(
    session: Session,
    area: Area,
    skill: Skill | None = None,
    *,
    level: int = 2,
    language: Language = Language.ZH,
    home: tuple[float, float] = (31.23, 121.47),
    territory_codes: tuple[str, ...] = (),
) -> Technician:
    number = next_number()
    technician = Technician(
        area_id=area.id,
        number=f"T{number}",
        name=f"李{number}",
        name_en=f"Li {number}",
        phone=f"+86139{number:08d}",
        language=language,
        home_latitude=home[0],
        home_longitude=home[1],
        territory_codes=list(territory_codes),
    )
    session.add(technician)
    session.flush()
    if skill is not None:
        session.add(TechnicianSkill(technician_id=technician.id, skill_id=skill.id, level=level))
        session.flush()
    return technician


def make_shift(
    session: Session,
    technician: Technician,
    starts_at: dt.datetime,
    *,
    length: dt.timedelta = hours(9),
    has_break: bool = True,
    is_night: bool = False,
    overtime_minutes: int = 60,
) -> Shift:
    shift = Shift(
        technician_id=technician.id,
        technician=technician,
        starts_at=starts_at,
        ends_at=starts_at + length,
        break_from_at=starts_at + hours(3) if has_break else None,
        break_until_at=starts_at + hours(5) if has_break else None,
        break_minutes=45 if has_break else 0,
        overtime_limit_minutes=overtime_minutes,
        is_night=is_night,
    )
    session.add(shift)
    session.flush()
    return shift


def make_absence(session: Session, technician: Technician, from_at: dt.datetime, until_at: dt.datetime) -> Absence:
    absence = Absence(technician_id=technician.id, absent_from_at=from_at, absent_until_at=until_at, reason="病假")
    session.add(absence)
    session.flush()
    return absence
