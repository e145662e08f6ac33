"""Territories: one line per group of districts that some technicians serve, with its border where drawn (D2, H13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from models import Area, Site, Territory
from operations.imports.cells import read_code, read_several, read_text, write_several
from operations.imports.listing import Cells, Listing, holds_word
from operations.imports.outlines import read_outline, write_outline
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, read_sheet
from operations.imports.stored import Count, check_once, find_by, put_values
from operations.planning.live_plan import lock_live_plan, take_step
from policies.outlines import Corner, is_overlapping

COLUMNS = (
    Column("territory_code", "片区编号", read_code(Territory.code)),
    Column("area", "服务区域", read_code(Area.code)),
    Column("name", "名称", read_text(Territory.name)),
    Column("name_en", "英文名称", read_text(Territory.name_en)),
    Column("districts", "行政区", read_several(read_text(Site.district))),
    Column("outline", "边界", read_outline, is_required=False, may_be_absent=True),
)


def import_territories(session: Session, *, data: bytes, now: dt.datetime) -> dict[str, Count]:
    """Add and change territories by code; all of the file or, refused, nothing. Nothing is ever removed.

    A district belongs to one territory of its area, and a territory stays in its area: sites and plans hang on it.
    Borders cover nothing of each other; a file without that column leaves them as they are.
    """
    sheet = read_sheet(data, COLUMNS)
    areas = {area.code: area for area in session.scalars(select(Area))}
    codes = {line.values["territory_code"] for line in sheet.lines if "territory_code" in line.values}
    stored = {one.code: one for one in find_by(session, Territory, Territory.code, codes)}
    others = session.scalars(
        select(Territory).where(Territory.code.not_in(codes)).options(joinedload(Territory.area))
    ).all()
    problems = [*sheet.problems, *_check(sheet.lines, areas, stored)]
    problems += _check_districts(sheet.lines, areas, others)
    problems += _check_outlines(sheet.lines, areas, others)
    if problems:
        raise ImportRefused(problems)
    count, touched = Count(), set()
    for line in sheet.lines:
        area = areas[line.values["area"]]
        names = {name: line.values[name] for name in ("name", "name_en")}
        values: dict[str, Any] = {**names, "districts": list(line.values["districts"])}
        if "outline" in line.values:
            values["outline"] = line.values["outline"]
        if (known := stored.get(line.values["territory_code"])) is None:
            session.add(Territory(code=line.values["territory_code"], area_id=area.id, **values))
            count.add_row()
            touched.add(area.id)
            continue
        is_changed = put_values(known, values)
        count.note(is_changed=is_changed)
        if is_changed:
            touched.add(area.id)
    session.flush()
    for area_id in sorted(touched):
        take_step(session, plan=lock_live_plan(session, area_id=area_id, now=now), now=now)
    return {"territories": count}


def _cells(one: Territory) -> Cells:
    return (
        one.code,
        one.area.code,
        one.name,
        one.name_en,
        write_several(one.districts),
        write_outline(one.outline or ()),
    )


LISTING = Listing(
    select(Territory).join(Territory.area).options(contains_eager(Territory.area)),
    _cells,
    {"territory_code": Territory.code, "area": Area.code, "name": Territory.name, "name_en": Territory.name_en},
    (Territory.code,),
    matches=lambda words: (holds_word(Territory.districts, words),),
)


def _check(lines: list[Line], areas: dict[str, Area], stored: dict[str, Territory]) -> list[Problem]:
    problems = check_once(lines, "territory_code")
    for line in lines:
        code, area = line.values.get("territory_code"), line.values.get("area")
        if area is not None and area not in areas:
            problems.append(Problem(line.number, "area", Trouble.UNKNOWN, area))
        elif code in stored and area is not None and stored[code].area_id != areas[area].id:
            problems.append(Problem(line.number, "area", Trouble.BELONGS_TO_OTHER, stored[code].area.code))
    return problems


def _check_districts(lines: list[Line], areas: dict[str, Area], others: Sequence[Territory]) -> list[Problem]:
    ids = {code: area.id for code, area in areas.items()}
    owners = {(other.area_id, name): other.code for other in others for name in other.districts}
    problems = []
    for line in lines:
        code, area_id = line.values.get("territory_code"), ids.get(line.values.get("area", ""))
        for district in line.values.get("districts") or ():
            owner = owners.setdefault((area_id or 0, district), code or "")
            if area_id is not None and code is not None and owner != code:
                problems.append(Problem(line.number, "districts", Trouble.BELONGS_TO_OTHER, f"{district}: {owner}"))
    return problems


def _check_outlines(lines: list[Line], areas: dict[str, Area], others: Sequence[Territory]) -> list[Problem]:
    drawn: list[tuple[str | None, str, Sequence[Corner]]] = [
        (other.area.code, other.code, other.outline) for other in others if other.outline
    ]
    problems = []
    for line in lines:
        area, outline = line.values.get("area"), line.values.get("outline")
        if area not in areas or not outline:
            continue
        covered = [code for of, code, corners in drawn if of == area and is_overlapping(outline, corners)]
        problems += [Problem(line.number, "outline", Trouble.COVERS_OTHER, code) for code in covered]
        drawn.append((area, line.values.get("territory_code", ""), outline))
    return problems
