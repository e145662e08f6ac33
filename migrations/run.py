"""Bring a database to a revision of its tables, or write a new revision from changed models."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

FOLDER = Path(__file__).resolve().parent
# Any number; all installations of OneCall must use the same one.
UPGRADE_LOCK = 701_244_061


def upgrade(engine: Engine, *, revision: str = "head") -> None:
    """Bring the tables forward to `revision`; several processes that start together take turns."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        command.upgrade(_configure(connection), revision)


def downgrade(engine: Engine, *, revision: str) -> None:
    """Bring the tables back to `revision` ("base": none at all)."""
    with engine.begin() as connection:
        command.downgrade(_configure(connection), revision)


def write_revision(engine: Engine, *, message: str) -> None:
    """Write a migration that turns the database's tables into those of the models; read it before you commit it.

    Revisions are numbered, so that their order is plain to see.
    """
    number = f"{len(list((FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with engine.begin() as connection:
        command.revision(_configure(connection), message=message, autogenerate=True, rev_id=number)


def _configure(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
