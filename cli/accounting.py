"""`flask accounting journal`: what the organisation's accounts need of a period."""

from __future__ import annotations

import datetime as dt
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import AppGroup

from operations.clients.services import Services
from operations.office.accounting import write_journal

accounting_commands = AppGroup("accounting", help="Hand receipts, credits and payments to the organisation's accounts.")
DAY = click.DateTime(["%Y-%m-%d"])


@accounting_commands.command("journal")
@click.argument("file", type=click.File("wb", lazy=True, atomic=True), default="-")
@click.option("--from", "from_on", type=DAY, required=True, help="The first day (UTC).")
@click.option("--until", "until_on", type=DAY, required=True, help="The day after the last.")
def journal_command(file: BinaryIO, from_on: dt.datetime, until_on: dt.datetime) -> None:
    """Write a period's journal to FILE (standard output if left out), every entry balanced."""
    services: Services = current_app.extensions["onecall"]
    from_at, until_at = from_on.replace(tzinfo=dt.UTC), until_on.replace(tzinfo=dt.UTC)
    with services.database.reading() as session:
        file.writelines(line.encode() for line in write_journal(session, from_at=from_at, until_at=until_at))
