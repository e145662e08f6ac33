"""How fast messages leave: `python -m benchmarks messages` sends through the outbox and a job queue, in one run.

On a PostgreSQL of its own (from the wheel, with all its durability) messages are stored and `flask clock` processes
send them, 1, 2 and 4 at once, to a stand-in that takes texts as Twilio's REST interface does. Beside them
procrastinate, the job queue for Flask that keeps its jobs in PostgreSQL too, makes the same calls with as many workers.
It neither knows opt-outs, caps and quiet hours nor looks up what became uncertain: it is the floor, not an equal.

Measured: messages a second from the first to the last arrival, and from the commit to the arrival at a steady twenty a
second (p50, p99, milliseconds). What arrived twice or not at all is counted, and should be nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import psycopg

from benchmarks.postgresql import serve_postgresql
from benchmarks.solvers import PROJECT
from benchmarks.voice import flask_command

SENDERS = (1, 2, 4)
HANDS = 4
"""As many messages as one clock hands over at once; the peer's workers do the same."""
STEADY_PER_SECOND = 20
ACCOUNT = "AC" + "0" * 32
DEADLINE_SECONDS = 600


@dataclass
class Carrier:
    """Takes texts as Twilio's REST interface does, and remembers when."""

    arrivals: list[tuple[str, float]] = field(default_factory=list)
    delay_seconds: float = 0.0
    url: str = ""

    def take(self, body: str) -> None:
        """One text arrived."""
        time.sleep(self.delay_seconds)
        self.arrivals.append((body, time.time()))


def main() -> int:
    """Measure both, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks messages", description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--steady-seconds", type=int, default=20)
    parser.add_argument("--senders", type=int, nargs="+", default=SENDERS)
    parser.add_argument("--delay-ms", type=float, default=20.0, help="how long the carrier takes for a text")
    parsed = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_carrier(parsed.delay_ms / 1000) as carrier,
        serve_postgresql(Path(folder)) as server,
    ):
        for senders in parsed.senders:
            for name, contender in (("OneCall", Outbox), ("procrastinate", Queue)):
                one = contender(server, carrier, Path(folder))
                row = measure(one, carrier, messages=parsed.messages, senders=senders, steady=parsed.steady_seconds)
                figures = "  ".join(f"{key} {value}" for key, value in row.items())
                print(f"{name:14} senders {senders}  {figures}", flush=True)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, carrier {parsed.delay_ms:g} ms")
    return 0


def measure(one: Outbox | Queue, carrier: Carrier, *, messages: int, senders: int, steady: int) -> dict[str, object]:
    """Return the figures of one contender with so many senders."""
    bodies = [f"burst {number}" for number in range(messages)]
    one.store(bodies)
    carrier.arrivals.clear()
    with one.sending(senders):
        wait_for(carrier, set(bodies))
        burst = list(carrier.arrivals)
        carrier.arrivals.clear()
        stored_at = {}
        for number in range(steady * STEADY_PER_SECOND):
            body = f"steady {number}"
            one.store([body])
            stored_at[body] = time.time()
            time.sleep(1 / STEADY_PER_SECOND)
        wait_for(carrier, set(stored_at))
        steady_arrivals = list(carrier.arrivals)
    seconds = max(at for _, at in burst) - min(at for _, at in burst)
    counted = Counter(body for body, _ in [*burst, *steady_arrivals])
    waits = sorted((at - stored_at[body]) * 1000 for body, at in steady_arrivals)
    return {
        "a_second": round(len(burst) / seconds),
        "p50_ms": round(waits[len(waits) // 2]),
        "p99_ms": round(waits[int(len(waits) * 0.99)]),
        "twice": sum(count > 1 for count in counted.values()),
        "missing": len({*bodies, *stored_at} - set(counted)),
    }


class Outbox:
    """OneCall as it runs: rows in `messages`, `flask clock` processes that send them."""

    def __init__(self, server: Any, carrier: Carrier, folder: Path) -> None:  # noqa: ANN401 (the wheel has no types)
        name = f"outbox_{secrets.token_hex(4)}"
        server.psql(f"CREATE DATABASE {name}")
        self._uri, data = server.get_uri(database=name), folder / name
        self._numbers = iter(range(10**9))
        self._environment = {
            **os.environ,
            "ONECALL_MODE": "development",
            "DATA_FOLDER": str(data),
            "DATABASE_URL": server.get_uri(database=name, driver="psycopg"),
            "TWILIO_API_BASE_URL": carrier.url,
            # At home where the texts go: more than a few to strangers abroad are withheld.
            "TWILIO_NUMBER": "+862150000000",
            "PUBLIC_BASE_URL": "http://127.0.0.1:1",
        }
        self._flask("db", "upgrade")
        with psycopg.connect(self._uri, autocommit=True) as connection:
            figures = json.dumps({"texts_per_second": 0})
            connection.execute(
                "INSERT INTO policy_versions (in_force_from_at, figures, approved_by)"
                " VALUES ('2020-01-01', %s, 'bench')",
                [figures],
            )
        self._connection = psycopg.connect(self._uri, autocommit=True)

    def store(self, bodies: Sequence[str]) -> None:
        """Store texts that are due, in one transaction."""
        store_texts(self._connection, {f"bench:{next(self._numbers)}": body for body in bodies})

    @contextmanager
    def sending(self, senders: int) -> Iterator[None]:
        """Run clocks."""
        with running([flask_command("clock")] * senders, self._environment):
            yield

    def _flask(self, *arguments: str) -> None:
        command = flask_command(*arguments)
        subprocess.run(command, env=self._environment, cwd=PROJECT, check=True, capture_output=True)  # noqa: S603


def store_texts(connection: psycopg.Connection[Any], bodies: Mapping[str, str]) -> None:
    """Store texts that are due, by their business keys, in one transaction, and ring as OneCall does after it."""
    rows = [(key, f"+86138{number:08d}", body) for number, (key, body) in enumerate(bodies.items())]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO messages (business_key, channel, to_number, purpose, turn, recipient, language, template,"
            " template_version, values, body, state, created_at, not_before_at, expires_at, attempts)"
            " VALUES (%s, 'sms', %s, 'service', 4, 'number:x', 'zh-CN', 'bench', 1, '{}', %s, 'pending',"
            " now(), now(), now() + interval '1 hour', 0)",
            rows,
        )
    connection.execute("NOTIFY onecall_outbox")


class Queue:
    """The peer: a job for each text in procrastinate's table, its workers beside it."""

    def __init__(self, server: Any, carrier: Carrier, _folder: Path) -> None:  # noqa: ANN401 (the wheel has no types)
        name = f"queue_{secrets.token_hex(4)}"
        server.psql(f"CREATE DATABASE {name}")
        self._environment = {**os.environ, "QUEUE_URI": server.get_uri(database=name), "CARRIER_URL": carrier.url}
        self._run("schema", "--apply")
        self._connection = psycopg.connect(server.get_uri(database=name), autocommit=True)

    def store(self, bodies: Sequence[str]) -> None:
        """Defer a job for each text, in one transaction, by the function procrastinate itself calls."""
        # The last arguments are its defaults: queue, priority, locks, time.
        jobs = [json.dumps({"to": f"+86138{number:08d}", "body": body}) for number, body in enumerate(bodies)]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'send_text', %s)",
                [(job,) for job in jobs],
            )

    @contextmanager
    def sending(self, senders: int) -> Iterator[None]:
        """Run workers."""
        worker = [sys.executable, "-m", "procrastinate", "--app", "benchmarks.peers.with_procrastinate.queue"]
        with running([[*worker, "worker", "--concurrency", str(HANDS)]] * senders, self._environment):
            yield

    def _run(self, *arguments: str) -> None:
        command = [
            sys.executable, "-m", "procrastinate", "--app", "benchmarks.peers.with_procrastinate.queue", *arguments
        ]  # fmt: skip
        subprocess.run(command, env=self._environment, cwd=PROJECT, check=True, capture_output=True)  # noqa: S603


NOBODY_WROTE = {"messages": [], "page": 0, "page_size": 50, "next_page_uri": None}


@contextmanager
def serve_carrier(delay_seconds: float) -> Iterator[Carrier]:
    """Serve the stand-in on a free port of this machine."""
    carrier = Carrier(delay_seconds=delay_seconds)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            # A telephone call has no body.
            carrier.take(form.get("Body", [""])[0])
            self._answer(201, {"sid": f"SM{secrets.token_hex(16)}", "status": "queued"})

        def do_GET(self) -> None:
            """What is on record: every text of ours was delivered, and nobody wrote."""
            sid = re.search(r"/Messages/(\w+)\.json", self.path)
            self._answer(200, {"sid": sid[1], "status": "delivered"} if sid else NOBODY_WROTE)

        def _answer(self, status: int, said: object) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        carrier.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield carrier
        server.shutdown()


@contextmanager
def running(commands: Sequence[list[str]], environment: dict[str, str]) -> Iterator[list[int]]:
    """Run these commands side by side, and end them; yield their process ids."""
    started = [
        subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        for command in commands
    ]
    try:
        yield [one.pid for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


def wait_for(carrier: Carrier, bodies: AbstractSet[str]) -> None:
    """Wait until all these texts have arrived."""
    give_up_at = time.time() + DEADLINE_SECONDS
    while missing := bodies - {body for body, _ in list(carrier.arrivals)}:
        if time.time() > give_up_at:
            raise TimeoutError(f"{len(missing)} of {len(bodies)} did not arrive")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
