"""One row in every table of a database, whatever its tables are: for migrations that must not lose data."""

import datetime as dt
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, TableClause, func, inspect, literal, select, union_all
from sqlalchemy.types import Boolean, Date, DateTime, Float, LargeBinary, Numeric

BOOKKEEPING = "alembic_version"


def fill_every_table(connection: Connection) -> None:
    """Put one row into every empty table, those first that others refer to."""
    empty = [table for table, rows in count_rows(connection).items() if not rows]
    metadata = MetaData()
    metadata.reflect(connection, only=empty)
    for table in metadata.sorted_tables:
        if table.name in empty:
            row = {column.name: _value(connection, column) for column in table.columns if not _fills_itself(column)}
            connection.execute(table.insert().values(row))


def count_rows(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has, as the database itself lists them, without the migrations' own."""
    names = [name for name in inspect(connection).get_table_names() if name != BOOKKEEPING]
    counts = (select(literal(name), func.count()).select_from(TableClause(name)) for name in names)
    return {row[0]: row[1] for row in connection.execute(union_all(*counts))} if names else {}


def _fills_itself(column: Column[Any]) -> bool:
    is_counted = column.primary_key and len(column.table.primary_key.columns) == 1
    return column.nullable or (is_counted and isinstance(column.type, Integer) and not column.foreign_keys)


def _value(connection: Connection, column: Column[Any]) -> object:
    for key in column.foreign_keys:
        return connection.scalar(select(key.column).limit(1))
    values: list[tuple[type, object]] = [
        (Boolean, False),
        (DateTime, dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)),
        (Date, dt.date(2026, 11, 22)),
        (Integer, 1),
        (Float, 1.5),
        (Numeric, 1),
        (LargeBinary, b"x"),
    ]
    kind = column.type
    found = next((value for type_, value in values if isinstance(kind, type_)), None)
    if found is not None:
        return found
    return {} if "JSON" in type(kind).__name__.upper() else "x"
