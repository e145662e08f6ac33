"""`flask db`: bring the database's tables up to date, or back."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from migrations.run import downgrade, upgrade, write_revision
from operations.services import Services

database_commands = AppGroup("db", help="Bring the database's tables up to date, or back.")


@database_commands.command("upgrade")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    """Bring the tables forward to REVISION (the newest)."""
    upgrade(_services().database.engine, revision=revision)


@database_commands.command("downgrade")
@click.argument("revision")
def downgrade_command(revision: str) -> None:
    """Bring the tables back to REVISION; "base" removes them all."""
    downgrade(_services().database.engine, revision=revision)


@database_commands.command("revision")
@click.argument("message")
def revision_command(message: str) -> None:
    """Write a migration from the changed models."""
    write_revision(_services().database.engine, message=message)


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
