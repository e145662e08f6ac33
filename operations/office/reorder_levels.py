"""From how many units on a part is ordered in a place: changed with what it was on record (P5, S1)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Part, StatusEvent, StockLevel, StockPlace
from operations.office.register_changes import RowChange, find_last_change, record_changes
from operations.office.registers import REGISTERS
from operations.parts.stock_levels import set_reorder_point

LEVELS = REGISTERS["parts"]
NAMES = ("reorder_point", "reorder_up_to")


def read_reorder_level(session: Session, *, place: StockPlace, part: Part, is_locked: bool = False) -> dict[str, str]:
    """Return from how many units on a part is ordered there, and up to how many, as the register of parts has it.

    Locked, nobody else changes what is there until the transaction ends; a part that was never there has 0 and 0.
    """
    find = select(StockLevel).where(StockLevel.place_id == place.id, StockLevel.part_id == part.id)
    level = session.scalars(find.with_for_update() if is_locked else find).one_or_none()
    return {name: str(getattr(level, name) if level else 0) for name in NAMES}


def change_reorder_level(
    session: Session,
    *,
    place: StockPlace,
    part: Part,
    reorder_point: int,
    reorder_up_to: int,
    by: str,
    now: dt.datetime,
) -> None:
    """Say from how many units on a part is ordered there, and up to how many; raises ReorderImpossible."""
    before = read_reorder_level(session, place=place, part=part, is_locked=True)
    set_reorder_point(session, place=place, part=part, reorder_point=reorder_point, reorder_up_to=reorder_up_to)
    after = read_reorder_level(session, place=place, part=part)
    names = [name for name in NAMES if before[name] != after[name]]
    if names:
        change = RowChange(_key(place, part), {n: before[n] for n in names}, {n: after[n] for n in names})
        record_changes(session, register=LEVELS, changes=[change], by=by, source="page", now=now)


def find_last_reorder_change(session: Session, *, place: StockPlace, part: Part) -> StatusEvent | None:
    """Return the event that last changed from when on a part is ordered there, at this page or in the register."""
    return find_last_change(session, register=LEVELS, key=_key(place, part), names=NAMES)


def _key(place: StockPlace, part: Part) -> str:
    return LEVELS.key_of({"part_number": part.number, "place_code": place.code})
