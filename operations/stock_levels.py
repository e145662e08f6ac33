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
