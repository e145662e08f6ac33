"""`flask replay`: a past day again with another policy or team, or the days ahead tried out. Reads, changes nothing."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console

from dispatch.replay import ChangeRefused, NothingToReplay, Results, Scenario
from dispatch.replay.command import DEFAULT_RUNS, changed, precision_of, watch
from dispatch.replay.picture import picture_of
from dispatch.replay.soundness import ScenarioError, check_scenario
from dispatch.replay.table import json_of, table_of
from dispatch.replay.writing import write_scenario
from operations.clients.services import Services
from operations.day.day import find_area
from operations.planning.demand import NoHistory
from operations.replay.replays import Happened, NobodyWorks, NothingHappened, build_ahead, build_past

replay_commands = AppGroup("replay", help="Play a past day again, or try the days ahead out. See docs/replay.md.")

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--area", "area_code", help="The area's code; the first one if left out."),
    click.option("--team", multiple=True, help="Compare with '+1 north' or '-T04'; may be repeated."),
    click.option("--policy", multiple=True, help="Compare with key=value, such as freeze_minutes=30; may be repeated."),
    click.option("--runs", type=click.IntRange(min=1), default=DEFAULT_RUNS, show_default=True),
    click.option("--seed", type=int, default=1, show_default=True, help="Another number, other luck."),
    click.option("--workers", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Processes; all cores."),
    click.option("--until", help="Stop early at figure=half width, such as commitments_kept_percent=0.5."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON instead of the table."),
    click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Write the comparison as SVG."),
    click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write the scenario as a file."),
)


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@replay_commands.command("day")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--days", type=click.IntRange(1, 31), default=1, show_default=True, help="7 for a week.")
@_with_options
def day_command(day: dt.datetime, days: int, area_code: str | None, **options: Any) -> None:  # noqa: ANN401 - click's
    """Play DAY again as it was called in: real durations and wishes, drives and illness by chance."""
    services: Services = current_app.extensions["onecall"]
    with services.database.reading() as session:
        area = find_area(session, code=area_code)
        if area is None:
            raise click.ClickException("There is no such area.")
        try:
            past = build_past(session, area=area, day=day.date(), days=days)
        except (NobodyWorks, NothingHappened) as error:
            raise click.ClickException(f"{type(error).__doc__}") from error
    if not options["is_json"]:
        click.echo(describe(past.happened))
    _play(past.scenario, **options)


@replay_commands.command("ahead")
@click.option("--from", "day", type=click.DateTime(["%Y-%m-%d"]), help="The first day; tomorrow if left out.")
@click.option("--days", type=click.IntRange(1, 31), default=7, show_default=True)
@click.option("--calls-per-day", type=click.FloatRange(min=0), help="As many as in the year before if left out.")
@_with_options
def ahead_command(
    day: dt.datetime | None,
    days: int,
    calls_per_day: float | None,
    area_code: str | None,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Try the days ahead out: the shifts planned, calls drawn as they came in the year before."""
    services: Services = current_app.extensions["onecall"]
    now = services.now()
    with services.database.reading() as session:
        area = find_area(session, code=area_code)
        if area is None:
            raise click.ClickException("There is no such area.")
        first = day.date() if day else now.astimezone(ZoneInfo(area.time_zone)).date() + dt.timedelta(days=1)
        try:
            scenario = build_ahead(session, area=area, day=first, days=days, calls_per_day=calls_per_day, now=now)
        except (NobodyWorks, NoHistory) as error:
            raise click.ClickException(f"{type(error).__doc__}") from error
    _play(scenario, **options)


def describe(happened: Happened) -> str:
    """One line of what really came of the period."""
    shares = {
        "commitments kept": happened.commitments_kept_percent,
        "promised windows kept": happened.promises_kept_percent,
    }
    words = [f"{name} {share:.1f} %" for name, share in shares.items() if share is not None]
    return "; ".join([f"What really happened: {happened.requests} requests, {happened.done} done so far", *words])


def _play(
    scenario: Scenario,
    *,
    team: tuple[str, ...],
    policy: tuple[str, ...],
    runs: int,
    seed: int,
    workers: int,
    until: str | None,
    is_json: bool,
    picture: Path | None,
    save: Path | None,
) -> None:
    try:
        check_scenario(scenario)
        scenarios = [scenario, *changed(scenario, team=team, policy=policy)]
        if save is not None:
            save.write_text(write_scenario(scenario), encoding="utf-8")
        results = watch(scenarios, runs=runs, seed=seed, workers=workers, until=precision_of(until))
    except (ScenarioError, ChangeRefused, NothingToReplay) as error:
        raise click.ClickException(str(error)) from error
    _show(results, is_json=is_json, picture=picture)


def _show(results: Results, *, is_json: bool, picture: Path | None) -> None:
    if not results.replayed[0].runs:
        raise click.ClickException("Ended before the first run was done.")
    if picture is not None and len(results.replayed) > 1:
        picture.write_text(picture_of(results), encoding="utf-8")
    if is_json:
        click.echo(json_of(results))
    else:
        Console().print(table_of(results))
