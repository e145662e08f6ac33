"""Mixed load for an hour, and whether anything creeps: memory, errors and waits as curves.

    python -m benchmarks.soak [--minutes 60] [--calls-per-minute 2] [--desks 3] [--sqlite]
                              [--json FILE] [--picture FILE]

Web processes, a clock and PostgreSQL run as an installation does, on the demo city. Callers come at random moments for
everything the menu has, dispatchers look from page to page, technicians text, and what we write goes to a stand-in for
the carrier. The demo city takes 60 to 150 matters a day; two calls a minute are about twice its busiest hour.

Each of thirty stretches gives one point: memory of the web processes, of the clock and of the planner's workers that
the first solve starts and that stay, p99 of a webhook and of a page, what failed, and what the house itself says is
down. Memory that is higher at the end than after the first quarter is said in per cent.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.board import Desk
from benchmarks.curve import write_curves
from benchmarks.messages import serve_carrier
from benchmarks.postgresql import serve_postgresql
from benchmarks.solvers import PROJECT
from benchmarks.voice import (
    WHOLE_TREE,
    Caller,
    Figures,
    find_free_port,
    memory_mb,
    percentile,
    place_call,
    run_flask,
    serving,
)

STRETCHES = 30
LISTEN_SECONDS = 3.0
PAGES = ("/", "/desk", "/calls", "/customers", "/complaints", "/commitments", "/messages", "/radar", "/parts", "/money")
LOOKS_SECONDS = 5.0
TEXTS = ("?", "1", "到了", "ok", "late 20")
TOKEN = "a-token-for-the-benchmark"  # noqa: S105 - of a house that lives for an hour
CARRIER_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one stretch of the run was like: minutes since the beginning, MiB, milliseconds."""

    minutes: float
    web_mb: float
    clock_mb: float
    planner_mb: float
    webhooks: int
    webhook_p99_ms: float
    pages: int
    page_p99_ms: float
    texts_sent: int
    failed: int


@dataclass
class Load:
    """People who use a house until told to stop, and what they waited for since anybody last looked."""

    base_url: str
    serials: list[str]
    technicians: list[str]
    calls: Figures = field(default_factory=Figures)
    pages_ms: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    is_over: threading.Event = field(default_factory=threading.Event)

    def begin(self, first: Desk, *, desks: int, per_minute: float) -> None:
        """Let callers and technicians come, so many of each a minute, and dispatchers go to work."""
        for act in (self.call, self.text):
            threading.Thread(target=self.come, args=(act, per_minute), daemon=True).start()
        for _ in range(desks):
            threading.Thread(target=self.look, args=(first,), daemon=True).start()

    def call(self, number: int) -> None:
        """One caller comes for something of the menu."""
        caller = Caller(self.base_url, TOKEN, self.calls, LISTEN_SECONDS)
        try:
            digits = self.serials[number % len(self.serials)]
            place_call(caller, self.calls, number=number, digits=digits, routes=WHOLE_TREE)
        finally:
            caller.close()

    def text(self, number: int) -> None:
        """One technician texts."""
        caller = Caller(self.base_url, TOKEN, self.calls, 0.0)
        form = {"From": random.choice(self.technicians), "Body": random.choice(TEXTS), "MessageSid": f"SM{number:032x}"}
        try:
            caller.post("/sms/incoming", "text", form)
        finally:
            caller.close()

    def look(self, first: Desk) -> None:
        """A dispatcher goes from page to page."""
        desk = Desk(self.base_url, cookies=first.cookies)
        while not self.is_over.wait(random.uniform(0, 2 * LOOKS_SECONDS)):
            with self._counted("page"):
                self.pages_ms.append(desk.get(random.choice(PAGES))[0])

    def come(self, act: Callable[[int], None], per_minute: float) -> None:
        """Let somebody come at random moments, so many a minute, each in a thread of their own."""
        number = 0
        while not self.is_over.wait(random.expovariate(per_minute / 60)):
            number += 1
            threading.Thread(target=self._do, args=(act, secrets.randbits(40)), daemon=True).start()

    def _do(self, act: Callable[[int], None], number: int) -> None:
        with self._counted(act.__name__):
            act(number)

    @contextmanager
    def _counted(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - what failed is counted, and the others go on
            self.failures[f"{what}: {error!r}"] += 1

    def ask_for_troubles(self) -> None:
        """Count what the house itself says is down: jobs that fail, messages that wait."""
        with self._counted("readyz"), urllib.request.urlopen(f"{self.base_url}/readyz", timeout=60) as answer:  # noqa: S310
            _, *troubles = answer.read().decode().splitlines()
            self.failures.update(troubles)

    def take(self) -> tuple[list[float], list[float], int]:
        """Return milliseconds of webhooks and of pages and the number of failures, and begin anew."""
        webhooks, self.calls.by_step = self.calls.all, Figures().by_step
        pages, self.pages_ms = self.pages_ms, []
        return webhooks, pages, self.failures.total()


def main() -> None:
    """Run, print a line for each stretch, write the figures and the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--calls-per-minute", type=float, default=2.0)
    parser.add_argument("--desks", type=int, default=3, help="dispatchers at work")
    parser.add_argument("--sqlite", action="store_true", help="one web process on SQLite instead of PostgreSQL")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--picture", type=Path, help="write the curves here, as SVG")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onecall-soak-")))
        stretches, failures = _run(stack, folder, options)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; failed: {dict(failures) or 'nothing'}")
    print(f"memory since the first quarter: web {creep(stretches, 'web_mb'):+.1f} %, ", end="")
    print(f"clock {creep(stretches, 'clock_mb'):+.1f} %")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in stretches], indent=1) + "\n", encoding="utf-8")
    if options.picture:
        options.picture.write_text(draw(stretches), encoding="utf-8")


def creep(stretches: list[Stretch], name: str) -> float:
    """Return by how many per cent a figure of the last quarter is above that of the second: the first warms up."""
    quarter = max(1, len(stretches) // 4)
    begun, ended = stretches[quarter : 2 * quarter] or stretches, stretches[-quarter:]
    first, last = (sum(getattr(one, name) for one in part) / len(part) for part in (begun, ended))
    return 100 * (last / first - 1)


def draw(stretches: list[Stretch]) -> str:
    """The curves of a run; of thirty points every third, so that their numbers stand apart."""
    shown = [one for one in stretches[2::3] if one.webhooks and one.pages] or stretches
    panels = {
        "memory of the web processes, MiB": [(one.minutes, one.web_mb) for one in shown],
        "memory of clock and planner, MiB": [(one.minutes, one.clock_mb + one.planner_mb) for one in shown],
        "a webhook, p99 ms": [(one.minutes, one.webhook_p99_ms) for one in shown],
        "a page, p99 ms": [(one.minutes, one.page_p99_ms) for one in shown],
    }
    return write_curves(panels, below="minutes", is_growth=False)


def _run(stack: ExitStack, folder: Path, options: argparse.Namespace) -> tuple[list[Stretch], Counter[str]]:
    carrier = stack.enter_context(serve_carrier(CARRIER_SECONDS))
    port = find_free_port()
    environ = {
        **os.environ, "ONECALL_MODE": "development", "DATA_FOLDER": str(folder), "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}", "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_NUMBER": "+862150000000",
        "TWILIO_API_BASE_URL": carrier.url,
    }  # fmt: skip
    if not options.sqlite:
        server = stack.enter_context(serve_postgresql(folder))
        environ["DATABASE_URL"] = server.get_uri(database="postgres", driver="psycopg")
    for words in (("db", "upgrade"), ("demo", "load")):
        run_flask(environ, *words)
    workers = 1 if options.sqlite else os.cpu_count() or 1
    base_url, web = stack.enter_context(serving("wsgi:app", environ, port, workers=workers))
    clock = stack.enter_context(_clock(environ))
    load = Load(base_url, _serials(environ), _technicians(environ))
    first = Desk(base_url, json.loads((folder / "demo_sign_ins.json").read_text())["dispatcher"])
    load.begin(first, desks=options.desks, per_minute=options.calls_per_minute)
    stretches, began, sent = [], time.monotonic(), 0
    for number in range(1, STRETCHES + 1):
        time.sleep(max(0.0, began + number * options.minutes * 60 / STRETCHES - time.monotonic()))
        load.ask_for_troubles()
        webhooks, pages, failed = load.take()
        stretches.append(
            Stretch(
                minutes=round((time.monotonic() - began) / 60, 1), web_mb=round(memory_mb(web), 1),
                clock_mb=round(memory_mb(clock, alone=True), 1),
                planner_mb=round(memory_mb(clock) - memory_mb(clock, alone=True), 1), webhooks=len(webhooks),
                webhook_p99_ms=round(percentile(webhooks, 0.99), 1) if webhooks else 0.0, pages=len(pages),
                page_p99_ms=round(percentile(pages, 0.99), 1) if pages else 0.0,
                texts_sent=len(carrier.arrivals) - sent, failed=failed,
            )
        )  # fmt: skip
        sent = len(carrier.arrivals)
        print("  ".join(f"{name} {value}" for name, value in asdict(stretches[-1]).items()), flush=True)
    load.is_over.set()
    # Whoever is still in a call loses it now, and that is nobody's fault.
    return stretches, Counter(load.failures)


@contextmanager
def _clock(environ: dict[str, str]) -> Iterator[int]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "clock"]
    with subprocess.Popen(command, cwd=PROJECT, env=environ, stderr=subprocess.DEVNULL) as clock:  # noqa: S603 - ours
        try:
            yield clock.pid
        finally:
            clock.terminate()


def _serials(environ: dict[str, str]) -> list[str]:
    return [re.sub(r"\D", "", row["serial"])[-6:] for row in _exported(environ, "assets")]


def _technicians(environ: dict[str, str]) -> list[str]:
    return [row["phone"] for row in _exported(environ, "technicians")]


def _exported(environ: dict[str, str], name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(run_flask(environ, "export", name).lstrip("\ufeff")))


if __name__ == "__main__":
    main()
