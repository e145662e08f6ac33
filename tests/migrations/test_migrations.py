"""Migrations lead to exactly the models' tables, forwards and backwards, and lose no row on the way."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from migrations.run import FOLDER, downgrade, upgrade
from models.database import Database
from tests.migrations.rows import BOOKKEEPING, count_rows, fill_every_table

SCRIPTS = ScriptDirectory(str(FOLDER))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def bare(bare_database_url: str) -> Iterator[Database]:
    """A database without tables."""
    database = Database(bare_database_url)
    yield database
    database.close()


def describe(engine: Engine) -> dict[str, Any]:
    """Return everything a database says of its tables, in a form that can be compared."""
    looks = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in looks.get_columns(table)
            },
            "primary key": looks.get_pk_constraint(table),
            "foreign keys": sorted(map(repr, looks.get_foreign_keys(table))),
            "indexes": sorted(repr(_in_words(dict(index))) for index in looks.get_indexes(table)),
            "unique": sorted(map(repr, looks.get_unique_constraints(table))),
        }
        for table in looks.get_table_names()
        if table != BOOKKEEPING
    }


def _in_words(index: Mapping[str, Any]) -> dict[str, Any]:
    """Return an index with the condition of a partial one as text: the objects would never be equal."""
    return {**index, "dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}


def test_the_newest_migration_leads_to_the_tables_of_the_models(bare: Database, database: Database) -> None:
    upgrade(bare.engine)

    migrated, modelled = describe(bare.engine), describe(database.engine)

    assert set(migrated) == set(modelled)
    for table, description in modelled.items():
        assert migrated[table] == description, table


@pytest.mark.proof
def test_every_migration_and_its_way_back_keep_every_row_of_the_tables_that_stay(bare: Database) -> None:
    """One database goes all the way, so that the rows of the first tables live through every later migration."""
    for before, revision in pairwise(["base", *REVISIONS]):
        with bare.engine.begin() as connection:
            fill_every_table(connection)
            counted = count_rows(connection)

        upgrade(bare.engine, revision=revision)
        with bare.engine.begin() as connection:
            after = count_rows(connection)
            fill_every_table(connection)
            filled = count_rows(connection)
        downgrade(bare.engine, revision=before)
        with bare.engine.begin() as connection:
            at_the_end = count_rows(connection)
        upgrade(bare.engine, revision=revision)

        assert {table: after[table] for table in counted if table in after} == {
            table: count for table, count in counted.items() if table in after
        }, revision
        assert all(filled.values()), revision
        assert set(at_the_end) == set(counted), revision
        assert all(at_the_end.values()), revision


def test_what_was_undone_can_be_done_again(bare: Database) -> None:
    upgrade(bare.engine)
    there = describe(bare.engine)
    downgrade(bare.engine, revision="base")

    upgrade(bare.engine)

    assert describe(bare.engine) == there


def test_an_upgrade_that_has_nothing_to_do_changes_nothing(bare: Database) -> None:
    upgrade(bare.engine)
    with bare.engine.begin() as connection:
        fill_every_table(connection)
        before = count_rows(connection)

    upgrade(bare.engine)

    with bare.engine.begin() as connection:
        assert count_rows(connection) == before


def test_processes_that_start_together_upgrade_once(bare_database_url: str) -> None:
    program = "import sys; from migrations.run import upgrade; from models.database import Database"
    command = [sys.executable, "-c", f"{program}; upgrade(Database(sys.argv[1]).engine)", bare_database_url]
    processes = [subprocess.Popen(command, cwd=FOLDER.parent, stderr=subprocess.PIPE, text=True) for _ in range(3)]

    errors = [process.communicate(timeout=60)[1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], errors


def test_migrations_follow_each_other_in_one_line_and_are_numbered() -> None:
    files = sorted(path.name for path in Path(FOLDER, "versions").glob("[0-9]*.py"))

    assert len(SCRIPTS.get_heads()) == 1
    assert [name[:4] for name in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in files)
