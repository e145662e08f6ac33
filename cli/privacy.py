"""`flask privacy`: hand a person a copy of their data, and erase it. See docs/privacy.md."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
import structlog
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Customer, Technician, User
from operations.clients.services import Services
from operations.people.users import UserUnknown, find_user
from operations.privacy.erasure import ErasedAlready, MattersOpen, erase_customer, erase_technician, erase_user
from operations.privacy.personal_archives import pack_copy
from operations.privacy.persons import Person, customer_as_person, technician_as_person

KINDS = click.Choice(["customer", "technician"])
ERASED_KINDS = click.Choice(["customer", "technician", "user"])
BY = "command"
log = structlog.get_logger()
privacy_commands = AppGroup("privacy", help="A person's own data: a copy of it, and its erasure. See docs/privacy.md.")


@privacy_commands.command("copy")
@click.argument("kind", type=KINDS)
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def copy_command(kind: str, number: str, file: Path) -> None:
    """Write everything kept about the customer or technician NUMBER into the ZIP FILE."""
    services = _services()
    content = pack_copy(services, lambda session: _find(session, kind, number))
    file.touch(mode=0o600)
    file.write_bytes(content)
    click.echo(f"{file}: {len(content)} bytes")


@privacy_commands.command("erase")
@click.argument("kind", type=ERASED_KINDS)
@click.argument("number")
@click.confirmation_option(prompt="What identifies this person is erased for good. Go on?")
def erase_command(kind: str, number: str) -> None:
    """Erase what identifies the customer or technician NUMBER; photos and recordings go within the hour.

    Of a user, who goes by name, what they signed in with is erased.
    """
    services = _services()
    try:
        with services.database.writing() as session:
            counts = _erase(session, kind, number, services.now())
    except ErasedAlready as refused:
        raise click.ClickException(f"{refused} has been erased before") from refused
    except MattersOpen as refused:
        raise click.ClickException(f"close these first: {refused}") from refused
    log.info("person erased", kind=kind, number=number)
    for table, rows in counts.items():
        click.echo(f"{table}: {rows}")


def _erase(session: Session, kind: str, number: str, now: dt.datetime) -> dict[str, int]:
    if kind == "customer":
        return erase_customer(session, customer=_customer(session, number), by=BY, now=now)
    if kind == "technician":
        return erase_technician(session, technician=_technician(session, number), by=BY, now=now)
    return erase_user(session, user=_user(session, number), by=BY, now=now)


def _find(session: Session, kind: str, number: str) -> Person:
    if kind == "customer":
        return customer_as_person(session, customer=_customer(session, number))
    return technician_as_person(session, technician=_technician(session, number))


def _customer(session: Session, number: str) -> Customer:
    found = session.scalars(select(Customer).where(Customer.number == number)).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no customer {number}")
    return found


def _technician(session: Session, number: str) -> Technician:
    found = session.scalars(select(Technician).where(Technician.number == number)).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no technician {number}")
    return found


def _user(session: Session, name: str) -> User:
    try:
        return find_user(session, name=name)
    except UserUnknown as unknown:
        raise click.ClickException(f"there is no user {name}") from unknown


def _services() -> Services:
    services: Services = current_app.extensions["onecall"]
    return services
