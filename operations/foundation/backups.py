"""What a backup is: one folder with everything an installation cannot make again (operating.md, Backup and restore)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import StoredFile
from operations.foundation.files import FileStore


class BackupRefused(RuntimeError):
    """Nothing was written; the message says why, and what to do."""


class BackupDamaged(BackupRefused):
    """A file of the backup is missing or is not what was written."""


class BackupFromElsewhere(BackupRefused):
    """The backup is of another kind of database, or is no backup at all."""


class BackupToolFailed(BackupRefused):
    """PostgreSQL's own programs are missing or refused."""


class DatabaseNotEmpty(BackupRefused):
    """A backup is put back into an empty database only, so that nothing is ever overwritten."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as its manifest describes it. `revision` is that of the tables, `engine` "sqlite" or "postgresql"."""

    folder: Path
    taken_at: dt.datetime
    engine: str
    revision: str
    files: int
    database_bytes: int


class Backups(Protocol):
    """Takes the database, the files and messages not yet taken in; puts them back into an empty installation."""

    def take(self, into: Path, *, revision: str, now: dt.datetime, with_files: bool) -> Backup:
        """Write a new backup into a folder of backups; it appears whole or not at all. Raises BackupRefused."""
        ...

    def read(self, folder: Path) -> Backup:
        """Return what a backup is, after comparing each of its files with its sum. Raises BackupRefused."""
        ...

    def put_back(self, backup: Backup) -> None:
        """Bring back what a backup holds. Raises BackupRefused; then the database is as it was."""
        ...

    def prune(self, folder: Path, *, keep: int) -> int:
        """Delete all but the newest backups of a folder; return how many were deleted."""
        ...


def list_missing_files(session: Session, *, files: FileStore) -> Iterator[str]:
    """Yield the keys of files that the rows name and the file store does not have."""
    for key in session.scalars(select(StoredFile.key).where(StoredFile.erased_at.is_(None)).order_by(StoredFile.id)):
        if not files.has(key):
            yield key
