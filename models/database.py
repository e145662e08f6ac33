"""The connection to the database, in the way that keeps promises on SQLite and on PostgreSQL (DESIGN, durability)."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import structlog
from sqlalchemy import Connection, Engine, ExceptionContext, PoolProxiedConnection, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from models import doorbell
from models.base import Base

BUSY_MILLISECONDS = 20_000
TURN_SECONDS = 30
MOST_PREPARED = 500
"""Statements a connection keeps prepared. With psycopg's own 100 a hotline prepared the same ones again and again."""
LOCK_WAIT_SECONDS = 12.0
"""Twilio turns to the fallback after 15: whoever waits longer for another's lock waits for nobody's benefit."""
TRUSTED_SECONDS = 1.0
"""A connection used so short a time ago is taken as it is; any other is asked first whether it still stands."""
COME_BACK_SECONDS = 0.1
"""How often a server that went away is asked whether it is back."""
KEPT = "kept"
"""Where sessions find `Database.kept`."""
log = structlog.get_logger()


class DatabaseUnavailable(RuntimeError):
    """The database takes no change at the moment; nothing of the transaction was kept."""


class DatabaseBusy(DatabaseUnavailable):
    """Another writer held what this one needed for longer than anybody waits."""


class DatabaseReadOnly(DatabaseUnavailable):
    """The server takes no changes: it is a standby now, or an operator has said so."""


class Database:
    """One database. `url` is SQLAlchemy's; reading and writing are two kinds of session.

    On SQLite a writing session takes the write lock when it begins (`BEGIN IMMEDIATE`), after waiting its turn among
    this process's threads: SQLite's own busy handler sleeps and polls, which costs callers hundreds of milliseconds.
    On PostgreSQL a lock is waited for at most `lock_wait_seconds`.

    `kept` is what this process keeps of the data between transactions (operations/foundation/memory.py); closing
    empties it.
    """

    def __init__(self, url: str, *, pool_size: int = 20, lock_wait_seconds: float = LOCK_WAIT_SECONDS) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        options: dict[str, Any] = {
            # Chinese stays Chinese in JSON columns, so that it can be searched for.
            "json_serializer": partial(json.dumps, ensure_ascii=False),
            # What goes wrong is logged with the statement, and never with the names and numbers in it.
            "hide_parameters": True,
            "pool_size": pool_size,
            "max_overflow": 20,
        }
        if not self.is_sqlite and "options" not in parsed.query:
            options["connect_args"] = {"options": f"-c lock_timeout={round(lock_wait_seconds * 1000)}"}
        self.engine: Engine = create_engine(parsed, **options)
        self.kept: dict[Any, Any] = {}
        self._turn = threading.Lock()
        if self.is_sqlite:
            _speak_sqlite(self.engine)
        else:
            _speak_postgresql(self.engine)
        self._reader = self.engine.execution_options(onecall_reads_only=True)
        self._ringer = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session for one transaction; commit when the block ends well, roll back when it raises.

        The session does not flush before every query, which cost a third of a call's step: an operation that reads
        what it has just changed flushes first.
        """
        with (
            self._wait_for_turn(),
            Session(self.engine, autoflush=False, expire_on_commit=False, info={KEPT: self.kept}) as session,
            session.begin(),
        ):
            session.connection()
            yield session
        if doorbell.is_to_ring(session) and not self.is_sqlite:
            self._ring()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that sees one snapshot and is rolled back at the end, whatever was done with it."""
        with Session(self._reader, expire_on_commit=False, info={KEPT: self.kept}) as session:
            yield session
            session.rollback()

    def is_ready(self) -> bool:
        """Tell whether the database answers and, where it can say so, that it takes changes."""
        question = "SELECT 'off'" if self.is_sqlite else "SELECT current_setting('transaction_read_only')"
        try:
            with self.reading() as session:
                return bool(session.scalar(text(question)) == "off")
        except Exception:  # noqa: BLE001 - whatever the driver raises, the answer is no
            return False

    def comes_back(self, *, within_seconds: float) -> bool:
        """Wait for a database server that has gone away; tell whether it takes changes. A file never restarts."""
        until = time.monotonic() + within_seconds
        while not self.is_sqlite:
            if self.is_ready():
                return True
            if time.monotonic() > until:
                return False
            time.sleep(COME_BACK_SECONDS)
        return False

    def create_all(self) -> None:
        """Create every table, for tests; elsewhere migrations do."""
        Base.metadata.create_all(self.engine)

    def close(self) -> None:
        """Close all pooled connections, and forget what was kept."""
        self.engine.dispose()
        self.kept.clear()

    def _ring(self) -> None:
        """Ring in a transaction of its own: within the other it would hold the server's one lock of all that ring."""
        try:
            with self._ringer.connect() as connection:
                connection.exec_driver_sql(f"NOTIFY {doorbell.NAME}")
        except SQLAlchemyError as error:
            # What was committed stands; whoever listens finds it when they next look.
            log.warning("nobody was told of new messages", error=str(error))

    @contextmanager
    def _wait_for_turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise DatabaseBusy
        try:
            yield
        finally:
            self._turn.release()


def _speak_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transaction handling would begin too late; we begin ourselves, below.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MILLISECONDS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("onecall_reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _speak_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: psycopg.Connection[Any], _record: ConnectionPoolEntry) -> None:
        connection.prepared_max = MOST_PREPARED

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> DatabaseUnavailable | None:
        error = context.original_exception
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return DatabaseBusy(str(error))
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            # Let go of every connection to a server that has become a standby: a new one finds the new primary.
            context.is_disconnect = True
            return DatabaseReadOnly(str(error))
        return None

    @event.listens_for(engine, "checkin")
    def note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask_first(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        if time.monotonic() - record.info.get("used_at", 0.0) < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise DisconnectionError from error
