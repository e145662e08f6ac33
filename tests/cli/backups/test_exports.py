"""Everything goes out in the open and comes in again, on whichever kind of database; or nothing is written."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from integrations.backups.folders import open_exports
from integrations.backups.open_rows import Build
from integrations.files.folder import FolderFiles
from migrations.run import build, downgrade, find_revision, upgrade
from models import Customer
from models.base import Base
from models.database import Database
from operations.clients.services import Services
from tests.cli.backups.conftest import HEAD, assert_refused, every_row, is_bare, run
from tests.databases import ON_SQLITE_ALONE, PostgresqlServer, SqliteFolder
from tests.factories.instants import NIGHT

CUSTOMERS = "rows/customers.jsonl"


@contextmanager
def build_at_once(engine: Engine, revision: str) -> Iterator[Connection]:
    """The tables that all migrations lead to, without going that way."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Below SQLAlchemy, as migrations do: inside a transaction SQLite ignores it.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            Base.metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
            yield connection


@pytest.fixture
def move(postgresql_server: PostgresqlServer, sqlite_folder: SqliteFolder, tmp_path: Path) -> Iterator[Callable]:
    """Makes an empty installation, of the kind that is asked for."""
    opened = []

    def open_elsewhere(house: Services, *, to_sqlite: bool, build: Build = build_at_once) -> Services:
        bare = (sqlite_folder if to_sqlite else postgresql_server).bare()
        database = Database(bare.__enter__())
        opened.append((database, bare))
        folder = tmp_path / f"elsewhere {len(opened)}"
        files, spool_file = FolderFiles(folder / "files"), folder / "spool.jsonl"
        exports = open_exports(database.engine, build=build, files=files, spool_file=spool_file)
        return replace(house, database=database, files=files, spool_file=spool_file, exports=exports)

    yield open_elsewhere
    for database, bare in opened:
        database.close()
        bare.__exit__(None, None, None)


def export(services: Services, into: Path) -> Path:
    done = run(services, "export", str(into))
    assert done.exit_code == 0, done.output
    (folder,) = into.iterdir()
    return folder


def read_rows(folder: Path) -> dict[str, list[Any]]:
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("rows/*")}
    return {name: [json.loads(line) for line in text.split("\n") if line] for name, text in texts.items()}


def sum_anew(folder: Path) -> None:
    """Write the sums of what is there now, as somebody does who has changed it on purpose."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in paths)
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


@ON_SQLITE_ALONE
def test_a_house_moves_to_the_other_kind_of_database_and_back_with_every_row_and_photo(
    house: Services, move: Callable[..., Services], tmp_path: Path
) -> None:
    there, back = move(house, to_sqlite=False), move(house, to_sqlite=True)

    first = export(house, tmp_path / "first")
    came = run(there, "import", str(first))
    assert came.exit_code == 0, came.output
    second = export(there, tmp_path / "second")
    came_back = run(back, "import", str(second))

    assert came_back.exit_code == 0, came_back.output
    for services, result in ((there, came), (back, came_back)):
        assert "sound" in result.output
        assert list(services.files.list_keys()) == list(house.files.list_keys())
        assert services.spool_file.read_text(encoding="utf-8") == house.spool_file.read_text(encoding="utf-8")
    assert read_rows(first) == read_rows(second) == read_rows(export(back, tmp_path / "third"))
    assert first.stat().st_mode & 0o077 == 0
    with there.database.writing() as session:
        customer = Customer(**{**customer_columns(session.query(Customer).first()), "number": "new"})
        session.add(customer)
        session.flush()
        assert customer.id > max(row["id"] for row in read_rows(first)["customers.jsonl"])


def customer_columns(customer: Customer | None) -> dict[str, object]:
    assert customer is not None
    return {column.key: getattr(customer, column.key) for column in Customer.__table__.columns if column.key != "id"}


@pytest.mark.proof
@ON_SQLITE_ALONE
@pytest.mark.parametrize("to_sqlite", [True, False])
def test_an_export_of_an_earlier_version_is_brought_to_the_tables_of_this_one(
    services: Services, move: Callable[..., Services], tmp_path: Path, *, to_sqlite: bool
) -> None:
    old, new = move(services, to_sqlite=not to_sqlite), move(services, to_sqlite=to_sqlite, build=build)
    upgrade(old.database.engine)
    downgrade(old.database.engine, revision="-1")

    came = run(new, "import", str(export(old, tmp_path / "exports")))

    assert came.exit_code == 0, came.output
    assert find_revision(new.database.engine) == HEAD


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


@ON_SQLITE_ALONE
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"id": 2,', '"id": 2', "customers.jsonl, line 2: no JSON"),
        ('{"id": 3,', '{"id": "3",', 'customers.jsonl, line 3: id cannot be "3"'),
        ('"number"', '"nummer"', "customers.jsonl, line 1: has not the columns of customers: number, nummer"),
        ('{"id": 2,', '{"id": 1,', "customers.jsonl, lines 1 to"),
        ('{"id": 2,', '{"id": 200,', "refers to one of customers that is not there"),
    ],
)
def test_a_changed_line_is_named_and_nothing_is_written_even_where_somebody_has_renewed_the_sums(
    old: str, new: str, said: str, house: Services, move: Callable[..., Services], tmp_path: Path
) -> None:
    folder, target = export(house, tmp_path / "exports"), move(house, to_sqlite=True)
    change(folder, CUSTOMERS, old, new)
    sum_anew(folder)

    assert_refused(target, said, "import", str(folder))
    assert not target.spool_file.exists()


def lose_a_table(folder: Path) -> None:
    (folder / CUSTOMERS).unlink()
    sum_anew(folder)


def add_a_table(folder: Path) -> None:
    (folder / "rows" / "strangers.jsonl").write_text("", encoding="utf-8")
    sum_anew(folder)


def lose_the_revision(folder: Path) -> None:
    (folder / "rows" / "alembic_version.jsonl").write_text("", encoding="utf-8")
    sum_anew(folder)


@ON_SQLITE_ALONE
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: change(folder, CUSTOMERS, '{"id": 2', '{"id": 9'), "customers.jsonl is not what was written"),
        (lambda folder: change(folder, CUSTOMERS, '{"id": 2', '{"id" 2'), "customers.jsonl, line 2: no JSON"),
        (lambda folder: (folder / CUSTOMERS).unlink(), "customers.jsonl is missing"),
        (lose_a_table, "customers.jsonl is missing"),
        (add_a_table, "strangers.jsonl is of no table"),
        (lose_the_revision, "names no revision"),
    ],
)
def test_a_damaged_export_is_refused_and_nothing_is_written(
    damage: Callable[[Path], None], said: str, house: Services, move: Callable[..., Services], tmp_path: Path
) -> None:
    folder, target = export(house, tmp_path / "exports"), move(house, to_sqlite=True)
    damage(folder)

    assert_refused(target, said, "import", str(folder))


@ON_SQLITE_ALONE
def test_a_reference_that_leads_nowhere_is_refused_on_postgresql_too(
    house: Services, move: Callable[..., Services], tmp_path: Path
) -> None:
    folder, target = export(house, tmp_path / "exports"), move(house, to_sqlite=False)
    change(folder, CUSTOMERS, '{"id": 2,', '{"id": 200,')
    sum_anew(folder)

    refused = run(target, "import", str(folder))

    assert refused.exit_code == 1
    assert "violates foreign key constraint" in refused.output
    assert is_bare(target)


@ON_SQLITE_ALONE
def test_exports_of_a_newer_version_backups_and_full_databases_are_refused(
    house: Services, move: Callable[..., Services], tmp_path: Path
) -> None:
    before, target = every_row(house.database), move(house, to_sqlite=True)
    newer = house.exports.take(tmp_path / "newer", revision="9999", now=NIGHT, with_files=False)
    folder, backup = (
        export(house, tmp_path / "exports"),
        house.backups.take(tmp_path / "backups", revision=HEAD, now=NIGHT, with_files=True),
    )

    for services, path, said in (
        (target, newer.folder, "newer version"),
        (target, backup.folder, "goes back into its own kind"),
        (house, folder, "holds tables"),
    ):
        refused = run(services, "import", str(path))
        assert refused.exit_code == 1
        assert said in refused.output
    assert run(target, "restore", str(folder)).exit_code == 1

    assert is_bare(target)
    assert every_row(house.database) == before
