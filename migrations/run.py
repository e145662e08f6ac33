"""Bring a database to a revision of its tables, or write a new revision from changed models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

FOLDER = Path(__file__).resolve().parent
# Any number; all installations of OneCall must use the same one.
UPGRADE_LOCK = 701_244_061


def upgrade(engine: Engine, *, revision: str = "head") -> None:
    """Bring the tables forward to `revision`; several processes that start together take turns."""
    with _begin(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        command.upgrade(_configure(connection), revision)


@contextmanager
def build(engine: Engine, revision: str) -> Iterator[Connection]:
    """Make the tables of `revision`, let rows be put in, then bring both to this version: all in one transaction."""
    with _begin(engine) as connection:
        command.upgrade(_configure(connection), revision)
        yield connection
        command.upgrade(_configure(connection), "head")


def downgrade(engine: Engine, *, revision: str) -> None:
    """Bring the tables back to `revision` ("base": none at all)."""
    with _begin(engine) as connection:
        command.downgrade(_configure(connection), revision)


def write_revision(engine: Engine, *, message: str) -> None:
    """Write a migration that turns the database's tables into those of the models; read it before you commit it.

    Revisions are numbered, so that their order is plain to see.
    """
    number = f"{len(list((FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with engine.begin() as connection:
        command.revision(_configure(connection), message=message, autogenerate=True, rev_id=number)


def find_revision(engine: Engine) -> str:
    """Return the revision of the database's tables; "base" when it has none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or "base"


def is_known(revision: str) -> bool:
    """Tell whether this version of the code knows a revision: tables of a newer version it cannot use."""
    return any(script.revision == revision for script in ScriptDirectory(str(FOLDER)).walk_revisions())


class DanglingReference(RuntimeError):
    """A migration would leave a row that refers to a row that is not there; nothing was changed."""


@contextmanager
def _begin(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction of a migration.

    SQLite cannot alter a table, so Alembic copies it and drops the old one, which other rows refer to: references are
    checked at the end instead of all along (https://sqlite.org/lang_altertable.html, "other kinds of schema changes").
    """
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        _switch_references(connection, "OFF")
        try:
            with connection.begin():
                yield connection
                dangling = connection.execute(text("PRAGMA foreign_key_check")).all()
                if dangling:
                    raise DanglingReference(f"{len(dangling)}, the first in {dangling[0][0]}")
        finally:
            _switch_references(connection, "ON")


def _switch_references(connection: Connection, on_or_off: str) -> None:
    # Below SQLAlchemy, which would open a transaction first; inside one SQLite ignores the pragma.
    raw = connection.connection.cursor()
    raw.execute(f"PRAGMA foreign_keys={on_or_off}")
    raw.close()


def _configure(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
