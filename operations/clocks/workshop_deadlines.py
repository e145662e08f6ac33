"""Until when the workshop has promised to be done, for lists (D14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Commitment
from policies.commitments import CommitmentKind


def find_workshop_deadlines(session: Session, *, subjects: Sequence[str]) -> Mapping[str, dt.datetime]:
    """Return the deadline of each subject's workshop clock; a subject without one is left out."""
    rows = session.execute(
        select(Commitment.subject, Commitment.deadline_at).where(
            Commitment.subject.in_(subjects), Commitment.kind == CommitmentKind.WORKSHOP
        )
    )
    return {row.subject: row.deadline_at for row in rows}
