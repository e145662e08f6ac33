"""Voice webhooks under load: signed calls through gunicorn on SQLite, each step with its commit, beside an empty app.

    python -m benchmarks.voice [--callers 50 | --growth 10,50,200] [--rounds 2] [--listen SECONDS] [--whole-tree]
                               [--postgresql | --database URL] [--workers N]

Every caller rings, finds a machine by serial number, declines two troubleshooting steps, books the first window and
hangs up. With `--whole-tree` three in ten book (one hears other times first, one cancels again); the others ask for the
warranty, the charges, an answer, a parcel or a call back, complain, or leave a message for a person. `--growth`
measures the same with more and more callers at once, the empty app beside each.

Without `--listen` each key is pressed the moment the menu answers, which no caller does: it shows where the ceiling is.
With it, callers listen for that long on average, as people do. The peer is a Flask app that checks the same signature
and answers one fixed menu, served by the same gunicorn settings in the same run: as docs/operating.md has it one
process on SQLite, on PostgreSQL one for each core.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import io
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from rich.console import Console
from rich.table import Table
from twilio.request_validator import RequestValidator

from benchmarks.postgresql import serve_postgresql

ROOT = Path(__file__).resolve().parent.parent
KEYS = {
    "main": "1",
    "asset": "1",
    "serial_confirm": "1",
    "serial_choice": "1",
    "fault": "1",
    "diagnosis": "2",
    "offer": "1",
}
"""What callers press, by place; of several keys the first at the first visit, the last from then on."""
WHOLE_TREE: tuple[dict[str, str], ...] = (
    {},
    {"main": "3", "parts": "1", "warranty": "1"},
    {"main": "3", "parts": "2"},
    {"main": "4", "complaint": "3"},
    {"main": "5", "questions": "1", "answers": "1"},
    {"main": "5", "questions": "2"},
    {"offer": "41"},
    {"main": "12", "booked": "2", "requests": "1", "request": "2", "cancel": "1"},
    {"main": "3", "parts": "3", "parcel": "1"},
    {"main": "0"},
)
"""What callers press instead of KEYS, one after the other."""
GOT_WHAT_THEY_CAME_FOR = frozenset({"booked", "charges", "answer", "closing"})
SPOKEN = {"RecordingSid": "RE" + "0" * 32, "RecordingDuration": "9"}
START_SECONDS = 60
MOST_STEPS = 20
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
ANSWERED = 200


@dataclass
class Figures:
    """What one run of callers lived through: milliseconds by step, outcomes, seconds of the whole."""

    by_step: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    endings: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seconds: float = 0.0

    @property
    def all(self) -> list[float]:
        return sorted(value for values in self.by_step.values() for value in values)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Caller:
    """One caller's connection to an app: posts signed webhooks and keeps the time of each."""

    def __init__(self, base_url: str, token: str, figures: Figures, listen_seconds: float) -> None:
        parts = urlsplit(base_url)
        self._base_url, self._figures = base_url, figures
        self._listen_seconds = listen_seconds
        self._validator = RequestValidator(token)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def post(self, path: str, step: str, form: dict[str, str]) -> str:
        """Post one webhook and return the answer; anything but 200 and 204 raises."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self._validator.compute_signature(self._base_url + path, form),
        }
        body = urlencode(form)
        started = time.perf_counter()
        self._connection.request("POST", path, body, headers)
        response = self._connection.getresponse()
        answer = response.read().decode()
        self._figures.by_step[step].append((time.perf_counter() - started) * 1000)
        if response.status not in {ANSWERED, 204}:
            raise RuntimeError(f"{path} answered {response.status}: {answer[:200]}")
        return answer

    def listen(self) -> None:
        """Listen to a menu: between nothing and twice the average. The server closes a connection idle for so long."""
        if self._listen_seconds:
            self._connection.close()
        time.sleep(random.uniform(0, 2 * self._listen_seconds))

    def close(self) -> None:
        self._connection.close()


def place_call(
    caller: Caller, figures: Figures, *, number: int, digits: str, routes: tuple[dict[str, str], ...] = ({},)
) -> None:
    """Lead one call from the first ring to the hang-up, on one of the routes."""
    route = routes[number % len(routes)]
    keys_here, visits = KEYS | route, Counter[str]()
    form = {"CallSid": f"CA{number:032x}", "From": f"+8613{number % 10**9:09d}", "To": "+12025550100"}
    document = caller.post("/ivr/answer", "answer", {**form, "CallStatus": "ringing"})
    ending = "lost"
    for _ in range(MOST_STEPS):
        # Before a tone a Gather offers a key; whoever calls here speaks after it.
        action = _find_action("Record", document) or _find_action("Gather", document)
        if action is None:
            ending = "said goodbye"
            break
        parts = urlsplit(unescape(action[2]))
        node = parts.path.rpartition("/")[2]
        if node in GOT_WHAT_THEY_CAME_FOR - route.keys():
            ending = node
            break
        caller.listen()
        if action[1] == "Record":
            said = SPOKEN
        else:
            keys = keys_here.get(node, "1")
            said = {"Digits": digits if node == "serial" else keys[min(visits[node], len(keys) - 1)]}
        visits[node] += 1
        document = caller.post(f"{parts.path}?{parts.query}", node, {**form, **said, "CallStatus": "in-progress"})
    caller.post("/ivr/call-status", "call-status", {**form, "CallStatus": "completed"})
    figures.endings[ending] += 1


def _find_action(verb: str, document: str) -> re.Match[str] | None:
    return re.search(rf'<({verb})\b[^>]*action="([^"]+)"', document)


def place_empty_call(caller: Caller, figures: Figures, *, number: int, digits: str) -> None:  # noqa: ARG001
    """As many webhooks as a real call, each answered with the same fixed menu."""
    form = {"CallSid": f"CA{number:032x}", "From": f"+8613{number % 10**9:09d}", "To": "+12025550100", "Digits": "1"}
    for _ in range(9):
        caller.post("/ivr/answer", "empty", form)
        caller.listen()
    figures.endings["answered"] += 1


def run_callers(
    base_url: str, token: str, *, callers: int, rounds: int, serials: list[str],
    call: Callable[..., None], first_number: int, listen_seconds: float = 0.0,
) -> Figures:  # fmt: skip
    """Let `callers` people call at once, `rounds` times each."""
    figures, failures = Figures(), []

    def live(index: int) -> None:
        caller = Caller(base_url, token, figures, listen_seconds)
        caller.listen()
        try:
            for turn in range(rounds):
                number = first_number + index * rounds + turn
                call(caller, figures, number=number, digits=serials[number % len(serials)])
        except Exception as error:  # noqa: BLE001 - one failed caller is reported, the others go on
            failures.append(repr(error))
        finally:
            caller.close()

    threads = [threading.Thread(target=live, args=(index,)) for index in range(callers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures.seconds = time.perf_counter() - started
    if failures:
        raise SystemExit(f"{len(failures)} callers failed: {failures[0]}")
    return figures


@contextmanager
def serving(wsgi: str, environ: dict[str, str], port: int, *, workers: int = 1) -> Iterator[tuple[str, int]]:
    """Serve a WSGI app by gunicorn with the settings everybody runs; yield its address and its process id."""
    command = [
        sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--workers", str(workers),
        "--bind", f"127.0.0.1:{port}", "--log-level", "error", wsgi,
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT, env=environ)  # noqa: S603 - our own process
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 20):
        if server.poll() is not None:
            raise SystemExit("the server ended before it answered")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the server did not answer")


def find_free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def flask_command(*words: str) -> list[str]:
    """Return the command line of a command of ours."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


def run_flask(environ: dict[str, str], *words: str) -> str:
    """Run a command of ours in this environment and return what it says; one that fails ends the benchmark."""
    done = subprocess.run(flask_command(*words), cwd=ROOT, env=environ, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"flask {' '.join(words)} failed: {done.stderr[-2000:]}")
    return done.stdout


def memory_mb(pid: int, *, alone: bool = False) -> float:
    """Return the resident memory of a process and, unless `alone`, its children in MiB (Linux)."""
    family = [Path(f"/proc/{pid}/status").read_text()] if alone else _family(pid, "status")
    sizes = (re.search(r"^VmRSS:\s+(\d+)", text, re.MULTILINE) for text in family)
    return sum(int(size[1]) for size in sizes if size) / 1024


def processor_seconds(pid: int) -> float:
    """Return the processor time a process and its children have taken so far (Linux)."""
    times = (text.rpartition(")")[2].split()[11:13] for text in _family(pid, "stat"))
    return sum(int(user) + int(system) for user, system in times) / TICKS_PER_SECOND


def _family(pid: int, file: str) -> Iterator[str]:
    """Yield what a file of /proc says of a process and of each of its children."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            status = (folder / "status").read_text()
            if str(pid) in re.findall(r"^P?Pid:\t(\d+)", status, re.MULTILINE):
                yield (folder / file).read_text()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--callers", type=int, default=50, help="people calling at once")
    parser.add_argument("--rounds", type=int, default=2, help="calls each of them makes")
    parser.add_argument("--listen", type=float, default=0.0, help="seconds a caller listens to a menu, on average")
    parser.add_argument("--growth", help="numbers of callers to measure one after the other, such as 10,50,200")
    parser.add_argument("--whole-tree", action="store_true", help="callers come for everything, not for a visit alone")
    parser.add_argument("--workers", type=int, help="web processes; one on SQLite and one for each core elsewhere")
    parser.add_argument("--database", help="DATABASE_URL of an empty database; SQLite in a new folder if left out")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own, with all its durability")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onecall-benchmark-")))
        if options.postgresql:
            server = stack.enter_context(serve_postgresql(folder))
            options.database = server.get_uri(database="postgres", driver="psycopg")
        _measure(folder, options)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    workers = options.workers or ((os.cpu_count() or 1) if options.database else 1)
    port, token = find_free_port(), "a-token-for-the-benchmark"
    environ = {
        **os.environ, "ONECALL_MODE": "development", "DATA_FOLDER": str(folder), "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}", "TWILIO_AUTH_TOKEN": token,
    }  # fmt: skip
    if options.database:
        environ["DATABASE_URL"] = options.database
    run_flask(environ, "db", "upgrade")
    run_flask(environ, "demo", "load")
    assets = csv.DictReader(io.StringIO(run_flask(environ, "export", "assets").lstrip("\ufeff")))
    serials = [re.sub(r"\D", "", row["serial"])[-6:] for row in assets]
    call = partial(place_call, routes=WHOLE_TREE) if options.whole_tree else place_call
    sizes = [int(size) for size in options.growth.split(",")] if options.growth else [options.callers]
    peer_port = find_free_port()
    peer_environ = {**environ, "EMPTY_APP_URL": f"http://127.0.0.1:{peer_port}"}
    with (
        serving("wsgi:app", environ, port, workers=workers) as (base_url, pid),
        serving("benchmarks.empty_app:app", peer_environ, peer_port, workers=workers) as (peer_url, _),
    ):
        few: dict[str, Any] = {"callers": 4, "rounds": 1, "serials": serials, "first_number": 10**6}
        run_callers(base_url, token, **few, call=call)
        run_callers(peer_url, token, **few, call=place_empty_call)
        for place, size in enumerate(sizes, start=1):
            crowd: dict[str, Any] = {
                "callers": size,
                "rounds": options.rounds,
                "serials": serials,
                "listen_seconds": options.listen,
            }
            served_seconds, called_seconds = processor_seconds(pid), time.process_time()
            real = run_callers(base_url, token, **crowd, call=call, first_number=place * 10**7)
            served_seconds, called_seconds = (
                processor_seconds(pid) - served_seconds,
                time.process_time() - called_seconds,
            )
            peer = run_callers(peer_url, token, **crowd, call=place_empty_call, first_number=place * 10**7)
            _report(real, peer, memory_mb(pid), size, options)
            web, callers = (1000 * seconds / len(real.all) for seconds in (served_seconds, called_seconds))
            print(f"processor time of a webhook: web {web:.1f} ms, callers {callers:.1f} ms")


def _report(real: Figures, peer: Figures, used_mb: float, callers: int, options: argparse.Namespace) -> None:
    title = f"{callers} callers at once, {options.rounds} calls each, listening {options.listen:g} s to a menu"
    table = Table(title=title)
    for column in ("step", "webhooks", "p50 ms", "p99 ms"):
        table.add_column(column, justify="left" if column == "step" else "right")
    for step, values in [*real.by_step.items(), ("all steps", real.all), ("empty app", peer.all)]:
        row = (step, str(len(values)), f"{percentile(values, 0.5):.0f}", f"{percentile(values, 0.99):.0f}")
        table.add_row(*row)
    console = Console()
    console.print(table)
    ratios = {
        f"p{int(share * 100)}": percentile(real.all, share) / percentile(peer.all, share) for share in (0.5, 0.99)
    }
    console.print(f"calls ended: {json.dumps(real.endings)}")
    console.print(
        f"throughput: {len(real.all) / real.seconds:.0f} webhooks/s, the empty app {len(peer.all) / peer.seconds:.0f}"
    )
    console.print("ratio to the empty app: " + ", ".join(f"{name} {value:.1f}" for name, value in ratios.items()))
    console.print(f"resident memory of the web process: {used_mb:.0f} MiB")


if __name__ == "__main__":
    main()
