"""`python -m dispatch replay`: scenarios from files, a progress bar, a table."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from dispatch.replay.changes import ChangeRefused, WhatIf
from dispatch.replay.files import read_scenario
from dispatch.replay.picture import NothingToCompare, picture_of
from dispatch.replay.repeat import NothingToReplay, Precision, Results, replay
from dispatch.replay.scenario import Scenario
from dispatch.replay.soundness import ScenarioError, check_scenario
from dispatch.replay.table import json_of, table_of

DONE, REFUSED, CANCELLED = 0, 2, 130
DEFAULT_RUNS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("scenario", type=Path, help="a scenario file: see docs/replay.md")
    parser.add_argument("--against", type=Path, action="append", default=[], help="another scenario to compare with")
    parser.add_argument(
        "--team", action="append", default=[], help="compare with '+1 north' or '-T04'; may be repeated"
    )
    parser.add_argument("--policy", action="append", default=[], help="compare with key=value; may be repeated")
    parser.add_argument("--runs", type=int, default=DEFAULT_RUNS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes; all cores if not given")
    parser.add_argument("--until", help="stop early at figure=half width, such as commitments_kept_percent=0.5")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--picture", type=Path, help="write the comparison as an SVG chart")


def run_command(parsed: argparse.Namespace) -> int:
    """Replay and print; exit status 2 for a scenario or a change that cannot be."""
    try:
        scenarios = [read_scenario(parsed.scenario), *(read_scenario(path) for path in parsed.against)]
        scenarios += changed(scenarios[0], team=parsed.team, policy=parsed.policy)
        results = watch(
            scenarios, runs=parsed.runs, seed=parsed.seed, workers=parsed.workers, until=precision_of(parsed.until)
        )
    except (ScenarioError, ChangeRefused, NothingToReplay) as error:
        print(f"bad scenario: {error}", file=sys.stderr)  # noqa: T201 - a command
        return REFUSED
    if not results.replayed[0].runs:
        return CANCELLED
    if parsed.picture is not None:
        try:
            parsed.picture.write_text(picture_of(results), encoding="utf-8")
        except NothingToCompare as error:
            print(f"no picture: {error}", file=sys.stderr)  # noqa: T201 - a command
    if parsed.json:
        print(json_of(results))  # noqa: T201 - a command
    else:
        Console().print(table_of(results))
    return CANCELLED if results.is_cancelled else DONE


def changed(scenario: Scenario, *, team: Sequence[str], policy: Sequence[str]) -> list[Scenario]:
    """The scenario with all these changes together, or nothing when there are none."""
    if not team and not policy:
        return []
    other = WhatIf(team=tuple(team), policy=dict(map(_pair, policy))).apply(scenario)
    check_scenario(other)
    return [other]


def precision_of(text: str | None) -> Precision | None:
    """What `--until` asks for."""
    if text is None:
        return None
    name, value = _pair(text)
    try:
        return Precision(name, float(value))
    except ValueError as error:
        raise ChangeRefused(f"until: {error}") from error


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ChangeRefused(f"{text!r} is not like key=value")
    return name.strip(), value.strip()


def watch(
    scenarios: Sequence[Scenario], *, runs: int, seed: int, workers: int, until: Precision | None = None
) -> Results:
    """Replay with a progress bar where somebody watches; Ctrl-C ends it with the runs that are done."""
    console = Console(stderr=True)
    columns = (
        TextColumn("replaying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with (
        _workers(min(workers, runs)) as executor,
        _ctrl_c() as is_cancelled,
        Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress,
    ):
        bar = progress.add_task("", total=runs)
        return replay(
            scenarios,
            runs=runs,
            seed=seed,
            executor=executor,
            until=until,
            on_progress=lambda done, _of: progress.update(bar, completed=done),
            is_cancelled=is_cancelled,
        )


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C into a wish that is asked for between runs; elsewhere than in the main thread there is none."""
    wished = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield wished.is_set
        return
    before = signal.signal(signal.SIGINT, lambda _number, _frame: wished.set())
    try:
        yield wished.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _workers(count: int) -> AbstractContextManager[Executor | None]:
    """Processes of their own; forking a process that has threads is asking for trouble, so they are spawned."""
    if count <= 1:
        return nullcontext()
    ignore = (signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to them too, and they are to end in good order
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=signal.signal, initargs=ignore)
