"""Certificates: one line per technician, skill and last day (T1)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from models import Certificate, Skill, Technician
from operations.imports.cells import read_code, read_date
from operations.imports.listing import Cells, Listing, search_technicians
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, read_sheet
from operations.imports.stored import Count, put_values
from operations.planning.live_plan import lock_live_plan, take_step

COLUMNS = (
    Column("technician_number", "工号", read_code(Technician.number)),
    Column("skill", "技能", read_code(Skill.code)),
    Column("certificate_number", "证书编号", read_code(Certificate.number)),
    Column("valid_until_on", "有效期至", read_date),
)


def import_certificates(session: Session, *, data: bytes, now: dt.datetime) -> dict[str, Count]:
    """Add and change certificates; all of the file or, refused, nothing. Nothing is ever removed.

    Every area with a change takes a step on its live plan, so that whoever planned with the old papers looks again.
    """
    sheet = read_sheet(data, COLUMNS)
    team = {one.number: one for one in session.scalars(select(Technician))}
    skills = {one.code: one.id for one in session.scalars(select(Skill))}
    problems, firsts = list(sheet.problems), dict[tuple[object, ...], Line]()
    for line in sheet.lines:
        number, code = line.values.get("technician_number"), line.values.get("skill")
        if number is not None and number not in team:
            problems.append(Problem(line.number, "technician_number", Trouble.UNKNOWN, number))
        if code is not None and code not in skills:
            problems.append(Problem(line.number, "skill", Trouble.UNKNOWN, code))
        key = number, code, line.values.get("valid_until_on")
        if None not in key and (first := firsts.setdefault(key, line)) is not line:
            problems.append(Problem(line.number, "valid_until_on", Trouble.REPEATED, str(first.number)))
    if problems:
        raise ImportRefused(problems)
    stored = {
        (one.technician_id, one.skill_id, one.valid_until_on): one for one in session.scalars(select(Certificate))
    }
    count, touched = Count(), set()
    for line in sheet.lines:
        technician = team[line.values["technician_number"]]
        key_ = technician.id, skills[line.values["skill"]], line.values["valid_until_on"]
        values = {"number": line.values["certificate_number"]}
        if (known := stored.get(key_)) is None:
            session.add(Certificate(technician_id=key_[0], skill_id=key_[1], valid_until_on=key_[2], **values))
            count.add_row()
            touched.add(technician.area_id)
        else:
            count.note(is_changed=put_values(known, values))
    session.flush()
    for area_id in sorted(touched):
        take_step(session, plan=lock_live_plan(session, area_id=area_id, now=now), now=now)
    return {"certificates": count}


def _cells(one: Certificate) -> Cells:
    return one.technician.number, one.skill.code, one.number, one.valid_until_on.isoformat()


LISTING = Listing(
    select(Certificate)
    .join(Certificate.technician)
    .join(Certificate.skill)
    .options(contains_eager(Certificate.technician), contains_eager(Certificate.skill)),
    _cells,
    {
        "technician_number": Technician.number,
        "skill": Skill.code,
        "valid_until_on": Certificate.valid_until_on,
        "certificate_number": Certificate.number,
    },
    (Technician.number, Skill.code, Certificate.valid_until_on),
    is_current=lambda day, _begins_at: Certificate.valid_until_on >= day,
    matches=search_technicians,
)
