"""The clock: a process of its own that runs the table of jobs (APScheduler 3)."""

from __future__ import annotations

import datetime as dt
import logging
import signal
from threading import Event, Thread

import click
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import current_app
from flask.cli import with_appcontext
from structlog.contextvars import bound_contextvars

from jobs.table import JOBS, Job
from jobs.woken_sender import send_when_rung
from operations.clients.services import Services
from operations.foundation.job_runs import claim_run, finish_run, forget_failure, has_failed, note_failure

THREADS = 4
FIRST_SECONDS = 10
"""After so long each job has run, however seldom it is due: a clock may be started anew more often than that."""
STOP_SECONDS = 5
"""So long a message that is being handed over may take when the clock stops; after that it counts as uncertain."""
log = structlog.get_logger()


@click.command("clock")
@with_appcontext
def clock_command() -> None:
    """Run what runs by the clock, until stopped."""
    run_clock(current_app.extensions["onecall"])


def run_clock(services: Services) -> None:
    """Run every job at its pace until SIGTERM or SIGINT; a job that fails is logged and runs again next time."""
    # A job that takes longer than its pace leaves turns out: that is meant, and no line for somebody's terminal.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = schedule_jobs(services)
    stop = Event()
    # A thread of its own: the jobs' threads may all be busy when a text is stored.
    sender = Thread(target=send_when_rung, args=(services, stop), name="woken sender", daemon=True)
    sender.start()
    signal.signal(signal.SIGTERM, lambda *_: scheduler.shutdown(wait=False))
    log.info("clock started", jobs=len(JOBS))
    try:
        scheduler.start()
    except KeyboardInterrupt:
        scheduler.shutdown(wait=False)
    finally:
        stop.set()
        sender.join(timeout=STOP_SECONDS)


def schedule_jobs(services: Services) -> BlockingScheduler:
    """Return a scheduler, not started, with every job in it: within seconds, then at its pace.

    What another clock has run already in a job's period is not run again (operations/foundation/job_runs.py).
    """
    scheduler = BlockingScheduler(timezone=dt.UTC, executors={"default": ThreadPoolExecutor(THREADS)})
    for job in JOBS:
        first_in = dt.timedelta(seconds=min(job.every_seconds, FIRST_SECONDS))
        scheduler.add_job(
            run_job,
            "interval",
            args=(services, job),
            id=job.name,
            seconds=job.every_seconds,
            # The scheduler's own time is the machine's.
            next_run_time=dt.datetime.now(dt.UTC) + first_in,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    return scheduler


def run_job(services: Services, job: Job) -> int:
    """Run one job now, unless another clock has this run; return what the job returns, 0 when it failed."""
    if job.is_claimed and not _claim(services, job):
        return 0
    # Every line a job causes names it, whichever layer writes it.
    with bound_contextvars(job=job.name):
        try:
            done = job.run(services)
        except Exception as error:
            log.exception("job failed", job=job.name)
            _finish(services, job, error=repr(error))
            return 0
        _finish(services, job, error=None)
        return done


def _claim(services: Services, job: Job) -> bool:
    now = services.now()
    due_at = dt.datetime.fromtimestamp(now.timestamp() // job.every_seconds * job.every_seconds, dt.UTC)
    with services.database.writing() as session:
        return claim_run(session, job=job.name, due_at=due_at, now=now)


def _finish(services: Services, job: Job, *, error: str | None) -> None:
    if job.is_claimed:
        with services.database.writing() as session:
            finish_run(session, job=job.name, now=services.now(), error=error)
    elif error is not None:
        with services.database.writing() as session:
            note_failure(session, job=job.name, now=services.now(), error=error)
    elif _has_failed(services, job):
        with services.database.writing() as session:
            forget_failure(session, job=job.name)


def _has_failed(services: Services, job: Job) -> bool:
    """Look before writing: these jobs run every second, and nearly always well."""
    with services.database.reading() as session:
        return has_failed(session, job=job.name)
