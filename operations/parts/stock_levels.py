"""What lies where, found by part number, name or place."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager

from models import Part, StockLevel, StockPlace

MOST_LEVELS = 100


def find_levels(session: Session, *, search: str = "", limit: int = MOST_LEVELS) -> Sequence[StockLevel]:
    """Return the levels whose part or place contains `search`, by part and place; all of them for an empty one."""
    query = (
        select(StockLevel)
        .join(StockLevel.part)
        .join(StockLevel.place)
        .options(contains_eager(StockLevel.part), contains_eager(StockLevel.place))
        .order_by(Part.number, StockPlace.code)
        .limit(limit)
    )
    for word in search.split():
        columns = (Part.number, Part.name, Part.name_en, StockPlace.code, StockPlace.name, StockPlace.name_en)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return session.scalars(query).all()


def list_van(session: Session, *, technician_id: int) -> Sequence[StockLevel]:
    """Return what a technician's van holds, by part number."""
    return session.scalars(
        select(StockLevel)
        .join(StockLevel.part)
        .join(StockLevel.place)
        .where(StockPlace.technician_id == technician_id, StockLevel.quantity > 0)
        .options(contains_eager(StockLevel.part))
        .order_by(Part.number)
    ).all()


class ReorderImpossible(ValueError):
    """Parts are ordered up to more than the number from which on they are ordered."""

    field = "reorder_up_to"


def set_reorder_point(
    session: Session, *, place: StockPlace, part: Part, reorder_point: int, reorder_up_to: int
) -> StockLevel:
    """Say from how many units on a part is ordered for a place, and up to how many (P5); 0 and 0: never.

    Raises ReorderImpossible.
    """
    if reorder_point < 0 or (reorder_up_to <= reorder_point and (reorder_point, reorder_up_to) != (0, 0)):
        raise ReorderImpossible(f"{reorder_point} .. {reorder_up_to}")
    find = select(StockLevel).where(StockLevel.place_id == place.id, StockLevel.part_id == part.id)
    level = session.scalars(find).one_or_none()
    if level is None:
        level = StockLevel(place=place, part=part, quantity=0)
        session.add(level)
    level.reorder_point, level.reorder_up_to = reorder_point, reorder_up_to
    session.flush()
    return level
