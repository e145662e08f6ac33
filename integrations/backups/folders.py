"""A backup as a folder: dump, files, messages left with the fallback, a manifest, and everybody's sums.

`SHA256SUMS` is in the form of `sha256sum`, so that a copy on another machine is checked with `sha256sum -c SHA256SUMS`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from integrations.backups.durable import flush
from integrations.backups.json_lines import find_damage
from integrations.backups.open_rows import Build, OpenRows
from integrations.backups.postgresql import PostgresqlDumps
from integrations.backups.sqlite import SqliteDumps
from operations.foundation.backups import Backup, BackupDamaged, BackupFromElsewhere
from operations.foundation.files import FileStore, FileUnknown

MANIFEST, SUMS, FILES, SPOOL = "manifest.json", "SHA256SUMS", "files", "spool.jsonl"
BACKUP, EXPORT = "onecall", "export"
INSTANT = "%Y%m%dT%H%M%SZ"
UNFINISHED = ".unfinished"


class Dumps(Protocol):
    """How a database is dumped, into a file or a folder, and loaded: by its own means, or as open rows."""

    @property
    def engine(self) -> str: ...

    @property
    def dump_name(self) -> str: ...

    def dump(self, to: Path) -> None: ...

    def refuse_unless_empty(self) -> None: ...

    def load(self, dump: Path) -> None: ...


class FolderBackups:
    """Backups of one installation, each a folder readable by the owner only, called by `name` and the time."""

    def __init__(self, dumps: Dumps, *, name: str, files: FileStore, spool_file: Path) -> None:
        self._dumps = dumps
        self._name = name
        self._files = files
        self._spool_file = spool_file

    def take(self, into: Path, *, revision: str, now: dt.datetime, with_files: bool) -> Backup:
        """Write a backup. The database goes first: a file that a row names was there before the row."""
        folder = into / f"{self._name}-{now.astimezone(dt.UTC):{INSTANT}}"
        draft = folder.with_name(folder.name + UNFINISHED)
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        try:
            self._fill(draft, revision=revision, now=now, with_files=with_files)
        except BaseException:
            shutil.rmtree(draft)
            raise
        draft.rename(folder)
        flush(into)
        return _read_manifest(folder)

    def read(self, folder: Path) -> Backup:
        """Return what a backup is, after comparing each of its files with its sum."""
        backup = _read_manifest(folder)
        if backup.engine != self._dumps.engine:
            raise BackupFromElsewhere(
                f"{folder} holds {backup.engine}, and {self._dumps.engine} is wanted: a backup goes back into its own "
                "kind of database (db restore), an export into any (db import)"
            )
        _compare_sums(folder)
        return backup

    def put_back(self, backup: Backup) -> None:
        """Bring back files, then the database, whose rows name nothing that is not there, then messages."""
        self._dumps.refuse_unless_empty()
        new = [path for path in _walk(backup.folder / FILES) if not self._files.has(path.name)]
        try:
            for path in new:
                self._files.write(path.name, path.read_bytes())
            self._dumps.load(backup.folder / self._dumps.dump_name)
        except BaseException:
            for path in new:
                self._files.erase(path.name)
            raise
        spool = backup.folder / SPOOL
        if spool.exists() and not self._spool_file.exists():
            self._spool_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._spool_file, spool.read_bytes())

    def prune(self, folder: Path, *, keep: int) -> int:
        """Delete all but the newest backups; what is no backup of ours is left alone."""
        ours = sorted(
            path.parent for path in folder.glob(f"{self._name}-*/{MANIFEST}") if not _is_unfinished(path.parent)
        )
        old = ours[:-keep]
        for path in old:
            shutil.rmtree(path)
        return len(old)

    def _fill(self, draft: Path, *, revision: str, now: dt.datetime, with_files: bool) -> None:
        dump = draft / self._dumps.dump_name
        self._dumps.dump(dump)
        count = self._take_files(draft / FILES) if with_files else 0
        if self._spool_file.exists():
            _write(draft / SPOOL, self._spool_file.read_bytes())
        manifest = {
            "taken_at": now.isoformat(),
            "engine": self._dumps.engine,
            "revision": revision,
            "files": count,
            "database_bytes": sum(path.stat().st_size for path in ([dump] if dump.is_file() else _walk(dump))),
        }
        _write(draft / MANIFEST, json.dumps(manifest, indent=2).encode())
        _write(draft / SUMS, "".join(f"{_sum(path)}  {path.relative_to(draft)}\n" for path in _walk(draft)).encode())
        for path in draft.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)

    def _take_files(self, folder: Path) -> int:
        count = 0
        for key in self._files.list_keys():
            path = folder / key[:2] / key
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                _write(path, self._files.read(key))
            except FileUnknown:
                continue  # erased meanwhile
            count += 1
        return count


def open_backups(
    database_url: str, *, files: FileStore, spool_file: Path, programs: Path | None = None
) -> FolderBackups:
    """Return the backups of the installation with these settings; `programs` as in PostgresqlDumps."""
    is_sqlite = database_url.startswith("sqlite")
    dumps: Dumps = SqliteDumps(database_url) if is_sqlite else PostgresqlDumps(database_url, programs=programs)
    return FolderBackups(dumps, name=BACKUP, files=files, spool_file=spool_file)


def open_exports(engine: Engine, *, build: Build, files: FileStore, spool_file: Path) -> FolderBackups:
    """Return the exports of the installation with this database: backups whose rows are text, for either kind."""
    return FolderBackups(OpenRows(engine, build=build), name=EXPORT, files=files, spool_file=spool_file)


def _is_unfinished(folder: Path) -> bool:
    return folder.name.endswith(UNFINISHED)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _walk(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder: Path) -> Backup:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Backup(
            folder=folder,
            taken_at=dt.datetime.fromisoformat(said["taken_at"]),
            engine=said["engine"],
            revision=said["revision"],
            files=said["files"],
            database_bytes=said["database_bytes"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupFromElsewhere(f"{folder} is no backup: it needs a {MANIFEST} of ours") from error


def _compare_sums(folder: Path) -> None:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BackupDamaged(f"{folder / SUMS} is missing") from error
    named = {}
    for line in lines:
        found, _, name = line.partition("  ")
        named[name] = found
    there = {str(path.relative_to(folder)) for path in _walk(folder)} - {SUMS}
    for name in sorted(named.keys() | there):
        if name not in there:
            raise BackupDamaged(f"{folder / name} is missing")
        if named.get(name) != _sum(folder / name):
            damage = find_damage(folder / name) if name.endswith(".jsonl") else None
            raise BackupDamaged(damage or f"{folder / name} is not what was written")
