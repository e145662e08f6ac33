"""Planning areas: one line each, usually a city (D2)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, Technician
from operations.imports.cells import read_code, read_text, read_time_zone
from operations.imports.listing import Listing
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, read_sheet
from operations.imports.stored import Count, check_once, find_by, put_values

COLUMNS = (
    Column("area", "服务区域", read_code(Area.code)),
    Column("name", "名称", read_text(Area.name)),
    Column("name_en", "英文名称", read_text(Area.name_en)),
    Column("time_zone", "时区", read_time_zone),
)
LISTING = Listing(
    select(Area),
    lambda area: (area.code, area.name, area.name_en, area.time_zone),
    {"area": Area.code, "name": Area.name, "name_en": Area.name_en, "time_zone": Area.time_zone},
    (Area.code,),
)


def import_areas(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change areas by code; all of the file or, refused, nothing. Nothing is ever removed.

    Where technicians work already the time zone stays: their shifts and everybody's windows were said in it.
    """
    sheet = read_sheet(data, COLUMNS)
    codes = {line.values["area"] for line in sheet.lines if "area" in line.values}
    stored = {area.code: area for area in find_by(session, Area, Area.code, codes)}
    staffed = set(session.scalars(select(Technician.area_id).distinct()))
    problems = [*sheet.problems, *check_once(sheet.lines, "area")]
    for line in sheet.lines:
        known, zone = stored.get(line.values.get("area", "")), line.values.get("time_zone")
        if known is not None and zone is not None and known.time_zone != zone and known.id in staffed:
            problems.append(Problem(line.number, "time_zone", Trouble.STAYS, known.time_zone))
    if problems:
        raise ImportRefused(problems)
    count = Count()
    for line in sheet.lines:
        values = {name: line.values[name] for name in ("name", "name_en", "time_zone")}
        if (known := stored.get(line.values["area"])) is None:
            session.add(Area(code=line.values["area"], **values))
            count.add_row()
        else:
            count.note(is_changed=put_values(known, values))
    session.flush()
    return {"areas": count}
