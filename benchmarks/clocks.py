"""How fast clocks are read again: `python -m benchmarks clocks` reads those of 1,000 to 1,000,000 requests from events.

A request has an on-site clock (day and night, one in five paused) and one in four a workshop clock of five workdays by
office hours with holidays. Each size runs in a process of its own: microseconds a clock, seconds in all, peak memory.
The verdicts are counted, so that two runs can be compared. The curves go to `docs/pictures/clocks.svg`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from benchmarks.curve import write_curves
from benchmarks.solvers import PROJECT
from policies.clocks.calendars import ALWAYS, WorkingCalendar
from policies.clocks.reading import PAUSED, RESUMED, Fact, list_steps_due, read_clock
from policies.clocks.rules import ClockRule, read_rule
from policies.figures import DEFAULT_FIGURES

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PICTURE = PROJECT / "docs" / "pictures" / "clocks.svg"
RULES = PROJECT / "content" / "clocks" / "rules.json"
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YEAR_MINUTES = 365 * 24 * 60
WEEK = (((540, 720), (780, 1080)),) * 5 + ((), ())
HOLIDAYS = {dt.date(2026, 10, day): () for day in range(1, 9)} | {dt.date(2026, 2, day): () for day in range(15, 24)}
TITLES = {"microseconds": "microseconds a clock", "seconds": "seconds in all", "peak_mb": "peak memory, MB"}
MEGABYTE = 1024
Row = dict[str, float | int]
Case = tuple[ClockRule, WorkingCalendar, list[Fact]]


def main() -> int:
    """Measure every size and write figures and picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks clocks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.one is not None:
        print(json.dumps(measure(parsed.one)))
        return 0
    rows = []
    for size in parsed.sizes:
        rows.append(_in_a_process(size))
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    parsed.picture.write_text(draw(rows), encoding="utf-8")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


def measure(requests: int) -> Row:
    """Read every clock of so many requests once, steps too, and return what it took."""
    states: Counter[str] = Counter()
    seconds = 0.0
    for rule, calendar, facts in make_cases(requests):
        now = START + dt.timedelta(minutes=YEAR_MINUTES)
        begun = perf_counter()
        verdict = read_clock(rule, calendar, facts, now=now)
        list_steps_due(rule, calendar, facts, now=now)
        seconds += perf_counter() - begun
        states[str(verdict.state) if verdict else "none"] += 1
    clocks = sum(states.values())
    return {
        "requests": requests,
        "clocks": clocks,
        "microseconds": round(seconds / clocks * 1e6, 1),
        "seconds": round(seconds, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE, 1),
        **states,
    }


def make_cases(requests: int) -> Iterator[Case]:
    """Yield the clocks of a year with their events, the same for the same number."""
    chance = random.Random(1)
    rules = {rule["kind"]: read_rule(rule, DEFAULT_FIGURES) for rule in json.loads(RULES.read_text(encoding="utf-8"))}
    office = WorkingCalendar(ZoneInfo("Asia/Shanghai"), WEEK, HOLIDAYS)
    for number in range(requests):
        opened = START + dt.timedelta(minutes=chance.randrange(YEAR_MINUTES))
        yield rules["on_site"], ALWAYS, _events(chance, opened, "request_opened", "visit_arrived", 14)
        if number % 4 == 0:
            yield rules["workshop"], office, _events(chance, opened, "workshop_received", "workshop_finished", 110)


def _events(chance: random.Random, opened: dt.datetime, start: str, end: str, usual_hours: int) -> list[Fact]:
    done = opened + dt.timedelta(hours=usual_hours * chance.lognormvariate(0, 0.6))
    facts = [Fact(start, opened), Fact("window_promised", opened, 1), Fact("message_delivered", opened, 2)]
    if chance.random() < 0.2:  # noqa: PLR2004 (one in five)
        held = {"reason": "force_majeure"}
        facts += [
            Fact(PAUSED, opened + (done - opened) / 3, 3, held),
            Fact(RESUMED, opened + (done - opened) / 2, 4, held),
        ]
    return [*facts, Fact(end, done, len(facts))]


def draw(rows: Sequence[Row]) -> str:
    """Return the curves as a picture."""
    panels = {
        title: [(float(row["requests"]), max(0.001, float(row[name]))) for row in rows]
        for name, title in TITLES.items()
    }
    return write_curves(panels, "requests of a year")


def _in_a_process(size: int) -> Row:
    command = [sys.executable, "-m", "benchmarks.clocks", "--one", str(size)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT)  # noqa: S603 (ourselves)
    row: Row = json.loads(finished.stdout)
    return row


if __name__ == "__main__":
    sys.exit(main())
