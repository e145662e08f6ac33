"""Parts with what lies where: one line per part and place, a part's own columns repeated on each (P1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Part, Product, StockLevel, StockPlace
from operations.imports.cells import read_code, read_text, read_whole, read_word
from operations.imports.listing import Cells, Listing
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from operations.parts.stock import count_place
from policies.parts import PartClass

CLASSES = {"整机部件": PartClass.UNIT, "附件": PartClass.ACCESSORY}
MOST_UNITS = 1_000_000
MOST_CENTS = 100_000_000
OWN = ("name", "name_en", "part_class", "family", "price_cents", "lead_days")

COLUMNS = (
    Column("part_number", "配件编号", read_code(Part.number, is_upper=True), aliases=("料号",)),
    Column("name", "配件名称", read_text(Part.name), aliases=("名称",)),
    Column("name_en", "英文名称", read_text(Part.name_en)),
    Column("part_class", "配件类别", read_word(PartClass, CLASSES)),
    Column("family", "产品系列", read_code(Product.family), is_required=False),
    Column("price_cents", "单价（分）", read_whole(0, MOST_CENTS)),
    Column("lead_days", "到货天数", read_whole(0, 365)),
    Column("place_code", "库位编号", read_code(StockPlace.code), is_required=False),
    Column("units", "数量", read_whole(0, MOST_UNITS), is_required=False),
    Column("reorder_point", "再订货点", read_whole(0, MOST_UNITS), is_required=False),
    Column("reorder_up_to", "补货至", read_whole(0, MOST_UNITS), is_required=False),
)


def parse_parts(sheet: Sheet, places: Mapping[str, int]) -> list[Line]:
    """Return the file's lines; raises ImportRefused naming everything that is wrong. Pure."""
    problems = list(sheet.problems)
    firsts: dict[str, Line] = {}
    stands: dict[tuple[str, str | None], Line] = {}
    for line in sheet.lines:
        number, code = line.values.get("part_number"), line.values.get("place_code")
        if code is not None and code not in places:
            problems.append(Problem(line.number, "place_code", Trouble.UNKNOWN, code))
        if code is None and any(line.values.get(name) is not None for name in ("units", "reorder_point")):
            problems.append(Problem(line.number, "place_code", Trouble.MISSING))
        if number is None:
            continue
        first = firsts.setdefault(number, line)
        problems += [
            Problem(line.number, name, Trouble.DIFFERS, str(first.number))
            for name in OWN
            if name in line.values and name in first.values and line.values[name] != first.values[name]
        ]
        if (stand := stands.setdefault((number, code), line)) is not line:
            problems.append(Problem(line.number, "place_code", Trouble.REPEATED, str(stand.number)))
    if problems:
        raise ImportRefused(problems)
    return sheet.lines


def import_parts(session: Session, *, data: bytes, now: dt.datetime) -> dict[str, Count]:
    """Add and change parts by their number; units in a place are a count, its difference written as a line.

    All of the file or, refused, nothing. Nothing is ever removed.
    """
    places = {place.code: place for place in session.scalars(select(StockPlace))}
    lines = parse_parts(read_sheet(data, COLUMNS), {code: place.id for code, place in places.items()})
    parts, count = _write_parts(session, lines)
    levels = Count()
    for line in lines:
        if line.values["place_code"] is None:
            continue
        place, part = places[line.values["place_code"]], parts[line.values["part_number"]]
        _note(levels, _write_level(session, place, part, line.values, now))
    session.flush()
    return {"parts": count, "levels": levels}


def _cells(part: Part, level: StockLevel | None, place_code: str | None) -> Cells:
    numbers = (level.quantity, level.reorder_point, level.reorder_up_to) if level else ("",) * 3
    return (
        part.number,
        part.name,
        part.name_en,
        str(part.part_class),
        part.family or "",
        str(part.price_cents),
        str(part.lead_days),
        place_code or "",
        *(str(number) for number in numbers),
    )


LISTING = Listing(
    select(Part, StockLevel, StockPlace.code)
    .outerjoin(StockLevel, StockLevel.part_id == Part.id)
    .outerjoin(StockPlace, StockPlace.id == StockLevel.place_id),
    _cells,
    {
        "part_number": Part.number,
        "place_code": StockPlace.code,
        "name": Part.name,
        "name_en": Part.name_en,
        "family": Part.family,
    },
    (Part.number, StockPlace.code),
)
"""One line per part and place it is kept in, and one for a part that is kept nowhere."""


def _write_parts(session: Session, lines: list[Line]) -> tuple[dict[str, Part], Count]:
    numbers = {line.values["part_number"] for line in lines}
    stored = {part.number: part for part in find_by(session, Part, Part.number, numbers)}
    count, seen = Count(), set()
    for line in lines:
        number = line.values["part_number"]
        if number in seen:
            continue
        seen.add(number)
        values = {name: line.values[name] for name in OWN}
        if (part := stored.get(number)) is None:
            stored[number] = Part(number=number, **values)
            session.add(stored[number])
            count.add_row()
        else:
            count.note(is_changed=put_values(part, values))
    session.flush()
    return stored, count


def _write_level(
    session: Session, place: StockPlace, part: Part, values: Mapping[str, Any], now: dt.datetime
) -> tuple[bool, bool]:
    """Return whether the level is new, and whether it changed."""
    find = select(StockLevel).where(StockLevel.place_id == place.id, StockLevel.part_id == part.id)
    level = session.scalars(find).one_or_none()
    is_new = level is None
    if level is None:
        level = StockLevel(place=place, part=part, quantity=0, reorder_point=0, reorder_up_to=0)
        session.add(level)
    points = {name: values[name] for name in ("reorder_point", "reorder_up_to") if values[name] is not None}
    is_changed = put_values(level, points)
    session.flush()
    if values["units"] is not None:
        counted = count_place(session, place=place, counted={part.id: values["units"]}, by="import", now=now)
        is_changed = is_changed or bool(counted)
    return is_new, is_changed


def _note(count: Count, outcome: tuple[bool, bool]) -> None:
    is_new, is_changed = outcome
    if is_new:
        count.add_row()
    else:
        count.note(is_changed=is_changed)
