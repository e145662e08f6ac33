"""Web processes on one PostgreSQL: the same crowd of callers met by 1, 2, 3 and 4, an empty app with as many beside it.

    python -m benchmarks.processes [--most 4] [--callers 60] [--rounds 2] [--listen SECONDS] [--json FILE]

Each number of processes begins with a database of its own, copied from the same demo city, so that none finds the
windows taken that another has booked. Callers come for everything the menu has and, without `--listen`, press a key
the moment it answers: that shows the ceiling. Callers, web processes and PostgreSQL share the machine's cores, so the
processor time of a webhook is said for each: web processes help until both together keep every core busy.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.postgresql import serve_postgresql
from benchmarks.voice import (
    WHOLE_TREE,
    Figures,
    find_free_port,
    memory_mb,
    percentile,
    place_call,
    place_empty_call,
    processor_seconds,
    run_callers,
    run_flask,
    serving,
)

TOKEN = "a-token-for-the-benchmark"  # noqa: S105 - of a house that lives for a minute
CITY = "city"
WIDTH = 118


@dataclass(frozen=True, slots=True)
class Row:
    """What so many web processes did: milliseconds, MiB, and milliseconds of processor time for each webhook."""

    processes: int
    webhooks_a_second: float
    p50_ms: float
    p99_ms: float
    web_cpu_ms: float
    database_cpu_ms: float
    callers_cpu_ms: float
    web_mb: float
    empty_app_a_second: float


def main() -> None:
    """Measure each number of processes and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=4, help="web processes")
    parser.add_argument("--callers", type=int, default=60, help="people calling at once")
    parser.add_argument("--rounds", type=int, default=2, help="calls each of them makes")
    parser.add_argument("--listen", type=float, default=0.0, help="seconds a caller listens to a menu, on average")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onecall-processes-") as name, serve_postgresql(Path(name)) as server:
        folder = Path(name)
        server.psql(f"CREATE DATABASE {CITY}")
        environ = _environ(folder, server, CITY)
        for words in (("db", "upgrade"), ("demo", "load")):
            run_flask(environ, *words)
        assets = csv.DictReader(io.StringIO(run_flask(environ, "export", "assets").lstrip("\ufeff")))
        serials = [re.sub(r"\D", "", row["serial"])[-6:] for row in assets]
        rows = [_measure(folder, server, serials, processes, options) for processes in range(1, options.most + 1)]
    _report(rows, options)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def _environ(folder: Path, server: Any, database: str) -> dict[str, str]:  # noqa: ANN401 (the wheel has no types)
    port = find_free_port()
    return {
        **os.environ, "ONECALL_MODE": "development", "DATA_FOLDER": str(folder), "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}", "TWILIO_AUTH_TOKEN": TOKEN,
        "DATABASE_URL": server.get_uri(database=database, driver="psycopg"),
    }  # fmt: skip


def _measure(
    folder: Path,
    server: Any,  # noqa: ANN401 (the wheel has no types)
    serials: list[str],
    processes: int,
    options: argparse.Namespace,
) -> Row:
    own = f"{CITY}_{processes}"
    server.psql(f"CREATE DATABASE {own} TEMPLATE {CITY}")
    environ, peer_port = _environ(folder, server, own), find_free_port()
    crowd: dict[str, Any] = {
        "callers": options.callers, "rounds": options.rounds, "serials": serials, "listen_seconds": options.listen,
        "first_number": 10**7,
    }  # fmt: skip
    few = {**crowd, "callers": 2 * processes, "rounds": 1, "first_number": 10**6}
    call = partial(place_call, routes=WHOLE_TREE)
    with serving("wsgi:app", environ, int(environ["PORT"]), workers=processes) as (base_url, pid):
        run_callers(base_url, TOKEN, **few, call=call)
        before = processor_seconds(pid), processor_seconds(server.get_pid()), time.process_time()
        real = run_callers(base_url, TOKEN, **crowd, call=call)
        after = processor_seconds(pid), processor_seconds(server.get_pid()), time.process_time()
        used_mb = memory_mb(pid)
    peer_environ = {**environ, "EMPTY_APP_URL": f"http://127.0.0.1:{peer_port}"}
    with serving("benchmarks.empty_app:app", peer_environ, peer_port, workers=processes) as (peer_url, _):
        run_callers(peer_url, TOKEN, **few, call=place_empty_call)
        peer = run_callers(peer_url, TOKEN, **crowd, call=place_empty_call)
    return _row(processes, real, peer, [1000 * (b - a) for a, b in zip(before, after, strict=True)], used_mb)


def _row(processes: int, real: Figures, peer: Figures, cpu_ms: list[float], used_mb: float) -> Row:
    count = len(real.all)
    web, database, callers = (round(spent / count, 1) for spent in cpu_ms)
    return Row(
        processes, round(count / real.seconds, 1), round(percentile(real.all, 0.5)), round(percentile(real.all, 0.99)),
        web, database, callers, round(used_mb), round(len(peer.all) / peer.seconds, 1),
    )  # fmt: skip


def _report(rows: list[Row], options: argparse.Namespace) -> None:
    table = Table(title=f"{options.callers} callers at once, {options.rounds} calls each, PostgreSQL")
    for column in (
        "processes",
        "webhooks/s",
        "× one",
        "p50 ms",
        "p99 ms",
        "web",
        "database",
        "callers",
        "MiB",
        "empty",
    ):
        table.add_column(column, justify="right")
    for row in rows:
        times = row.webhooks_a_second / rows[0].webhooks_a_second
        values = (
            row.processes, row.webhooks_a_second, f"{times:.2f}", row.p50_ms, row.p99_ms, row.web_cpu_ms,
            row.database_cpu_ms, row.callers_cpu_ms, row.web_mb, row.empty_app_a_second,
        )  # fmt: skip
        table.add_row(*map(str, values))
    Console(width=WIDTH).print(table)
    print("web, database, callers: milliseconds of processor time for each webhook; the empty app's webhooks/s")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
