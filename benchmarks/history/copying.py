"""Rows by the million into PostgreSQL: lines for COPY, a table at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg

MOST_LINES = 40_000


class Copying:
    """Takes rows as they come and copies them table by table; ids go on from what a table holds already.

    Rows are written down here while the database takes in those before.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._columns: dict[str, tuple[str, ...]] = {}
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._last_ids: dict[str, int] = {}
        self._hand = ThreadPoolExecutor(max_workers=1)
        self._under_way: Future[None] | None = None
        self.written: dict[str, int] = defaultdict(int)

    def add(self, table: str, **values: object) -> int:
        """Take one row and return its id. A table's rows all name the same columns, in the same order."""
        if table not in self._columns:
            self._columns[table] = ("id", *values)
            self._wait()
            found = self._connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()  # noqa: S608
            self._last_ids[table] = int(found[0]) if found else 0
        self._last_ids[table] = row_id = self._last_ids[table] + 1
        lines = self._lines[table]
        lines.append("\t".join([str(row_id), *map(_write, values.values())]))
        if len(lines) >= MOST_LINES:
            self._copy(table)
        return row_id

    def finish(self) -> None:
        """Copy what is left and let the tables' own counters go on behind it."""
        for table in self._columns:
            self._copy(table)
        self._wait()
        self._hand.shutdown()
        for table in self._columns:
            self._connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s)", (self._last_ids[table],)
            )

    def _copy(self, table: str) -> None:
        lines = self._lines.pop(table, [])
        if not lines:
            return
        self._wait()
        self._under_way = self._hand.submit(self._send, table, lines)
        self.written[table] += len(lines)

    def _wait(self) -> None:
        """Wait for the rows before: their failure is raised here, and no more than two batches are in memory."""
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def _send(self, table: str, lines: list[str]) -> None:
        names = ", ".join(f'"{name}"' for name in self._columns[table])
        with self._connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            copy.write("\n".join(lines) + "\n")


def _write(value: object) -> str:
    return WRITERS.get(type(value), json.dumps)(value)


WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: str,
    type(None): lambda _: r"\N",
    bool: lambda value: "t" if value else "f",
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
}
