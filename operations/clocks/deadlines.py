"""When what is promised falls due, for lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Commitment
from policies.commitments import CommitmentState


def find_running_deadlines(session: Session, *, subjects: Sequence[str]) -> Mapping[str, dt.datetime]:
    """Return the earliest deadline of each subject that has a clock which still runs."""
    rows = session.execute(
        select(Commitment.subject, func.min(Commitment.deadline_at))
        .where(Commitment.subject.in_(subjects), Commitment.state == CommitmentState.RUNNING)
        .group_by(Commitment.subject)
    )
    return dict(rows.all())


def find_deadlines(session: Session, *, subjects: Sequence[str]) -> Mapping[str, dt.datetime]:
    """Return the earliest deadline of each subject that has a clock."""
    rows = session.execute(
        select(Commitment.subject, Commitment.deadline_at)
        .where(Commitment.subject.in_(subjects))
        .order_by(Commitment.deadline_at.desc())
    )
    return {row.subject: row.deadline_at for row in rows}
