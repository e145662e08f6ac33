"""Claim the runs of clock jobs, so that any number of clocks do no harm."""

from __future__ import annotations

import datetime as dt
from functools import cache

from sqlalchemy import Executable, bindparam, null, update
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
