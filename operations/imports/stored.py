"""What imports need of the tables: look up by natural key, put values in, count what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.base import ExecutableOption

from models import Base
from operations.imports.problems import Problem, Trouble
from operations.imports.sheets import Line

Row = TypeVar("Row", bound=Base)

KEYS_PER_QUERY = 500
"""SQLite and PostgreSQL both limit how many values one statement may carry."""


@dataclass(slots=True)
class Count:
    """How many rows of one table an import added, changed, and found as the file has them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def add_row(self) -> None:
        self.added += 1

    def note(self, *, is_changed: bool) -> None:
        """Count a row that was there before."""
        if is_changed:
            self.changed += 1
        else:
            self.unchanged += 1


def find_by(
    session: Session,
    table: type[Row],
    key: InstrumentedAttribute[Any],
    keys: Collection[Any],
    *options: ExecutableOption,
    is_locked: bool = False,
) -> Iterator[Row]:
    """Yield the rows whose `key` is one of `keys`, loaded with these options.

    `is_locked`: in the order of their keys, read anew, and nobody else changes them until the transaction ends.
    """
    ordered = sorted(keys)
    query = select(table).options(*options)
    if is_locked:
        query = query.order_by(key).with_for_update(of=table).execution_options(populate_existing=True)
    for start in range(0, len(ordered), KEYS_PER_QUERY):
        yield from session.scalars(query.where(key.in_(ordered[start : start + KEYS_PER_QUERY])))


def check_once(lines: Iterable[Line], column: str) -> list[Problem]:
    """Find the lines whose key another line of the file has already."""
    problems, firsts = [], dict[str, Line]()
    for line in lines:
        value = line.values.get(column)
        if value is not None and (first := firsts.setdefault(value, line)) is not line:
            problems.append(Problem(line.number, column, Trouble.REPEATED, str(first.number)))
    return problems


def put_values(row: Base, values: Mapping[str, Any]) -> bool:
    """Set the attributes that differ; return whether any did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
