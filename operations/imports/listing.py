"""How the rows of one kind are read: all of them for a file, a page of them, or the few that share a key."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Technician

Cells = tuple[str, ...]
Rows = Select[*tuple[Any, ...]]
Matches = Callable[[str], Sequence[ColumnElement[bool]]]

ROWS_AT_ONCE = 500
MOST_VALUES = 500


def matches_nothing(_words: str) -> Sequence[ColumnElement[bool]]:
    """Search nowhere else."""
    return ()


def search_technicians(words: str) -> Sequence[ColumnElement[bool]]:
    """Search the names of the technician a row is about."""
    return [name.icontains(words, autoescape=True) for name in (Technician.name, Technician.name_en)]


def holds_word(column: InstrumentedAttribute[Any], words: str) -> ColumnElement[bool]:
    """Search a list kept as a document; one database keeps its signs as they are, the other as escapes."""
    text = cast(column, String)
    escaped = json.dumps(words)[1:-1]
    return or_(*(text.icontains(one, autoescape=True) for one in {words, escaped}))


@dataclass(frozen=True, slots=True)
class Listing:
    """One query and how its rows are written as cells.

    `fields` are the table columns behind the sheet's: those that tell rows apart, and those that are searched.
    `order` puts every row in one place only, by an index where rows are many. `is_current` says which rows are not
    over on a day that begins at an instant; `matches` searches where a plain column does not reach.
    """

    query: Rows
    write: Callable[..., Cells]
    fields: Mapping[str, InstrumentedAttribute[Any]]
    order: Sequence[InstrumentedAttribute[Any]]
    is_current: Callable[[dt.date, dt.datetime], ColumnElement[bool]] | None = None
    matches: Matches = matches_nothing

    def write_all(self, session: Session) -> Iterator[Cells]:
        """Yield every row, in order."""
        yield from self._write(session, self.query.execution_options(yield_per=ROWS_AT_ONCE))

    def write_page(
        self, session: Session, *, which: ColumnElement[bool] | None, skip: int, limit: int
    ) -> Iterator[Cells]:
        """Yield at most `limit` of the rows that fit, after the first `skip` of them."""
        yield from self._write(session, self._narrow(which).offset(skip).limit(limit))

    def write_some(self, session: Session, *, values: Mapping[str, Any]) -> Iterator[Cells]:
        """Yield the rows whose fields have these values; None means an empty one."""
        found = [self.fields[name] == value for name, value in values.items()]
        yield from self._write(session, self.query.where(*found))

    def count(self, session: Session, *, which: ColumnElement[bool] | None) -> int:
        """Return how many rows fit."""
        ids = self._narrow(which).with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
        return session.scalar(select(func.count()).select_from(ids.subquery())) or 0

    def fits(self, *, words: str, day: dt.date | None, begins_at: dt.datetime) -> ColumnElement[bool] | None:
        """Return the condition for rows with these words that are not over on `day`, or None for all rows."""
        wanted: list[ColumnElement[bool]] = []
        if words:
            searched = (one for one in self.fields.values() if isinstance(one.type, String))
            wanted.append(or_(*(one.icontains(words, autoescape=True) for one in searched), *self.matches(words)))
        if day is not None and self.is_current is not None:
            wanted.append(self.is_current(day, begins_at))
        return and_(*wanted) if wanted else None

    def list_values(self, session: Session, name: str) -> list[str]:
        """Return what stands in a field, each once, in order; not more than a form can offer."""
        field = self.fields[name]
        return list(
            session.scalars(select(field).distinct().where(field.is_not(None)).order_by(field).limit(MOST_VALUES))
        )

    def _narrow(self, which: ColumnElement[bool] | None) -> Rows:
        return self.query if which is None else self.query.where(which)

    def _write(self, session: Session, query: Rows) -> Iterator[Cells]:
        with session.execute(query.order_by(*self.order)) as rows:
            for row in rows:
                yield self.write(*row)
