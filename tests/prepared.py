"""What fixtures write into an empty database: written once for each kind of database, and copied from then on.

A city or a month of history is hundreds of flushes; a copy of its rows takes a few milliseconds.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import psycopg

from models.base import Base
from models.database import Database

Made = TypeVar("Made")


def prepare(database: Database, make: Callable[..., Made], **options: Any) -> Made:  # noqa: ANN401 - those of `make`
    """Let `make(session, **options)` write into the database, which has to be empty, and return what it returns.

    From the second time on its rows are copied. Those it returns are detached and belong to this test alone; what it
    does outside the database happens once.
    """
    key = (database.is_sqlite, make, *sorted(options.items()))
    with _driver_of(database) as connection:
        if database.is_sqlite:
            assert not connection.execute(_any_row()).fetchone()[0], "prepare writes over what is there"
        if (prepared := _prepared.get(key)) is not None:
            prepared.rows.put_into(connection)
    if prepared is None:
        with database.writing() as session:
            made = make(session, **options)
        with _driver_of(database) as connection:
            rows = SqliteRows(connection) if database.is_sqlite else PostgresqlRows(connection)
        prepared = _prepared[key] = _Prepared(rows, pickle.dumps(made))
    database.kept.clear()
    return pickle.loads(prepared.returned)  # noqa: S301 - our own, from above


class SqliteRows:
    """A copy of a whole SQLite database, in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._copy = sqlite3.connect(":memory:")
        connection.backup(self._copy)

    def put_into(self, connection: sqlite3.Connection) -> None:
        self._copy.backup(connection)


class PostgresqlRows:
    """The rows of every table as PostgreSQL copies them, and how far each sequence had counted."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._tables = {
            table: rows for table in Base.metadata.tables if len(rows := _copy_out(connection, table)) > EMPTY_BYTES
        }
        self._counted = connection.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"
        ).fetchall()

    def put_into(self, connection: psycopg.Connection[Any]) -> None:
        # Rows that refer to each other come in any order, and were checked when they were made.
        connection.execute("SET LOCAL session_replication_role = replica")
        for table, rows in self._tables.items():
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(rows)
        for sequence, last in self._counted:
            connection.execute("SELECT setval(%s, %s)", (sequence, last))
        connection.commit()


@dataclass(frozen=True, slots=True)
class _Prepared:
    rows: SqliteRows | PostgresqlRows
    returned: bytes


EMPTY_BYTES = 21
"""What PostgreSQL copies of a table without rows: the header and the end."""
_prepared: dict[tuple[object, ...], _Prepared] = {}


@contextmanager
def _driver_of(database: Database) -> Iterator[Any]:
    """Yield the driver's own connection."""
    pooled = database.engine.raw_connection()
    try:
        yield pooled.driver_connection
    finally:
        pooled.close()


def _copy_out(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(bytes(part) for part in copy)


@cache
def _any_row() -> str:
    return "SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in Base.metadata.tables)  # noqa: S608
