"""Faults: one line per kind of fault of a product family, with what a visit for it needs (H4, D2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from models import FaultCategory, Skill
from operations.imports.cells import read_code, read_text, read_whole, read_word, read_yes_no
from operations.imports.listing import Cells, Listing
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, read_sheet
from operations.imports.stored import Count, check_once, find_by, put_values
from policies.priorities import PRIORITY_MAX, PRIORITY_MIN, Severity
from policies.request_kinds import RequestKind

LAST_POSITION = 99
LONGEST_VISIT_MINUTES = 24 * 60
SEVERITIES = {"轻微": Severity.MINOR, "一般": Severity.NORMAL, "紧急": Severity.URGENT, "重大": Severity.MAJOR}
KINDS = {"维修": RequestKind.REPAIR, "保养": RequestKind.PREVENTIVE, "安装": RequestKind.INSTALLATION}

COLUMNS = (
    Column("fault_code", "故障编号", read_code(FaultCategory.code)),
    Column("family", "产品系列", read_code(FaultCategory.family)),
    Column("position", "顺序", read_whole(1, LAST_POSITION)),
    Column("name", "名称", read_text(FaultCategory.name)),
    Column("name_en", "英文名称", read_text(FaultCategory.name_en)),
    Column("severity", "严重程度", read_word(Severity, SEVERITIES)),
    Column("priority", "优先级", read_whole(PRIORITY_MIN, PRIORITY_MAX)),
    Column("duration_minutes", "上门分钟", read_whole(1, LONGEST_VISIT_MINUTES)),
    Column("skill", "技能", read_code(Skill.code)),
    Column("skill_level", "技能等级", read_whole(1, 9)),
    Column("is_active", "启用", read_yes_no),
    Column("kind", "用途", read_word(RequestKind, KINDS), may_be_absent=True),
)


def _cells(fault: FaultCategory) -> Cells:
    return (
        fault.code,
        fault.family,
        str(fault.position),
        fault.name,
        fault.name_en,
        str(fault.severity),
        str(fault.priority),
        str(fault.duration_minutes),
        fault.skill.code,
        str(fault.skill_level),
        "1" if fault.is_active else "0",
        str(fault.kind),
    )


LISTING = Listing(
    select(FaultCategory).join(FaultCategory.skill).options(contains_eager(FaultCategory.skill)),
    _cells,
    {
        "fault_code": FaultCategory.code,
        "family": FaultCategory.family,
        "name": FaultCategory.name,
        "name_en": FaultCategory.name_en,
        "skill": Skill.code,
    },
    (FaultCategory.family, FaultCategory.position),
)


def import_faults(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change faults by code; all of the file or, refused, nothing. Nothing is ever removed.

    A family begins with its first fault; a fault stays in its family, for guides and reports hang on both.
    """
    sheet = read_sheet(data, COLUMNS)
    codes = {line.values["fault_code"] for line in sheet.lines if "fault_code" in line.values}
    stored = {fault.code: fault for fault in find_by(session, FaultCategory, FaultCategory.code, codes)}
    skills = {skill.code: skill.id for skill in session.scalars(select(Skill))}
    problems = [*sheet.problems, *check_once(sheet.lines, "fault_code")]
    problems += _check_references(sheet.lines, stored, skills)
    problems += _check_positions(session, sheet.lines)
    if problems:
        raise ImportRefused(problems)
    _make_room(session, sheet.lines, stored)
    count = Count()
    for line in sheet.lines:
        values: dict[str, Any] = {**line.values, "skill_id": skills[line.values["skill"]]}
        code = values.pop("fault_code")
        del values["skill"]
        if (known := stored.get(code)) is None:
            session.add(FaultCategory(code=code, **values))
            count.add_row()
        else:
            count.note(is_changed=put_values(known, values))
    session.flush()
    return {"faults": count}


def _check_references(
    lines: Sequence[Line], stored: Mapping[str, FaultCategory], skills: Mapping[str, int]
) -> list[Problem]:
    problems = []
    for line in lines:
        skill, family = line.values.get("skill"), line.values.get("family")
        if skill is not None and skill not in skills:
            problems.append(Problem(line.number, "skill", Trouble.UNKNOWN, skill))
        known = stored.get(line.values.get("fault_code", ""))
        if known is not None and family is not None and known.family != family:
            problems.append(Problem(line.number, "family", Trouble.STAYS, known.family))
    return problems


def _check_positions(session: Session, lines: Sequence[Line]) -> list[Problem]:
    """Find two faults of one family at one position, counting those that the file does not mention."""
    codes = {line.values.get("fault_code") for line in lines}
    rows = session.execute(select(FaultCategory.code, FaultCategory.family, FaultCategory.position))
    holders = {(family, position): code for code, family, position in rows if code not in codes}
    problems = []
    for line in lines:
        code, family, position = (line.values.get(name) for name in ("fault_code", "family", "position"))
        if code is None or family is None or position is None:
            continue
        if (holder := holders.setdefault((family, position), code)) != code:
            problems.append(Problem(line.number, "position", Trouble.BELONGS_TO_OTHER, holder))
    return problems


def _make_room(session: Session, lines: Sequence[Line], stored: Mapping[str, FaultCategory]) -> None:
    """Take the faults that move off their positions first: two of a file may change places."""
    wanted = {line.values["fault_code"]: line.values["position"] for line in lines}
    moving = {code: fault.position for code, fault in stored.items() if fault.position != wanted[code]}
    for code in moving:
        stored[code].position = -stored[code].id
    session.flush()
    for code, position in moving.items():
        stored[code].position = position
