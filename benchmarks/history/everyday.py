"""What goes on beside lists and reports, over the same history: calls, texts on their way, and the clock's jobs."""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from typing import Any

import psycopg

from benchmarks.messages import Carrier, running, serve_carrier, store_texts, wait_for
from benchmarks.voice import flask_command, memory_mb, percentile, place_call, processor_seconds, run_callers

CALLS = 8
TEXTS = 20
TEXT_PAUSE_SECONDS = 0.5
CARRIER_SECONDS = 0.02
CLOCK_SECONDS = 75
"""Long enough for every job that runs each minute."""
START_SECONDS = 120
LOOK_SECONDS = 0.2
Figures = dict[str, tuple[float, float]]


def measure_calls(base_url: str, environ: dict[str, str]) -> Figures:
    """p50 and p95 of the webhooks of calls that book a visit, signed, one call after another, by place of the menu."""
    serials = [f"{number:06d}" for number in range(11, 11 + CALLS)]
    crowd: dict[str, Any] = {"callers": 1, "serials": serials, "call": place_call}
    # The first call of a process waits until everything is loaded.
    run_callers(base_url, environ["TWILIO_AUTH_TOKEN"], rounds=1, first_number=time.time_ns(), **crowd)
    made = run_callers(base_url, environ["TWILIO_AUTH_TOKEN"], rounds=CALLS, first_number=time.time_ns(), **crowd)
    return {"a webhook of a call": _sum_up(made.all), "the answer to a call": _sum_up(made.by_step["answer"])}


def measure_clock(environ: dict[str, str]) -> Figures:
    """p50 and p95 of texts from their commit to the carrier, and of each job that one clock alone may run."""
    with serve_carrier(CARRIER_SECONDS) as carrier, psycopg.connect(_address(environ), autocommit=True) as connection:
        clock_environ = {**environ, "TWILIO_API_BASE_URL": carrier.url, "TWILIO_NUMBER": "+862150000000"}
        with running([flask_command("clock")], clock_environ) as (clock,):
            _wait_for_clock(connection)
            taken_seconds = processor_seconds(clock)
            runs = _watch_jobs(connection)
            share = (processor_seconds(clock) - taken_seconds) / CLOCK_SECONDS
            print(f"a clock with nothing to send: {share:.1%} of a core, {memory_mb(clock):.0f} MB")
            waits = _send(connection, carrier)
    return {"a text from its commit to the carrier": _sum_up(waits)} | {
        f"job {job}": _sum_up(list(took.values())) for job, took in sorted(runs.items())
    }


def _wait_for_clock(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    began, until = dt.datetime.now(dt.UTC), time.monotonic() + START_SECONDS
    while not connection.execute("SELECT 1 FROM job_runs WHERE claimed_at > %s", (began,)).fetchone():
        if time.monotonic() > until:
            raise SystemExit("the clock has not begun")
        time.sleep(LOOK_SECONDS)


def _watch_jobs(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, dict[dt.datetime, float]]:
    """Milliseconds of each run, by job and when it was due."""
    began, runs = dt.datetime.now(dt.UTC), defaultdict[str, dict[dt.datetime, float]](dict)
    until = time.monotonic() + CLOCK_SECONDS
    while time.monotonic() < until:
        for job, due_at, took in connection.execute(
            "SELECT job, due_at, 1000 * extract(epoch FROM finished_at - claimed_at)::float FROM job_runs"
            " WHERE finished_at IS NOT NULL AND claimed_at > %s",
            (began,),
        ):
            runs[str(job)][due_at] = float(str(took))  # type: ignore[index] # a row has no types
        time.sleep(LOOK_SECONDS)
    return runs


def _send(connection: psycopg.Connection[tuple[object, ...]], carrier: Carrier) -> list[float]:
    stored_at = {}
    mark = f"history {time.time_ns()}"
    for number in range(TEXTS):
        body = f"{mark} {number}"
        store_texts(connection, {f"bench:{body}": body})
        stored_at[body] = time.time()
        time.sleep(TEXT_PAUSE_SECONDS)
    wait_for(carrier, set(stored_at))
    return [1000 * (at - stored_at[body]) for body, at in carrier.arrivals if body in stored_at]


def _address(environ: dict[str, str]) -> str:
    return environ["DATABASE_URL"].replace("+psycopg", "")


def _sum_up(values: list[float]) -> tuple[float, float]:
    return round(percentile(values, 0.5), 1), round(percentile(values, 0.95), 1)
