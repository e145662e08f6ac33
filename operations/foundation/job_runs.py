"""Claim the runs of clock jobs, so that any number of clocks do no harm."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import JobRun
from models.database_clock import WRONG_AHEAD

LEFT_AFTER = dt.timedelta(minutes=10)
"""Longer than any run takes; a solve is given seconds."""


def claim_run(session: Session, *, job: str, due_at: dt.datetime, now: dt.datetime) -> bool:
    """Claim the run that was due at `due_at`; False when it, or a later one, has been claimed already.

    A run that was claimed and not finished for ten minutes belonged to a clock that died; it can be claimed again (K2).
    So can one of the future: the database's time was ahead and has been put right, and nothing may wait until it is
    reached again.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(JobRun).values(job=job, due_at=due_at, claimed_at=now)
    if session.scalar(row.on_conflict_do_nothing().returning(JobRun.job)) is not None:
        return True
    was_left = (JobRun.due_at == due_at) & JobRun.finished_at.is_(None) & (JobRun.claimed_at < now - LEFT_AFTER)
    moved = session.execute(
        update(JobRun)
        .where(JobRun.job == job, (JobRun.due_at < due_at) | was_left | (JobRun.due_at > now + WRONG_AHEAD))
        .values(due_at=due_at, claimed_at=now, finished_at=None, error=None)
    )
    return bool(moved.rowcount == 1)  # type: ignore[attr-defined]


def finish_run(session: Session, *, job: str, now: dt.datetime, error: str | None = None) -> None:
    """Write down how a run ended."""
    run = session.get_one(JobRun, job)
    run.finished_at, run.error = now, error
