"""A history made larger inside the database: its customers, calls and messages many times over, each row its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of which more is made: which of its rows, and what differs in copy number `copy` of a row, as SQL.

    The columns of `follows` name rows of other tables that are multiplied with it.
    """

    table: str
    where: str
    changes: Mapping[str, str] = field(default_factory=dict)
    follows: Mapping[str, str] = field(default_factory=dict)


def _later(*columns: str) -> dict[str, str]:
    return {column: f"base.{column} + copy * interval '1 hour'" for column in columns}


OF_CUSTOMERS = "base.customer_id IN (SELECT id FROM customers WHERE number LIKE 'H%')"
OF_CALLS = "base.call_id IN (SELECT id FROM calls WHERE flow_version = 'history')"
CUSTOMERS = (
    Kind(
        "customer_phones",
        OF_CUSTOMERS,
        {"number": "overlay(base.number PLACING (137 + copy)::text FROM 4)"},
        {"customer_id": "customers"},
    ),
    Kind(
        "assets",
        OF_CUSTOMERS,
        {"serial": "base.serial || '-' || copy", "serial_digits": "base.serial_digits || copy"},
        {"customer_id": "customers", "site_id": "sites"},
    ),
    Kind(
        "sites",
        OF_CUSTOMERS,
        {"code": "base.code || '-' || copy", "address": "base.address || copy || '室'"},
        {"customer_id": "customers"},
    ),
    Kind(
        "customers",
        "base.number LIKE 'H%'",
        {"number": "base.number || '-' || copy", "number_digits": "base.number_digits || copy"},
    ),
)
CALLS = (
    Kind("call_events", OF_CALLS, _later("occurred_at"), {"call_id": "calls"}),
    Kind(
        "commitments",
        "base.subject LIKE 'call:CA%'",
        {
            "subject": "'call:C' || chr(65 + copy) || substr(base.subject, 8)",
            **_later("started_at", "deadline_at", "decided_at", "fulfilled_at"),
        },
    ),
    Kind(
        "calls",
        "base.flow_version = 'history'",
        {
            "call_sid": "'C' || chr(65 + copy) || substr(base.call_sid, 3)",
            **_later("started_at", "first_audible_at", "last_seen_at", "ended_at"),
        },
    ),
)
MESSAGES = (
    Kind(
        "messages",
        "base.business_key LIKE 'history:%'",
        {
            "business_key": "base.business_key || ':' || copy",
            "message_sid": "base.message_sid || '-' || copy",
            **_later("created_at", "not_before_at", "expires_at", "decided_at", "settled_at"),
        },
    ),
)
"""Each group with what belongs to a row before the row: its copies are told by their number from then on."""


def grow(connection: Connection, *, customers: int, calls: int, messages: int) -> dict[str, int]:
    """Multiply until there are about so many of each; return how many rows were added to which table."""
    groups = ((CUSTOMERS, customers), (CALLS, calls), (MESSAGES, messages))
    added: dict[str, int] = {}
    with without_indexes(connection):
        for kinds, wanted in groups:
            found = _count(connection, kinds[-1])
            if copies := max(0, round(wanted / found) - 1):
                added |= _multiply(connection, kinds, copies)
    return added


@contextmanager
def without_indexes(connection: Connection) -> Iterator[None]:
    """Write with foreign keys unchecked and without the tables' own indexes, which are built when all is written."""
    connection.execute("SET session_replication_role = replica")  # foreign keys hold by construction
    connection.execute("SET synchronous_commit = off")
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'ix_%'"
    ).fetchall()
    for index, _ in indexes:
        connection.execute(f"DROP INDEX {index}")
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        connection.execute(str(definition))
    connection.execute("VACUUM ANALYZE")


def _multiply(connection: Connection, kinds: Sequence[Kind], copies: int) -> dict[str, int]:
    spans = {kind.table: _last_id(connection, kind.table) for kind in kinds}
    return {kind.table: _copy(connection, kind, copies, spans) for kind in kinds}


def _copy(connection: Connection, kind: Kind, copies: int, spans: Mapping[str, int]) -> int:
    changes = {
        **kind.changes,
        "id": f"base.id + copy * {spans[kind.table]}",
        **{column: f"base.{column} + copy * {spans[table]}" for column, table in kind.follows.items()},
    }
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
            (kind.table,),
        )
    ]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changes.get(column, f'base."{column}"') for column in columns)
    done = connection.execute(
        f"INSERT INTO {kind.table} ({names}) SELECT {values}"  # noqa: S608 - tables and columns of ours
        f" FROM {kind.table} AS base CROSS JOIN generate_series(1, {copies}) AS copy WHERE {kind.where}"
    )
    connection.execute(
        f"SELECT setval(pg_get_serial_sequence('{kind.table}', 'id'), %s)", (_last_id(connection, kind.table),)
    )
    return done.rowcount


def _count(connection: Connection, kind: Kind) -> int:
    found = connection.execute(f"SELECT count(*) FROM {kind.table} AS base WHERE {kind.where}").fetchone()  # noqa: S608
    return int(found[0]) if found else 0


def _last_id(connection: Connection, table: str) -> int:
    found = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()  # noqa: S608
    return int(found[0]) if found else 0
