"""The first rows of a list, and how many it has in all: no list ends without a word where it goes on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")


class Portion(list[Row]):
    """Rows in the order of their list; `found` is how many the list has, more than these where it goes on."""

    def __init__(self, rows: Iterable[Row], found: int) -> None:
        super().__init__(rows)
        self.found = found


def read_portion(session: Session, wanted: Select[Row], *, most: int) -> Portion[Row]:
    """Return at most so many rows of a query, with how many it finds; these are counted only where it goes on."""
    rows = session.scalars(wanted.limit(most)).all()
    return Portion(rows, len(rows) if len(rows) < most else count_found(session, wanted))


def count_found(session: Session, wanted: Select[*tuple[Any, ...]]) -> int:
    """Return how many rows a query finds."""
    return session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
