"""Shows the demo day in a terminal: a progress bar, the timeline as it happens, the figures at the end."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import structlog
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cli.demo_city.city import TIME_ZONE, build_city
from cli.demo_day.figures import Figures, count_figures
from cli.demo_day.play import LASTS, Moment, Play, starts_at
from cli.demo_day.stage import open_stage


def play_day(app: Flask, *, seed: int, day: dt.date) -> bool:
    """Play from 22:40 of `day` for 24 hours; return whether the app answered Twilio without a fault."""
    console = Console()
    began = time.monotonic()
    start_at = starts_at(day)
    city = build_city(seed=seed, start_at=start_at)
    with _quiet_log(), _open_progress(console) as progress:
        bar = progress.add_task("Loading the demo city", total=LASTS.total_seconds())
        with open_stage(app, city, seed=seed, start_at=start_at) as stage:

            def move_bar(now: dt.datetime) -> None:
                passed = (now - start_at).total_seconds()
                progress.update(bar, completed=passed, description=f"{_local(now):%a %H:%M}")

            def tell(moment: Moment) -> None:
                # Text, not markup: a product's name may hold square brackets.
                progress.console.print(Text(f"{_local(moment.at):%a %H:%M}  {moment.what}"), highlight=False)

            Play(stage, seed=seed, tell=tell, on_time=move_bar).run()
            with stage.services.database.reading() as session:
                figures = count_figures(session, since=start_at)
            findings = [str(finding) for finding in stage.exchange.findings.found]
    console.print(_table(figures, seconds=time.monotonic() - began))
    for finding in findings:
        console.print(Text(f"A fault in what Twilio was answered: {finding}"), style="red")
    return not findings


def _table(figures: Figures, *, seconds: float) -> Table:
    table = Table(title=f"24 hours, played in {seconds:.0f} seconds", show_header=False)
    for name, value in (
        ("Calls", f"{figures.calls}"),
        ("… answered within 15 seconds", f"{figures.calls_answered_in_time} of {figures.calls}"),
        ("… that booked a visit", f"{figures.calls_booked}"),
        ("… solved by telephone", f"{figures.calls_solved_by_phone}"),
        ("Visits done", f"{figures.visits_done}"),
        ("… begun in the promised window", f"{figures.visits_in_window} of {figures.visits_done}"),
        ("Visits promised and still to come", f"{figures.visits_still_promised}"),
        ("On site within 24 hours: kept", f"{figures.on_site_met}"),
        ("… broken", f"{figures.on_site_broken}"),
        ("… still running", f"{figures.on_site_running}"),
        ("Texts sent", f"{figures.messages}"),
        ("… delivered", f"{figures.messages_delivered} of {figures.messages}"),
        ("Records whose chain is broken", f"{figures.broken_chains}"),
    ):
        table.add_row(name, value)
    return table


def _open_progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


@contextmanager
def _quiet_log() -> Iterator[None]:
    """Keep the jobs' everyday lines out of the timeline; warnings still show."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(**before)


def _local(at: dt.datetime) -> dt.datetime:
    return at.astimezone(ZoneInfo(TIME_ZONE))
