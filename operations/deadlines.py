"""When what is promised falls due, for lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Commitment


def find_deadlines(session: Session, *, subjects: Sequence[str]) -> Mapping[str, dt.datetime]:
    """Return the earliest deadline of each subject that has a clock."""
    rows = session.execute(
        select(Commitment.subject, Commitment.deadline_at)
        .where(Commitment.subject.in_(subjects))
        .order_by(Commitment.deadline_at.desc())
    )
    return {row.subject: row.deadline_at for row in rows}
