"""Service points: one line per partner who goes where we do not drive ourselves (H13)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models import ServicePoint, Site
from operations.imports.cells import (
    read_code,
    read_phone,
    read_several,
    read_text,
    read_time_zone,
    read_whole,
    read_word,
    read_yes_no,
)
from operations.imports.customers import LANGUAGES
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, read_sheet
from operations.imports.stored import Count, find_by, put_values
from policies.languages import Language

LAST_POSITION = 99

COLUMNS = (
    Column("code", "网点编号", read_code(ServicePoint.code)),
    Column("name", "网点名称", read_text(ServicePoint.name), aliases=("名称",)),
    Column("name_en", "英文名称", read_text(ServicePoint.name_en)),
    Column("phone", "电话", read_phone, aliases=("手机",)),
    Column("language", "语言", read_word(Language, LANGUAGES)),
    Column("time_zone", "时区", read_time_zone),
    Column("districts", "服务区", read_several(read_text(Site.district)), is_required=False),
    Column("position", "顺序", read_whole(1, LAST_POSITION)),
    Column("is_active", "启用", read_yes_no),
)


def import_service_points(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change service points by code; all of the file or, refused, nothing. Nothing is ever removed."""
    sheet = read_sheet(data, COLUMNS)
    problems = [*sheet.problems, *_repeated(sheet.lines)]
    if problems:
        raise ImportRefused(problems)
    codes = {line.values["code"] for line in sheet.lines}
    stored = {point.code: point for point in find_by(session, ServicePoint, ServicePoint.code, codes)}
    count = Count()
    for line in sheet.lines:
        values = {**line.values, "districts": list(line.values.get("districts") or ())}
        point = stored.get(values["code"])
        if point is None:
            session.add(ServicePoint(**values))
            count.add_row()
        else:
            count.note(is_changed=put_values(point, values))
    session.flush()
    return {"service-points": count}


def _repeated(lines: list[Line]) -> list[Problem]:
    firsts: dict[str, Line] = {}
    return [
        Problem(line.number, "code", Trouble.REPEATED, str(first.number))
        for line in lines
        if (code := line.values.get("code")) and (first := firsts.setdefault(code, line)) is not line
    ]
