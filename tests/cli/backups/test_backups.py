"""What was committed before a backup is there after its restore, and nothing is ever overwritten."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from integrations.backups.folders import open_backups
from integrations.files.folder import FolderFiles
from migrations.run import downgrade, find_revision, upgrade
from models import Customer
from models.database import Database
from operations.clients.services import Services
from tests.cli.backups.conftest import HEAD, assert_refused, every_row, is_bare, run, stamp
from tests.cli.conftest import NOW
from tests.databases import ON_SQLITE_ALONE, SqliteFolder, find_postgresql_programs
from tests.factories.instants import NIGHT


@pytest.fixture
def elsewhere(house: Services, bare_database_url: str, tmp_path: Path) -> Iterator[Services]:
    """Another machine, with nothing on it."""
    files, spool_file = FolderFiles(tmp_path / "elsewhere" / "files"), tmp_path / "elsewhere" / "spool.jsonl"
    database = Database(bare_database_url)
    yield replace(
        house,
        database=database,
        files=files,
        spool_file=spool_file,
        backups=open_backups(
            bare_database_url, files=files, spool_file=spool_file, programs=find_postgresql_programs()
        ),
    )
    database.close()


@pytest.fixture
def backup(house: Services, tmp_path: Path) -> Path:
    taken = run(house, "backup", str(tmp_path / "backups"))
    assert taken.exit_code == 0, taken.output
    (folder,) = (tmp_path / "backups").iterdir()
    return folder


def test_a_restored_house_is_the_house_at_the_instant_of_the_backup(
    house: Services, backup: Path, elsewhere: Services
) -> None:
    before = every_row(house.database)
    with house.database.writing() as session:
        session.scalars(select(Customer)).first().name = "after the backup"  # type: ignore[union-attr]

    restored = run(elsewhere, "restore", str(backup))

    assert restored.exit_code == 0, restored.output
    assert "1 files" in restored.output
    assert "sound" in restored.output
    assert every_row(elsewhere.database) == before
    assert list(elsewhere.files.list_keys()) == list(house.files.list_keys())
    assert elsewhere.spool_file.read_text(encoding="utf-8") == house.spool_file.read_text(encoding="utf-8")
    assert backup.stat().st_mode & 0o077 == 0


def change_a_byte(backup: Path) -> None:
    dump = next(backup.glob("database.*"))
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)


def lose_a_photo(backup: Path) -> None:
    next(backup.glob("files/*/*")).unlink()


def slip_in_a_file(backup: Path) -> None:
    (backup / "files" / "ab").mkdir()
    (backup / "files" / "ab" / "abcdefgh").write_bytes(b"not ours")


def lose_the_sums(backup: Path) -> None:
    (backup / "SHA256SUMS").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (change_a_byte, "is not what was written"),
        (lose_a_photo, "is missing"),
        (slip_in_a_file, "is not what was written"),
        (lose_the_sums, "is missing"),
        (shutil.rmtree, "is no backup"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_is_written(
    damage: Callable[[Path], None], said: str, backup: Path, elsewhere: Services
) -> None:
    damage(backup)

    assert_refused(elsewhere, said, "restore", str(backup))


def test_a_database_with_anything_in_it_is_never_overwritten(house: Services, backup: Path) -> None:
    before = every_row(house.database)

    refused = run(house, "restore", str(backup))

    assert refused.exit_code == 1
    assert "holds tables" in refused.output
    assert every_row(house.database) == before


def test_a_backup_of_a_newer_version_is_refused(house: Services, tmp_path: Path, elsewhere: Services) -> None:
    newer = house.backups.take(tmp_path / "backups", revision="9999", now=NOW, with_files=True)

    refused = run(elsewhere, "restore", str(newer.folder))

    assert refused.exit_code == 1
    assert "newer version" in refused.output
    assert is_bare(elsewhere)


def test_backups_of_the_other_kind_of_database_are_refused(backup: Path, elsewhere: Services, tmp_path: Path) -> None:
    is_sqlite = elsewhere.database.is_sqlite
    other = "postgresql+psycopg://nobody@127.0.0.1:1/none" if is_sqlite else f"sqlite:///{tmp_path / 'other.sqlite3'}"
    backups = open_backups(other, files=elsewhere.files, spool_file=elsewhere.spool_file)

    refused = run(replace(elsewhere, backups=backups), "restore", str(backup))

    assert refused.exit_code == 1
    assert "its own kind of database" in refused.output


def test_only_the_newest_backups_are_kept_and_strangers_left_alone(house: Services, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    (folder / "onecall-of-somebody").mkdir(parents=True)
    for hour in range(4):
        at = NIGHT + dt.timedelta(hours=hour)
        run(replace(house, now=lambda at=at: at), "backup", str(folder), "--keep", "2", "--without-files")  # type: ignore[misc]

    kept = sorted(path.name for path in folder.iterdir())

    last = [f"onecall-{NIGHT + dt.timedelta(hours=hour):%Y%m%dT%H%M%SZ}" for hour in (2, 3)]
    assert kept == [*last, "onecall-of-somebody"]


@ON_SQLITE_ALONE  # migrations are tried on both elsewhere
def test_what_an_earlier_version_backed_up_is_brought_to_the_tables_of_this_one(
    services: Services, sqlite_folder: SqliteFolder, tmp_path: Path
) -> None:
    with sqlite_folder.bare() as url:
        old = Database(url)
        upgrade(old.engine)
        downgrade(old.engine, revision="-1")
        backups = open_backups(url, files=services.files, spool_file=services.spool_file)
        run(replace(services, database=old, backups=backups), "backup", str(tmp_path / "backups"))
        old.close()
    (folder,) = (tmp_path / "backups").iterdir()
    new_url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    new = replace(
        services,
        database=Database(new_url),
        backups=open_backups(new_url, files=services.files, spool_file=services.spool_file),
    )

    restored = run(new, "restore", str(folder))

    assert restored.exit_code == 0, restored.output
    assert find_revision(new.database.engine) == HEAD
    new.database.close()


def test_missing_programs_of_postgresql_are_named(tmp_path: Path, services: Services) -> None:
    backups = open_backups(
        "postgresql+psycopg://nobody@127.0.0.1:1/none",
        files=services.files,
        spool_file=services.spool_file,
        programs=tmp_path,
    )
    stamp(services.database, HEAD)

    refused = run(replace(services, backups=backups), "backup", str(tmp_path / "backups"))

    assert refused.exit_code == 1
    assert "pg_dump is not on PATH" in refused.output
