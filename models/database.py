"""The connection to the database, in the way that keeps promises on SQLite and on PostgreSQL (DESIGN, durability)."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from models.base import Base

BUSY_MILLISECONDS = 20_000
TURN_SECONDS = 30


class DatabaseBusy(RuntimeError):
    """Another writer of this process held the database for longer than half a minute."""


class Database:
    """One database. `url` is SQLAlchemy's; reading and writing are two kinds of session.

    On SQLite a writing session takes the write lock when it begins (`BEGIN IMMEDIATE`), after waiting its turn among
    this process's threads: SQLite's own busy handler sleeps and polls, which costs callers hundreds of milliseconds.
    """

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        options: dict[str, Any] = {
            # Chinese stays Chinese in JSON columns, so that it can be searched for.
            "json_serializer": partial(json.dumps, ensure_ascii=False),
            "pool_pre_ping": not self.is_sqlite,
            "pool_size": pool_size,
            "max_overflow": 20,
        }
        self.engine: Engine = create_engine(parsed, **options)
        self._turn = threading.Lock()
        if self.is_sqlite:
            _speak_sqlite(self.engine)
        self._reader = self.engine.execution_options(onecall_reads_only=True)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session for one transaction; commit when the block ends well, roll back when it raises.

        The session does not flush before every query, which cost a third of a call's step: an operation that reads
        what it has just changed flushes first.
        """
        with (
            self._wait_for_turn(),
            Session(self.engine, autoflush=False, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that sees one snapshot and is rolled back at the end, whatever was done with it."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session
            session.rollback()

    def is_reachable(self) -> bool:
        """Tell whether a trivial query succeeds."""
        try:
            with self.reading() as session:
                session.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - whatever the driver raises, the answer is no
            return False
        return True

    def create_all(self) -> None:
        """Create every table, for tests; elsewhere migrations do."""
        Base.metadata.create_all(self.engine)

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()

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
