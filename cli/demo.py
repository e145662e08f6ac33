"""`flask demo`: load the demo city, or play a day of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import Progress

from cli.demo_city.city import DEFAULT_SEED, TIME_ZONE, build_city
from cli.demo_city.load import DatabaseInUse
from cli.demo_city.loading import Loaded, load_city
from cli.demo_crowd import crowd_city
from operations.clients.services import Services

demo_commands = AppGroup("demo", help="A city to try OneCall out with (development only).")


class _Instant(click.ParamType[dt.datetime]):
    """An ISO 8601 instant; without an offset it is the demo city's local time."""

    name = "instant"

    def convert(
        self, value: str | dt.datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        try:
            instant = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant such as 2026-05-11T22:40", param, ctx)
        return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(TIME_ZONE))


@demo_commands.command("load")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another number, another city.")
@click.option("--start", type=_Instant(), help="The instant the city is loaded for; now if left out.")
def load_command(seed: int, start: dt.datetime | None) -> None:
    """Load Shanghai with customers, technicians and requests, once; a second run changes nothing."""
    services: Services = current_app.extensions["onecall"]
    if not services.is_development:
        raise click.ClickException("The demo city is for development: set ONECALL_MODE=development.")
    now = (start or services.now()).astimezone(dt.UTC)
    city = build_city(seed=seed, start_at=now)
    # Not to standard output: a bar is for somebody who watches, and leaves nothing in a log.
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Booking the open requests", total=len(city.open_requests))
        try:
            with services.database.writing() as session:
                loaded = load_city(
                    session,
                    city,
                    house=services.house,
                    data_folder=Path(current_app.config["DATA_FOLDER"]),
                    now=now,
                    on_booked=lambda: progress.advance(bar),
                )
        except DatabaseInUse as error:
            raise click.ClickException(f"Nothing was loaded. {DatabaseInUse.__doc__}") from error
    click.echo(_describe(loaded) if loaded else "The demo city is there already.")


@demo_commands.command("crowd")
@click.option("--technicians", type=click.IntRange(1, 200), default=60, show_default=True)
@click.option("--visits", type=click.IntRange(1, 800), default=400, show_default=True, help="A day.")
@click.option("--days", type=click.IntRange(1, 7), default=3, show_default=True)
def crowd_command(technicians: int, visits: int, days: int) -> None:
    """Lay a full large city over the demo city, to look at and measure the board."""
    services: Services = current_app.extensions["onecall"]
    if not services.is_development:
        raise click.ClickException("The demo city is for development: set ONECALL_MODE=development.")
    with services.database.writing() as session:
        count = crowd_city(session, technicians=technicians, visits=visits, days=days, now=services.now())
    click.echo(f"{count} visits booked.")


@demo_commands.command("day")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another number, another day.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it begins at 22:40; today.")
def day_command(seed: int, day: dt.datetime | None) -> None:
    """Play one night and day on a fast clock, in a database of its own, and print its timeline and figures."""
    services: Services = current_app.extensions["onecall"]
    if not services.is_development:
        raise click.ClickException("The demo day is for development: set ONECALL_MODE=development.")
    # Imported here alone: a web process in production has no use for simulated telephones.
    from cli.demo_day.show import play_day  # noqa: PLC0415

    today = services.now().astimezone(ZoneInfo(TIME_ZONE)).date()
    if not play_day(current_app, seed=seed, day=day.date() if day else today):
        raise click.exceptions.Exit(1)


def _describe(loaded: Loaded) -> str:
    return (
        f"The demo city is loaded: {loaded.customers} customers with {loaded.assets} assets, "
        f"{loaded.technicians} technicians, {loaded.past_requests} past requests, "
        f"{loaded.open_requests} open ones ({loaded.without_window} without a window).\n"
        f"Passwords to sign in with: {loaded.sign_ins}"
    )
