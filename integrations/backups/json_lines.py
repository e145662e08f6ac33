"""Rows as JSON lines: instants in UTC, bytes in base64; everything else is what JSON has."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, String, Table
from sqlalchemy.types import TypeEngine

from integrations.backups.durable import flush
from operations.foundation.backups import BackupDamaged

Row = dict[str, Any]
LONGEST_SHOWN = 40
WANTED: tuple[tuple[type[TypeEngine[Any]], tuple[type, ...]], ...] = (
    (Boolean, (bool,)),
    (Integer, (int,)),
    (Numeric, (float, int)),
    (DateTime, (str,)),
    (Date, (str,)),
    (LargeBinary, (str,)),
    (String, (str,)),
)
"""By the type of a column: what JSON holds for it. A document may be anything."""


def write_lines(path: Path, rows: Iterable[Row]) -> None:
    """Write rows into a new file, a line each."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(
                json.dumps({name: _write_value(value) for name, value in row.items()}, ensure_ascii=False) + "\n"
            )
    flush(path)


def read_lines(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a file with the numbers of their lines; raises BackupDamaged."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BackupDamaged(f"{path}, line {number}: no JSON") from error
            if not isinstance(row, dict):
                raise BackupDamaged(f"{path}, line {number}: no row, which is an object of columns")
            yield number, row


def find_damage(path: Path) -> str | None:
    """Say which line of a file of rows, from 1, is no row; None when each is one."""
    try:
        for _ in read_lines(path):
            pass
    except BackupDamaged as damaged:
        return str(damaged)
    return None


def read_row(row: Row, table: Table, *, where: str, dialect: str) -> Row:
    """Return a row as the database is given it; raises BackupDamaged with `where` and why it is not of the table."""
    names = {column.name for column in table.columns}
    if names != row.keys():
        raise BackupDamaged(f"{where}: has not the columns of {table.name}: {', '.join(sorted(names ^ row.keys()))}")
    try:
        return {column.name: _read_value(row[column.name], column, dialect) for column in table.columns}
    except ValueError as error:
        raise BackupDamaged(f"{where}: {error}") from error


def _write_value(value: Any) -> Any:  # noqa: ANN401 (a column may hold anything)
    if isinstance(value, dt.datetime):
        # SQLite forgets zones; what it holds is UTC.
        return (value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _read_value(value: Any, column: Column[Any], dialect: str) -> Any:  # noqa: ANN401 (a column may hold anything)
    """Return what the database is given; raises ValueError naming the column."""
    if value is None and column.nullable:
        return None
    wanted = next((wanted for kind, wanted in WANTED if isinstance(column.type, kind)), ())
    if value is None or (wanted and type(value) not in wanted):
        raise ValueError(f"{column.name} cannot be {json.dumps(value)[:LONGEST_SHOWN]}")
    if isinstance(column.type, DateTime):
        at = dt.datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(f"{column.name} has no zone")
        return at.astimezone(dt.UTC).replace(tzinfo=None) if dialect == "sqlite" else at
    if isinstance(column.type, Date):
        return dt.date.fromisoformat(value)
    return base64.b64decode(value, validate=True) if isinstance(column.type, LargeBinary) else value
