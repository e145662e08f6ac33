"""Every table with a row in it, whatever its columns, is written by one kind of database and read by the other."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from integrations.backups.open_rows import OpenRows
from migrations.run import build, upgrade
from models.database import Database
from tests.databases import PostgresqlServer, SqliteFolder
from tests.migrations.rows import fill_every_table


def dump(engine: Engine, to: Path) -> dict[str, str]:
    OpenRows(engine, build=build).dump(to)
    return {path.name: path.read_text(encoding="utf-8") for path in to.iterdir()}


@pytest.mark.proof
def test_a_row_of_every_table_goes_to_the_other_kind_of_database_and_comes_back_as_it_was(
    sqlite_folder: SqliteFolder, postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    with sqlite_folder.bare() as first_url, postgresql_server.bare() as there_url, sqlite_folder.bare() as last_url:
        first, there, last = Database(first_url), Database(there_url), Database(last_url)
        upgrade(first.engine)
        with first.engine.begin() as connection:
            fill_every_table(connection)

        before = dump(first.engine, tmp_path / "first")
        OpenRows(there.engine, build=build).load(tmp_path / "first")
        OpenRows(last.engine, build=build).load(tmp_path / "first")

        assert all(text.count("\n") >= 1 for text in before.values())
        assert dump(there.engine, tmp_path / "there") == before
        assert dump(last.engine, tmp_path / "last") == before
        for database in (first, there, last):
            database.close()
