"""The duty roster: one line per stretch in which somebody can be called at any hour (H11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, DutyTurn
from operations.imports.cells import read_code, read_moment, read_phone, read_text, read_whole, read_word
from operations.imports.customers import LANGUAGES
from operations.imports.moments import fix_moments
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from policies.duty import DutyRole
from policies.languages import Language

ROLES = {"技师": DutyRole.TECHNICIAN, "专家": DutyRole.EXPERT, "经理": DutyRole.MANAGER}
LAST_POSITION = 99
LONGEST_TURN = dt.timedelta(days=31)
MOMENTS = ("from_at", "until_at")

COLUMNS = (
    Column("area", "服务区域", read_code(Area.code), is_required=False),
    Column("role", "值班角色", read_word(DutyRole, ROLES)),
    Column("position", "顺序", read_whole(1, LAST_POSITION)),
    Column("name", "姓名", read_text(DutyTurn.name)),
    Column("name_en", "英文名", read_text(DutyTurn.name_en)),
    Column("phone", "手机", read_phone, aliases=("电话",)),
    Column("language", "语言", read_word(Language, LANGUAGES)),
    Column("from_at", "值班开始", read_moment),
    Column("until_at", "值班结束", read_moment),
)


def parse_duty(sheet: Sheet, areas: Mapping[str, Area]) -> list[Line]:
    """Return the file's lines with their instants; raises ImportRefused naming everything that is wrong.

    A moment without an offset is local time of the line's area, or of the only area there is.
    """
    problems = list(sheet.problems)
    firsts: dict[tuple[str, dt.datetime], Line] = {}
    for line in sheet.lines:
        code = line.values.get("area")
        if code is not None and code not in areas:
            problems.append(Problem(line.number, "area", Trouble.UNKNOWN, code))
        area = areas.get(code) if code else next(iter(areas.values())) if len(areas) == 1 else None
        if area is None and code is None:
            local = [name for name in MOMENTS if line.values.get(name) and line.values[name].tzinfo is None]
            problems += [Problem(line.number, "area", Trouble.MISSING) for _ in local[:1]]
        problems += fix_moments(line, MOMENTS, area.time_zone if area else None)
        problems += _check_span(line)
        problems += _check_once(line, firsts)
    if problems:
        raise ImportRefused(problems)
    return sheet.lines


def import_duty(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change duty turns by phone and start; all of the file or, refused, nothing. Nothing is ever removed."""
    areas = {area.code: area for area in session.scalars(select(Area))}
    lines = parse_duty(read_sheet(data, COLUMNS), areas)
    phones = {line.values["phone"] for line in lines}
    stored = {(turn.phone, turn.from_at): turn for turn in find_by(session, DutyTurn, DutyTurn.phone, phones)}
    count = Count()
    for line in lines:
        values = dict(line.values)
        code = values.pop("area", None)
        values["area_id"] = areas[code].id if code else None
        turn = stored.get((values["phone"], values["from_at"]))
        if turn is None:
            session.add(DutyTurn(**values))
            count.add_row()
        else:
            count.note(is_changed=put_values(turn, values))
    session.flush()
    return {"duty": count}


def _check_span(line: Line) -> list[Problem]:
    start, end = line.values.get("from_at"), line.values.get("until_at")
    if start is None or end is None or start < end <= start + LONGEST_TURN:
        return []
    return [Problem(line.number, "until_at", Trouble.ENDS_BEFORE_START, str(LONGEST_TURN // dt.timedelta(hours=1)))]


def _check_once(line: Line, firsts: dict[tuple[str, dt.datetime], Line]) -> list[Problem]:
    phone, start = line.values.get("phone"), line.values.get("from_at")
    if phone is None or start is None or (first := firsts.setdefault((phone, start), line)) is line:
        return []
    return [Problem(line.number, "from_at", Trouble.REPEATED, str(first.number))]
