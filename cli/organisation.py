"""`flask area|territory|user add` and `flask catalogue load`: what an organisation sets up before its first call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from cli.catalogue import load_catalogue
from operations.clients.services import Services
from operations.foundation.links import make_password_link
from operations.foundation.territories import AreaUnknown, CodeTaken, TimeZoneUnknown, add_area, add_territory
from operations.people.users import (
    EmailMalformed,
    EmailTaken,
    LastAdministrator,
    PasswordTooShort,
    UserNameTaken,
    UserUnknown,
    add_user,
    change_role,
    drop_second_factor,
    find_user,
    set_email,
    switch_user,
)
from policies.languages import Language
from policies.roles import Role

REFUSALS = (
    AreaUnknown,
    CodeTaken,
    EmailMalformed,
    EmailTaken,
    TimeZoneUnknown,
    UserNameTaken,
    PasswordTooShort,
    UserUnknown,
    LastAdministrator,
)

area_commands = AppGroup("area", help="Planning areas: usually one per city.")
territory_commands = AppGroup("territory", help="Groups of districts that some technicians serve.")
user_commands = AppGroup("user", help="Who may sign in to the pages.")
catalogue_commands = AppGroup("catalogue", help="Skills, products, faults and troubleshooting steps.")


@area_commands.command("add")
@click.argument("code")
@click.option("--name", required=True, help="Its name in Chinese.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True)
def add_area_command(code: str, name: str, name_en: str, time_zone: str) -> None:
    """Add the planning area CODE."""
    with _changing() as session:
        add_area(session, code=code, name=name, name_en=name_en, time_zone=time_zone)


@territory_commands.command("add")
@click.argument("area")
@click.argument("code")
@click.option("--name", required=True, help="Its name in Chinese.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option("--district", "districts", multiple=True, required=True, help="A district; repeat for each.")
def add_territory_command(area: str, code: str, name: str, name_en: str, districts: tuple[str, ...]) -> None:
    """Add the territory CODE to AREA."""
    with _changing() as session:
        add_territory(session, area_code=area, code=code, name=name, name_en=name_en, districts=districts)


@user_commands.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True)
@click.option("--display-name", help="The name others see; NAME if left out.")
@click.option("--language", type=click.Choice([str(language) for language in Language]), default=str(Language.ZH))
@click.password_option(help="Asked for when left out; at least twelve characters.")
def add_user_command(name: str, role: str, display_name: str | None, language: str, password: str) -> None:
    """Let NAME sign in."""
    with _changing() as session:
        add_user(
            session,
            name=name,
            display_name=display_name or name,
            password=password,
            role=Role(role),
            language=Language(language),
        )


@user_commands.command("link")
@click.argument("name")
def password_link_command(name: str) -> None:
    """Print a link with which NAME chooses a password: good for a day, and once."""
    services: Services = current_app.extensions["onecall"]
    with _changing() as session:
        user = find_user(session, name=name)
        click.echo(make_password_link(session, user=user, house=services.house, now=services.now()))


@user_commands.command("change")
@click.argument("name")
@click.option("--role", type=click.Choice([str(role) for role in Role]), help="What they do from now on.")
@click.option("--in/--out", "is_active", default=None, help="Let them sign in, or keep them out at once.")
@click.option("--no-second-factor", is_flag=True, help="Ask for no code any more: the telephone is lost.")
@click.option("--email", help="Where password links go; empty for nowhere.")
def change_user_command(
    name: str,
    role: str | None,
    is_active: bool | None,  # noqa: FBT001 (click hands them over by name)
    no_second_factor: bool,  # noqa: FBT001
    email: str | None,
) -> None:
    """Give NAME another role or e-mail address, let them in, keep them out, or drop their second factor."""
    services: Services = current_app.extensions["onecall"]
    now, actor = services.now(), "command line"
    with _changing() as session:
        user = find_user(session, name=name)
        if role is not None:
            change_role(session, user=user, role=Role(role), now=now, actor=actor)
        if is_active is not None:
            switch_user(session, user=user, is_active=is_active, now=now, actor=actor)
        if no_second_factor:
            drop_second_factor(session, user=user, now=now, actor=actor)
        if email is not None:
            set_email(session, user=user, email=email, now=now, actor=actor)


@catalogue_commands.command("load")
def load_catalogue_command() -> None:
    """Bring skills, products, faults and steps in line with content/catalogue; nothing is removed."""
    services: Services = current_app.extensions["onecall"]
    with _changing() as session:
        load_catalogue(session, now=services.now())


@contextmanager
def _changing() -> Iterator[Session]:
    """One transaction; what an operation refuses is said in its own words, and nothing is stored."""
    services: Services = current_app.extensions["onecall"]
    try:
        with services.database.writing() as session:
            yield session
    except REFUSALS as refusal:
        raise click.ClickException(f"{refusal.__doc__} ({refusal})") from refusal
    click.echo("Done.")
