"""Warehouses and vans: one line per place where parts lie (P1)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from models import Area, StockPlace, Technician
from operations.imports.cells import read_code, read_degrees, read_text, read_word, write_degrees
from operations.imports.listing import Cells, Listing, search_technicians
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from policies.parts import OURS, PlaceKind

KINDS = {"仓库": PlaceKind.WAREHOUSE, "随车库存": PlaceKind.VAN}

COLUMNS = (
    Column("place_code", "库位编号", read_code(StockPlace.code)),
    Column("kind", "库位类别", read_word(PlaceKind, KINDS)),
    Column("name", "名称", read_text(StockPlace.name)),
    Column("name_en", "英文名称", read_text(StockPlace.name_en)),
    Column("area", "服务区域", read_code(Area.code)),
    Column("technician_number", "工号", read_code(Technician.number), is_required=False),
    Column("latitude", "纬度", read_degrees(90), is_required=False),
    Column("longitude", "经度", read_degrees(180), is_required=False),
)


def parse_places(sheet: Sheet, areas: Mapping[str, int], technicians: Mapping[str, int]) -> list[Line]:
    """Return the file's lines; raises ImportRefused naming everything that is wrong. Pure.

    A van belongs to a technician; a warehouse has a point on the map, because technicians fetch parts there.
    """
    problems = list(sheet.problems)
    firsts: dict[tuple[str, str], Line] = {}
    for line in sheet.lines:
        for name in ("place_code", "technician_number"):
            value = line.values.get(name)
            if value is not None and (first := firsts.setdefault((name, value), line)) is not line:
                problems.append(Problem(line.number, name, Trouble.REPEATED, str(first.number)))
        problems += _check_references(line, areas, technicians)
        problems += _check_kind(line)
    if problems:
        raise ImportRefused(problems)
    return sheet.lines


def import_places(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change places by their code; all of the file or, refused, nothing. Nothing is ever removed."""
    areas = {area.code: area.id for area in session.scalars(select(Area))}
    technicians = {technician.number: technician.id for technician in session.scalars(select(Technician))}
    lines = parse_places(read_sheet(data, COLUMNS), areas, technicians)
    codes = {line.values["place_code"] for line in lines}
    stored = {place.code: place for place in find_by(session, StockPlace, StockPlace.code, codes)}
    count = Count()
    for line in lines:
        values = dict(line.values)
        code, number = values.pop("place_code"), values.pop("technician_number")
        values["area_id"] = areas[values.pop("area")]
        values["technician_id"] = technicians[number] if number else None
        place = stored.get(code)
        if place is None:
            session.add(StockPlace(code=code, **values))
            count.add_row()
        else:
            count.note(is_changed=put_values(place, values))
    session.flush()
    return {"places": count}


def _cells(place: StockPlace) -> Cells:
    return (
        place.code,
        str(place.kind),
        place.name,
        place.name_en,
        place.area.code if place.area else "",
        place.technician.number if place.technician else "",
        "" if place.latitude is None else write_degrees(place.latitude),
        "" if place.longitude is None else write_degrees(place.longitude),
    )


LISTING = Listing(
    select(StockPlace)
    .where(StockPlace.kind.in_(OURS))
    .outerjoin(StockPlace.technician)
    .options(joinedload(StockPlace.area), contains_eager(StockPlace.technician)),
    _cells,
    {
        "place_code": StockPlace.code,
        "name": StockPlace.name,
        "name_en": StockPlace.name_en,
        "technician_number": Technician.number,
    },
    (StockPlace.code,),
    matches=search_technicians,
)
"""The warehouses and vans; the places that only close the books are not data of anybody's."""


def _check_references(line: Line, areas: Mapping[str, int], technicians: Mapping[str, int]) -> list[Problem]:
    problems = []
    area, number = line.values.get("area"), line.values.get("technician_number")
    if area is not None and area not in areas:
        problems.append(Problem(line.number, "area", Trouble.UNKNOWN, area))
    if number is not None and number not in technicians:
        problems.append(Problem(line.number, "technician_number", Trouble.UNKNOWN, number))
    return problems


def _check_kind(line: Line) -> list[Problem]:
    kind = line.values.get("kind")
    if kind is None:
        return []
    if kind not in OURS:
        return [Problem(line.number, "kind", Trouble.NOT_A_WORD, f"{PlaceKind.WAREHOUSE}, {PlaceKind.VAN}")]
    needed = ("technician_number",) if kind is PlaceKind.VAN else ("latitude", "longitude")
    return [
        Problem(line.number, name, Trouble.MISSING)
        for name in needed
        if name in line.values and line.values[name] is None
    ]
