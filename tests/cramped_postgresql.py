"""A PostgreSQL whose tables or whose log lie on a disk of a few megabytes, so that it can be full; needs no root."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg

from tests.databases import create_tables, find_postgresql_programs

DISK_MEGABYTES = 48
"""All tables, empty, take 12, and PostgreSQL's own 8."""
READY_SECONDS = 60.0
PAGE_BYTES = 8192
# The server refuses to run as root, whoever starts the tests.
AS_SOMEBODY = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
WITH_A_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")


def is_possible() -> bool:
    """Tell whether this machine lets its users have a disk of their own (Linux, with user namespaces)."""
    try:
        mounted = subprocess.run(
            (*WITH_A_DISK, "mount -t tmpfs -o size=1m tmpfs /mnt"), check=False, capture_output=True
        )
    except FileNotFoundError:
        return False
    return mounted.returncode == 0


class CrampedPostgresql:
    """One server of this test's own, for as long as its `with` lasts; what it writes beside its tables has room."""

    _tablespace = "cramped"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="onecall-cramped-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._data, self._disk, self._sockets = (folder / name for name in ("data", "disk", "sockets"))
        for path in (self._disk, self._sockets):
            path.mkdir(mode=0o700)
        self._fillers = itertools.count(1)

    def __enter__(self) -> Self:
        programs = find_postgresql_programs()
        initdb = (
            programs / "initdb",
            "-D",
            self._data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--wal-segsize=1",
        )
        subprocess.run((*AS_SOMEBODY, *map(str, initdb)), check=True, capture_output=True)
        serve = f"{programs}/postgres -D {self._data} -k {self._sockets} -c listen_addresses= -c fsync=off"
        mount = f"mount -t tmpfs -o size={DISK_MEGABYTES}m tmpfs {self._disk}"
        script = f"{mount} && {self._use_disk(' '.join((*AS_SOMEBODY, serve)))}"
        with (Path(self._folder.name) / "log").open("wb") as log:
            self._process = subprocess.Popen((*WITH_A_DISK, script), stdout=log, stderr=log, start_new_session=True)
        self._admin = self._connect()
        self._place_tables()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admin.close()
        served = psutil.Process(self._process.pid).children(recursive=True)
        os.killpg(self._process.pid, signal.SIGTERM)
        for process in psutil.wait_procs(served, timeout=10)[1]:
            process.kill()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._folder.cleanup()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a new database with empty tables on the small disk."""
        self._admin.execute(f"CREATE DATABASE town TABLESPACE {self._tablespace}")
        url = f"postgresql+psycopg://postgres@/town?host={self._sockets}"
        create_tables(url)
        yield url
        self._admin.execute("DROP DATABASE town WITH (FORCE)")

    @contextmanager
    def full(self, *, pages_left: int) -> Iterator[None]:
        """Leave so many pages on the disk and no more; afterwards there is room again."""
        spare, filler = (f"filler_{next(self._fillers)}" for _ in range(2))
        for name in (spare, filler):
            self._admin.execute(f"CREATE TABLE {name} (words text STORAGE PLAIN) TABLESPACE cramped")
        words = "x" * (PAGE_BYTES - 200)
        one_page_each = "INSERT INTO {} SELECT %s FROM generate_series(1, %s)"
        self._admin.execute(one_page_each.format(spare), [words, pages_left])
        for pages in (1000, 100, 10, 1):
            with suppress(psycopg.errors.DiskFull):
                while True:
                    self._admin.execute(one_page_each.format(filler), [words, pages])
        self._admin.execute(f"DROP TABLE {spare}")
        yield
        self._admin.execute(f"DROP TABLE {filler}")

    def _use_disk(self, serve: str) -> str:
        """Return the shell's words that serve with the disk in use."""
        return f"exec {serve}"

    def _place_tables(self) -> None:
        self._admin.execute(f"CREATE TABLESPACE {self._tablespace} LOCATION '{self._disk}'")

    def _connect(self) -> psycopg.Connection:
        give_up_at = time.monotonic() + READY_SECONDS
        while True:
            try:
                return psycopg.connect(f"host={self._sockets} user=postgres dbname=postgres", autocommit=True)
            except psycopg.OperationalError:
                if time.monotonic() > give_up_at or self._process.poll() is not None:
                    raise
                time.sleep(0.1)


class CrampedLogPostgresql(CrampedPostgresql):
    """Its log lies on the small disk, and its tables have room.

    Nothing of its log is removed, as while a receiver of it is away. A server that cannot write its log may end; this
    one is started again and again, as a process manager does.
    """

    _tablespace = "pg_default"

    @contextmanager
    def full(self, *, pages_left: int) -> Iterator[None]:
        """Leave so many pages on the disk and no more; afterwards there is room again, and the server is back."""
        # The mount is seen by the server and its children alone, and by whoever looks with their eyes.
        filler = Path(f"/proc/{self._process.pid}/root{self._disk}/filler")
        with filler.open("wb", buffering=0) as file:
            with suppress(OSError):
                while file.write(b"x" * PAGE_BYTES) == PAGE_BYTES:
                    pass
            file.truncate(max(0, file.tell() - pages_left * PAGE_BYTES))
        yield
        filler.unlink()
        self._admin.close()
        self._admin = self._connect()

    def _use_disk(self, serve: str) -> str:
        log, options = self._data / "pg_wal", "-c wal_keep_size=1GB -c min_wal_size=2MB -c max_wal_size=8MB"
        move = f"cp -a {log}/. {self._disk} && rm -r {log} && ln -s {self._disk} {log}"
        return f"{move} && while :; do {serve} {options}; sleep 0.2; done"

    def _place_tables(self) -> None:
        """They stay where they are."""
