"""Claim the runs of clock jobs, so that any number of clocks do no harm."""

from __future__ import annotations

import datetime as dt
from functools import cache

from sqlalchemy import Executable, bindparam, delete, null, select, update
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
    claim = _claim(session.get_bind().dialect.name)
    values = {"job": job, "due_at": due_at, "claimed_at": now}
    found = session.connection().execute(claim, {**values, "left_at": now - LEFT_AFTER, "ahead_at": now + WRONG_AHEAD})
    return found.scalar() is not None


def finish_run(session: Session, *, job: str, now: dt.datetime, error: str | None = None) -> None:
    """Write down how a run ended."""
    session.connection().execute(_FINISH, {"ended": job, "at": now, "why": error})


def note_failure(session: Session, *, job: str, now: dt.datetime, error: str) -> None:
    """Write down that a job that claims no runs has failed: it has a row only as long as it fails."""
    claim_run(session, job=job, due_at=now, now=now)
    finish_run(session, job=job, now=now, error=error)


def has_failed(session: Session, *, job: str) -> bool:
    """Tell whether the last run of a job failed."""
    return session.scalar(select(JobRun.job).where(JobRun.job == job, JobRun.error.is_not(None))) is not None


def forget_failure(session: Session, *, job: str) -> None:
    """Delete the row of a job that claims no runs: it runs well again."""
    session.execute(delete(JobRun).where(JobRun.job == job))


_FINISH = (
    update(JobRun).where(JobRun.job == bindparam("ended")).values(finished_at=bindparam("at"), error=bindparam("why"))
)


@cache
def _claim(dialect: str) -> Executable:
    """Return the one statement that claims a run, made once: a clock claims several each second."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(JobRun)
    new = insert.excluded
    was_left = (JobRun.due_at == new.due_at) & JobRun.finished_at.is_(None) & (JobRun.claimed_at < bindparam("left_at"))
    return insert.on_conflict_do_update(
        index_elements=[JobRun.job],
        # How the last run ended stands until this one has.
        set_={"due_at": new.due_at, "claimed_at": new.claimed_at, "finished_at": null()},
        where=(JobRun.due_at < new.due_at) | was_left | (JobRun.due_at > bindparam("ahead_at")),
    ).returning(JobRun.job)
