"""The rows of every table as text: a file of JSON lines for each, for any program and either kind of database.

The tables are those that the database has, not those of the models, so that the rows of an earlier version can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    cast,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, REGCLASS
from sqlalchemy.exc import DBAPIError

from integrations.backups.durable import flush
from integrations.backups.json_lines import read_lines, read_row, write_lines
from operations.foundation.backups import BackupDamaged, DatabaseNotEmpty

FOLDER = "rows"
REVISION = "alembic_version"
ROWS_AT_ONCE = 1000
DOCUMENT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

Build = Callable[[Engine, str], AbstractContextManager[Connection]]
"""Makes the tables of a revision, yields the connection, brings what was put in to this version: all or nothing."""


class OpenRows:
    """Dumps and loads the rows of a database of either kind."""

    engine = FOLDER
    dump_name = FOLDER

    def __init__(self, engine: Engine, *, build: Build) -> None:
        self._database = engine
        self._build = build

    def dump(self, to: Path) -> None:
        """Write what is committed now into the folder `to`, of one snapshot; writers go on meanwhile."""
        to.mkdir()
        with _open_snapshot(self._database) as connection:
            for table in _list_tables(connection):
                found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
                    select(table).order_by(*table.primary_key)
                )
                write_lines(to / f"{table.name}.jsonl", (row._asdict() for row in found))
        flush(to)

    def refuse_unless_empty(self) -> None:
        """Raise DatabaseNotEmpty when the database holds any table."""
        if inspect(self._database).get_table_names():
            raise DatabaseNotEmpty("the database holds tables: make a new one and set DATABASE_URL to it")

    def load(self, dump: Path) -> None:
        """Bring all rows into the database in one transaction, in tables of their own version, then of this one."""
        with (
            self._build(self._database, _read_revision(dump / f"{REVISION}.jsonl")) as connection,
            _references_at_the_end(connection),
        ):
            tables = {table.name: table for table in _list_tables(connection)}
            _compare_names(dump, tables.keys())
            for table in tables.values():
                connection.execute(delete(table))
            for table in tables.values():
                _load_table(connection, table, dump / f"{table.name}.jsonl")


def _read_revision(path: Path) -> str:
    try:
        _, row = next(read_lines(path))
        return str(row["version_num"])
    except (OSError, StopIteration, KeyError) as error:
        raise BackupDamaged(f"{path} names no revision of the tables") from error


@contextmanager
def _open_snapshot(engine: Engine) -> Iterator[Connection]:
    options: dict[str, Any] = (
        {"onecall_reads_only": True} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    )
    with engine.connect() as connection:
        yield connection.execution_options(**options)


def _list_tables(connection: Connection) -> list[Table]:
    """Return the tables there are, by name, with nothing but their columns and keys."""
    found, metadata = inspect(connection), MetaData()
    tables = []
    for name in sorted(found.get_table_names()):
        key = found.get_pk_constraint(name)["constrained_columns"]
        columns = [
            Column(
                column["name"],
                DOCUMENT if isinstance(column["type"], JSON) else column["type"],
                nullable=column["nullable"],
                primary_key=column["name"] in key,
            )
            for column in found.get_columns(name)
        ]
        tables.append(Table(name, metadata, *columns))
    return tables


def _compare_names(dump: Path, tables: Iterable[str]) -> None:
    wanted, there = {f"{name}.jsonl" for name in tables}, {path.name for path in dump.iterdir()}
    for name in sorted(wanted ^ there):
        raise BackupDamaged(f"{dump / name} {'is missing' if name in wanted else 'is of no table'}")


def _load_table(connection: Connection, table: Table, path: Path) -> None:
    lines = read_lines(path)
    while several := list(islice(lines, ROWS_AT_ONCE)):
        rows = [
            read_row(row, table, where=f"{path}, line {number}", dialect=connection.dialect.name)
            for number, row in several
        ]
        try:
            connection.execute(insert(table), rows)
        except DBAPIError as error:
            where = f"{path}, lines {several[0][0]} to {several[-1][0]}"
            raise BackupDamaged(f"{where}: {_say(error)}") from error
    _count_on(connection, table)


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL give the next row the next number; SQLite looks for itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:
        if not isinstance(column.type, Integer):
            continue
        sequence = cast(func.pg_get_serial_sequence(table.name, column.name), REGCLASS)
        connection.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


@contextmanager
def _references_at_the_end(connection: Connection) -> Iterator[None]:
    """Let rows come before those they refer to; raise BackupDamaged when one is still missing at the end."""
    if connection.dialect.name == "sqlite":
        # Migrations have switched SQLite's own watch off.
        yield
        for found in connection.execute(text("PRAGMA foreign_key_check")):
            raise BackupDamaged(
                f"{found.table}: the row {found.rowid} refers to one of {found.parent} that is not there"
            )
        return
    inspector = inspect(connection)
    keys = [(name, key["name"]) for name in inspector.get_table_names() for key in inspector.get_foreign_keys(name)]
    for name, key in keys:
        connection.execute(text(f'ALTER TABLE "{name}" ALTER CONSTRAINT "{key}" DEFERRABLE INITIALLY DEFERRED'))
    yield
    try:
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except DBAPIError as error:
        raise BackupDamaged(_say(error)) from error
    for name, key in keys:
        connection.execute(text(f'ALTER TABLE "{name}" ALTER CONSTRAINT "{key}" NOT DEFERRABLE'))


def _say(error: DBAPIError) -> str:
    """Return what the database says without the values, which may be somebody's."""
    return str(error.orig).partition("\n")[0]
