"""Technicians with their skills: one line each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models import Area, Skill, Technician, TechnicianSkill, Territory
from operations.imports.cells import (
    read_code,
    read_degrees,
    read_level,
    read_phone,
    read_several,
    read_text,
    read_word,
)
from operations.imports.customers import LANGUAGES
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, check_once, find_by, put_values
from operations.planning.live_plan import lock_live_plan, take_step
from policies.languages import Language

COLUMNS = (
    Column("technician_number", "工号", read_code(Technician.number), aliases=("number",)),
    Column("area", "服务区域", read_code(Area.code)),
    Column("name", "姓名", read_text(Technician.name)),
    Column("name_en", "英文名", read_text(Technician.name_en)),
    Column("phone", "手机", read_phone, aliases=("电话",)),
    Column("language", "语言", read_word(Language, LANGUAGES)),
    Column("home_latitude", "住址纬度", read_degrees(90)),
    Column("home_longitude", "住址经度", read_degrees(180)),
    Column("territories", "片区", read_several(read_code(Territory.code)), is_required=False),
    Column("skills", "技能", read_several(read_level)),
)


@dataclass(frozen=True, slots=True)
class TechnicianRow:
    """A technician as the file has it; no territories means the whole area."""

    technician_number: str
    area: str
    name: str
    name_en: str
    phone: str
    language: Language
    home_latitude: float
    home_longitude: float
    territories: tuple[str, ...]
    skills: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class KnownTeam:
    """What the file may refer to: each area's territories, skills, and whose each stored telephone is."""

    territories: Mapping[str, frozenset[str]]
    skills: frozenset[str]
    phone_owners: Mapping[str, str]


def parse_technicians(sheet: Sheet, known: KnownTeam) -> list[TechnicianRow]:
    """Return the file's technicians in its order; raises ImportRefused naming everything that is wrong. Pure."""
    problems = [*sheet.problems]
    problems += [one for name in ("technician_number", "phone") for one in check_once(sheet.lines, name)]
    mentioned = {line.values.get("technician_number") for line in sheet.lines}
    for line in sheet.lines:
        problems += _check_references(line, known)
        owner = known.phone_owners.get(line.values.get("phone", ""))
        # Two technicians of one file may swap their telephones; one who is not in it keeps his.
        if owner is not None and owner not in mentioned:
            problems.append(Problem(line.number, "phone", Trouble.BELONGS_TO_OTHER, owner))
    if problems:
        raise ImportRefused(problems)
    return [_build(line.values) for line in sheet.lines]


def import_technicians(session: Session, *, data: bytes, now: dt.datetime) -> dict[str, Count]:
    """Add and change technicians by their number; all of the file or, refused, nothing. Skills become the file's.

    Every area with a change takes a step on its live plan, so that whoever planned with the old team looks again.
    """
    sheet = read_sheet(data, COLUMNS)
    rows = parse_technicians(sheet, _find_known(session, sheet))
    keys = {row.technician_number for row in rows}
    found = find_by(session, Technician, Technician.number, keys, selectinload(Technician.skills))
    stored = {technician.number: technician for technician in found}
    areas = {area.code: area for area in session.scalars(select(Area))}
    skills = {skill.code: skill for skill in session.scalars(select(Skill))}
    count, touched = Count(), set()
    _free_phones(session, stored, rows)
    for row in rows:
        technician = stored.get(row.technician_number)
        is_changed = _write(session, technician, row, areas[row.area], skills)
        if technician is None:
            count.add_row()
        else:
            count.note(is_changed=is_changed)
        if is_changed:
            touched.add(areas[row.area].id)
    session.flush()
    for area_id in sorted(touched):
        take_step(session, plan=lock_live_plan(session, area_id=area_id, now=now), now=now)
    return {"technicians": count}


def _check_references(line: Line, known: KnownTeam) -> list[Problem]:
    area = line.values.get("area")
    problems = []
    if area is not None and area not in known.territories:
        problems.append(Problem(line.number, "area", Trouble.UNKNOWN, area))
    elif area is not None:
        strange = [code for code in line.values.get("territories") or () if code not in known.territories[area]]
        problems += [Problem(line.number, "territories", Trouble.UNKNOWN, code) for code in strange]
    codes = [code for code, _ in line.values.get("skills") or ()]
    problems += [Problem(line.number, "skills", Trouble.UNKNOWN, code) for code in codes if code not in known.skills]
    problems += [
        Problem(line.number, "skills", Trouble.REPEATED, str(line.number)) for code in codes if codes.count(code) > 1
    ]
    return problems


def _build(values: dict[str, Any]) -> TechnicianRow:
    return TechnicianRow(**{**values, "territories": values["territories"] or ()})


def _find_known(session: Session, sheet: Sheet) -> KnownTeam:
    phones = {line.values["phone"] for line in sheet.lines if "phone" in line.values}
    territories: dict[str, set[str]] = {code: set() for code in session.scalars(select(Area.code))}
    for area, code in session.execute(select(Area.code, Territory.code).join(Area, Territory.area_id == Area.id)):
        territories[area].add(code)
    return KnownTeam(
        territories={area: frozenset(codes) for area, codes in territories.items()},
        skills=frozenset(session.scalars(select(Skill.code))),
        phone_owners={t.phone: t.number for t in find_by(session, Technician, Technician.phone, phones)},
    )


def _free_phones(session: Session, stored: dict[str, Technician], rows: list[TechnicianRow]) -> None:
    """Take the telephones off those who get another one, so that a swap never has two owners of one number."""
    moving = [t for row in rows if (t := stored.get(row.technician_number)) is not None and t.phone != row.phone]
    for technician in moving:
        technician.phone = f"moving {technician.id}"
    if moving:
        session.flush()


def _write(
    session: Session, technician: Technician | None, row: TechnicianRow, area: Area, skills: Mapping[str, Skill]
) -> bool:
    values = {
        "area_id": area.id,
        "name": row.name,
        "name_en": row.name_en,
        "phone": row.phone,
        "language": row.language,
        "home_latitude": row.home_latitude,
        "home_longitude": row.home_longitude,
        "territory_codes": list(row.territories),
    }
    if technician is None:
        technician = Technician(number=row.technician_number, **values)
        session.add(technician)
        is_changed = True
    else:
        is_changed = put_values(technician, values)
    return _write_skills(session, technician, {skills[code].id: level for code, level in row.skills}) or is_changed


def _write_skills(session: Session, technician: Technician, levels: dict[int, int]) -> bool:
    have = {held.skill_id: held for held in technician.skills}
    for skill_id in have.keys() - levels.keys():
        session.delete(have[skill_id])
    changed = [held for skill_id, held in have.items() if levels.get(skill_id, held.level) != held.level]
    for held in changed:
        held.level = levels[held.skill_id]
    technician.skills.extend(TechnicianSkill(skill_id=s, level=n) for s, n in levels.items() if s not in have)
    return bool(changed) or have.keys() != levels.keys()
