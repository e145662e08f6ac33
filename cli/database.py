"""`flask db`: bring the database's tables up to date, or back; ask whether what is in them is sound."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from migrations.run import downgrade, upgrade, write_revision
from operations.services import Services
from operations.soundness import RULES, find_flaws

database_commands = AppGroup("db", help="The database: bring its tables up to date, or back; check what is in them.")


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


@database_commands.command("check")
def check_command() -> None:
    """Look for data that breaks a promise of the house: each flaw a line, exit status 1 when there is any."""
    services = _services()
    with services.database.reading() as session:
        flaws = find_flaws(session, now=services.now())
    for flaw in flaws:
        click.echo(f"{flaw.rule}: {flaw.where}", err=True)
    if flaws:
        raise click.exceptions.Exit(1)
    click.echo(f"sound: {len(RULES)} rules hold")


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
