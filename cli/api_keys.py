"""`flask api-key add|list|revoke`: which systems may use the JSON API."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from operations.clients.services import Services
from operations.people.api_keys import ApiKeyNameTaken, ApiKeyUnknown, list_api_keys, make_api_key, revoke_api_key
from policies.api_scopes import ApiScope

COMMAND = "flask"
"""Who made or took back a key, on record, where nobody was signed in."""

api_key_commands = AppGroup("api-key", help="Which systems may use the JSON API.")


@api_key_commands.command("add")
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice([str(one) for one in ApiScope]), multiple=True, required=True)
def add_command(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key called NAME and print it, this once; repeat --scope for each thing it is good for."""
    services = _services()
    try:
        with services.database.writing() as session:
            wanted = {ApiScope(one) for one in scopes}
            key = make_api_key(session, name=name, scopes=wanted, by=COMMAND, source=COMMAND, now=services.now())
    except ApiKeyNameTaken as refusal:
        raise click.ClickException(f"{refusal.__doc__} ({refusal})") from refusal
    click.echo(key)


@api_key_commands.command("list")
def list_command() -> None:
    """Print every key's name and scopes; never the key itself."""
    with _services().database.reading() as session:
        for row in list_api_keys(session):
            click.echo(f"{row.name}  {' '.join(row.scopes)}{'  revoked' if row.revoked_at else ''}")


@api_key_commands.command("revoke")
@click.argument("name")
def revoke_command(name: str) -> None:
    """Take the key called NAME back at once."""
    services = _services()
    try:
        with services.database.writing() as session:
            revoke_api_key(session, name=name, by=COMMAND, source=COMMAND, now=services.now())
    except ApiKeyUnknown as refusal:
        raise click.ClickException(f"{refusal.__doc__} ({refusal})") from refusal
    click.echo("Done.")


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
