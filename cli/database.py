"""`flask db`: bring the tables up to date, or back; check what is in them; back up and restore; export and import."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from migrations.run import downgrade, find_revision, is_known, upgrade, write_revision
from operations.clients.services import Services
from operations.foundation.backups import BackupRefused, Backups, list_missing_files
from operations.foundation.old_secrets import seal_old_secrets
from operations.office.soundness import RULES, find_flaws

database_commands = AppGroup("db", help="The database: its tables, what is in them, and backups of it.")
FOLDER = click.Path(file_okay=False, path_type=Path)


@database_commands.command("upgrade")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    """Bring the tables forward to REVISION (the newest)."""
    services = _services()
    upgrade(services.database.engine, revision=revision)
    if revision == "head":
        _seal(services)


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
    _check(_services())


@database_commands.command("backup")
@click.argument("into", type=FOLDER)
@click.option("--without-files", is_flag=True, help="Leave photos out: FILES_URL is backed up by other means.")
@click.option("--keep", type=click.IntRange(1), help="Then delete all but the newest so many backups of the folder.")
def backup_command(into: Path, *, without_files: bool, keep: int | None) -> None:
    """Write a backup into the folder INTO while everything runs: database, files, messages not taken in yet."""
    services = _services()
    _take(services, services.backups, into, with_files=not without_files)
    if keep is not None:
        click.echo(f"{services.backups.prune(into, keep=keep)} older backups deleted")


@database_commands.command("restore")
@click.argument("backup", type=FOLDER)
def restore_command(backup: Path) -> None:
    """Put BACKUP back into an empty database, bring it to this version's tables, and check what is in it."""
    services = _services()
    _put_back(services, services.backups, backup)


@database_commands.command("export")
@click.argument("into", type=FOLDER)
@click.option("--without-files", is_flag=True, help="Leave photos out: FILES_URL stays where it is.")
def export_command(into: Path, *, without_files: bool) -> None:
    """Write everything into the folder INTO in the open: each table as JSON lines, files, messages not taken in yet."""
    services = _services()
    _take(services, services.exports, into, with_files=not without_files)


@database_commands.command("import")
@click.argument("export", type=FOLDER)
def import_command(export: Path) -> None:
    """Put EXPORT into an empty database of either kind, bring it to this version's tables, and check what is in it."""
    services = _services()
    _put_back(services, services.exports, export)


def _take(services: Services, backups: Backups, into: Path, *, with_files: bool) -> None:
    revision = find_revision(services.database.engine)
    if not is_known(revision):
        raise click.ClickException("DATABASE_URL names a database without OneCall's tables; nothing to back up")
    try:
        backup = backups.take(into, revision=revision, now=services.now(), with_files=with_files)
    except BackupRefused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{backup.folder}: database of {backup.database_bytes} bytes, {backup.files} files")


def _put_back(services: Services, backups: Backups, folder: Path) -> None:
    services.database.close()
    try:
        read = backups.read(folder)
        if not is_known(read.revision):
            raise click.ClickException(f"{folder} is of a newer version of OneCall (tables {read.revision})")
        backups.put_back(read)
    except BackupRefused as refused:
        raise click.ClickException(str(refused)) from refused
    upgrade(services.database.engine)
    _seal(services)
    click.echo(f"restored: everything committed before {read.taken_at.isoformat()}, {read.files} files")
    _check(services)


def _seal(services: Services) -> None:
    with services.database.writing() as session:
        seal_old_secrets(session, seal=services.seal)


def _check(services: Services) -> None:
    with services.database.reading() as session:
        lines = [f"{flaw.rule}: {flaw.where}" for flaw in find_flaws(session, now=services.now())]
        lines += [f"a file has its content: {key}" for key in list_missing_files(session, files=services.files)]
    for line in lines:
        click.echo(line, err=True)
    if lines:
        raise click.exceptions.Exit(1)
    click.echo(f"sound: {len(RULES) + 1} rules hold")


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
