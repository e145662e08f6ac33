"""`flask clocks`: rules and calendars of an organisation's own, and a certificate as a file (K1, K3)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click
import holidays
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from models import ServiceRequest
from operations.clients.services import Services
from operations.clocks.clock_rules import (
    CalendarUnknown,
    VersionBackdated,
    add_calendar_version,
    add_rule_version,
    calendar_version_at,
)
from operations.office.proofs import issue_proof
from policies.clocks.calendars import CalendarMalformed
from policies.clocks.rules import ClockRuleMalformed

REFUSALS = (CalendarMalformed, CalendarUnknown, ClockRuleMalformed, VersionBackdated)

clocks_commands = AppGroup("clocks", help="Rules and calendars of clocks, and certificates. See docs/commitments.md.")


@clocks_commands.command("rule")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="Who has approved it.")
def add_rule_command(file: Path, by: str) -> None:
    """Put the rule in FILE (JSON) in force from now on."""
    services, now = _services()
    document = _read(file)
    try:
        with services.database.writing() as session:
            row = add_rule_version(session, document=document, in_force_from_at=now, approved_by=by, now=now)
            click.echo(f"{row.kind}: version {row.id} in force from {now.isoformat()}")
    except REFUSALS as refusal:
        raise click.ClickException(f"{file}: {refusal}") from refusal


@clocks_commands.command("calendar")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="Who has approved it.")
def add_calendar_command(code: str, file: Path, by: str) -> None:
    """Put the calendar in FILE (JSON) in force from now on under CODE."""
    services, now = _services()
    document = _read(file)
    try:
        with services.database.writing() as session:
            row = add_calendar_version(
                session, code=code, document=document, in_force_from_at=now, approved_by=by, now=now
            )
            click.echo(f"{code}: version {row.id} in force from {now.isoformat()}")
    except REFUSALS as refusal:
        raise click.ClickException(f"{file}: {refusal}") from refusal


@clocks_commands.command("holidays")
@click.argument("country")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--calendar", "code", default="office", show_default=True, help="The calendar to start from.")
def holidays_command(country: str, year: int, code: str) -> None:
    """Write the calendar with COUNTRY's holidays and make-up workdays of YEAR, to look over and then put in force."""
    services, now = _services()
    try:
        found = holidays.country_holidays(country, years=[year])
    except NotImplementedError as unknown:
        raise click.ClickException(f"{country}: no holidays are known for this country") from unknown
    try:
        with services.database.reading() as session:
            document = dict(calendar_version_at(session, code=code, at=now).document)
    except CalendarUnknown as unknown:
        raise click.ClickException(f"{code}: there is no such calendar") from unknown
    hours = next((day for day in document["weekly"] or [] if day), [["09:00", "18:00"]])
    days: dict[str, list[list[str]]] = {day.isoformat(): [] for day in found}
    days |= {day.isoformat(): hours for day in getattr(found, "weekend_workdays", ()) if day.year == year}
    document["days"] = dict(sorted({**document["days"], **days}.items()))
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


@clocks_commands.command("proof")
@click.argument("number")
def proof_command(number: str) -> None:
    """Write the certificate of the request NUMBER, for verify_proof.py."""
    services, now = _services()
    with services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()
        if request is None:
            raise click.ClickException(f"{number}: there is no such request")
        proof = issue_proof(session, request=request, signer=services.signer, house=services.house, now=now)
    click.echo(json.dumps(proof, ensure_ascii=False, indent=1))


def _services() -> tuple[Services, dt.datetime]:
    services: Services = current_app.extensions["onecall"]
    return services, services.now()


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{file}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise click.ClickException(f"{file}: one document in braces is wanted")
    return document
