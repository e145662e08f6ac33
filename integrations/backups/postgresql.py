"""A dump of a PostgreSQL database by its own programs, which must be on PATH (Debian: postgresql-client)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from integrations.backups.durable import flush
from operations.foundation.backups import BackupToolFailed, DatabaseNotEmpty

DUMP_NAME = "database.dump"
LAST_WORDS = 2000


class PostgresqlDumps:
    """Dumps and loads the database of `url`; `programs` is where PostgreSQL's programs are, when not on PATH.

    The password goes by a file of its owner's, where other users do not see it.
    """

    engine = "postgresql"
    dump_name = DUMP_NAME

    def __init__(self, url: str, *, programs: Path | None = None) -> None:
        self._programs = str(programs) if programs else None
        parsed = make_url(url).set(drivername="postgresql")
        self._password = parsed.password
        self._connection = parsed.render_as_string(hide_password=False)
        self._parsed = parsed.set(password=None)

    def dump(self, to: Path) -> None:
        """Write what is committed now to `to`, of one snapshot; writers go on meanwhile."""
        with self._address() as address:
            self._run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}", address)
        flush(to)

    def refuse_unless_empty(self) -> None:
        """Raise DatabaseNotEmpty when the database holds any table."""
        with psycopg.connect(self._connection) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchone()
        if found:
            raise DatabaseNotEmpty("the database holds tables: make a new one and set DATABASE_URL to it")

    def load(self, dump: Path) -> None:
        """Bring the dump into the database in one transaction."""
        whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        with self._address() as address:
            self._run("pg_restore", *whole, f"--dbname={address}", str(dump))

    @contextmanager
    def _address(self) -> Iterator[str]:
        """Yield the database's address without its password, which stands in a file beside it meanwhile."""
        with tempfile.NamedTemporaryFile("w", prefix="onecall-", encoding="utf-8") as file:
            password = (self._password or "").replace("\\", "\\\\").replace(":", "\\:")
            file.write(f"*:*:*:*:{password}\n")
            file.flush()
            address = self._parsed.update_query_dict({"passfile": file.name}) if password else self._parsed
            yield address.render_as_string(hide_password=False)

    def _run(self, program: str, *words: str) -> None:
        path = shutil.which(program, path=self._programs)
        if path is None:
            raise BackupToolFailed(f"{program} is not on PATH; Debian's package is called postgresql-client")
        done = subprocess.run((path, *words), capture_output=True, text=True, check=False)  # noqa: S603 - found above
        if done.returncode:
            raise BackupToolFailed(f"{program} ended with {done.returncode}: {done.stderr.strip()[-LAST_WORDS:]}")
