"""A copy of a SQLite database while it is being written, by SQLite's own backup interface."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from integrations.backups.durable import flush
from operations.foundation.backups import BackupDamaged, DatabaseNotEmpty

DUMP_NAME = "database.sqlite3"


class SqliteDumps:
    """Dumps and loads the database file of `url`."""

    engine = "sqlite"
    dump_name = DUMP_NAME

    def __init__(self, url: str) -> None:
        self._path = Path(make_url(url).database or "")

    def dump(self, to: Path) -> None:
        """Write what is committed now to `to`; writers go on meanwhile."""
        with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(to)) as copy:
            source.backup(copy)
            # One file, without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        flush(to)

    def refuse_unless_empty(self) -> None:
        """Raise DatabaseNotEmpty when the database holds any table."""
        if not self._path.exists():
            return
        with closing(sqlite3.connect(self._path)) as target:
            if target.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                raise DatabaseNotEmpty(f"{self._path} holds tables: move it away, or set DATABASE_URL to a new file")

    def load(self, dump: Path) -> None:
        """Put the dump where the database belongs, whole or not at all."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.restoring")
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(dump)) as source, closing(sqlite3.connect(draft)) as copy:
            source.backup(copy)
            found = copy.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            draft.unlink()
            raise BackupDamaged(f"{dump}: {found}")
        draft.chmod(0o600)
        flush(draft)
        for log in ("-wal", "-shm"):
            Path(f"{self._path}{log}").unlink(missing_ok=True)
        draft.replace(self._path)
        flush(self._path.parent)
