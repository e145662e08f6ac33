"""Claim the runs of clock jobs, so that any number of clocks do no harm."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import JobRun


def claim_run(session: Session, *, job: str, due_at: dt.datetime, now: dt.datetime) -> bool:
    """Claim the run that was due at `due_at`; False when it, or a later one, has been claimed already."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(JobRun).values(job=job, due_at=due_at, claimed_at=now)
    if session.scalar(row.on_conflict_do_nothing().returning(JobRun.job)) is not None:
        return True
    moved = session.execute(
        update(JobRun)
        .where(JobRun.job == job, JobRun.due_at < due_at)
        .values(due_at=due_at, claimed_at=now, finished_at=None, error=None)
    )
    return bool(moved.rowcount == 1)  # type: ignore[attr-defined]


def finish_run(session: Session, *, job: str, now: dt.datetime, error: str | None = None) -> None:
    """Write down how a run ended."""
    run = session.get_one(JobRun, job)
    run.finished_at, run.error = now, error
