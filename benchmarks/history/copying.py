"""Rows by the million into PostgreSQL: lines for COPY, a table at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from typing import Any

import psycopg

MOST_LINES = 40_000


class Copying:
    """Takes rows as they come and copies them table by table; ids go on from what a table holds already."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._columns: dict[str, tuple[str, ...]] = {}
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._last_ids: dict[str, int] = {}
        self.written: dict[str, int] = defaultdict(int)

    def add(self, table: str, **values: object) -> int:
        """Take one row and return its id. A table's rows all name the same columns, in the same order."""
        if table not in self._columns:
            self._columns[table] = ("id", *values)
            found = self._connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()  # noqa: S608
            self._last_ids[table] = int(found[0]) if found else 0
        self._last_ids[table] = row_id = self._last_ids[table] + 1
        lines = self._lines[table]
        lines.append("\t".join((str(row_id), *map(_write, values.values()))))
        if len(lines) >= MOST_LINES:
            self._copy(table)
        return row_id

    def finish(self) -> None:
        """Copy what is left and let the tables' own counters go on behind it."""
        for table in self._columns:
            self._copy(table)
            self._connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s)", (self._last_ids[table],)
            )

    def _copy(self, table: str) -> None:
        lines = self._lines.pop(table, [])
        if not lines:
            return
        names = ", ".join(f'"{name}"' for name in self._columns[table])
        with self._connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            copy.write("\n".join(lines) + "\n")
        self.written[table] += len(lines)


def _write(value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return r"\N"
        case bool():
            return "t" if value else "f"
        case int() | float():
            return str(value)
        case dt.datetime() | dt.date():
            return value.isoformat()
        case {}:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return json.dumps(value)
