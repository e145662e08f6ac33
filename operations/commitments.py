"""Read the clocks of a subject from its events and keep the last verdict for lists (K1)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Commitment
from operations.events import list_facts
from operations.figures import versioned_figures_at
from policies.commitments import Clock, CommitmentKind, CommitmentState, Verdict, list_clocks, read_clock
from policies.figures import DEFAULT_FIGURES, Figures


def request_subject(request_id: int) -> str:
    """Return the chain's name for a service request."""
    return f"request:{request_id}"


def call_subject(call_sid: str) -> str:
    """Return the chain's name for a call."""
    return f"call:{call_sid}"


def refresh_commitments(
    session: Session, *, subject: str, request_id: int | None, now: dt.datetime
) -> list[Commitment]:
    """Compute every clock that the subject's events have started, under the figures in force when it started."""
    facts = list_facts(session, subject=subject)
    kept = {row.kind: row for row in session.scalars(select(Commitment).where(Commitment.subject == subject))}
    result = []
    for kind in CommitmentKind:
        started_by = _clock(kind, DEFAULT_FIGURES).started_by
        started_at = min((f.occurred_at for f in facts if f.kind == started_by and f.occurred_at <= now), default=None)
        if started_at is None:
            continue
        version, figures = versioned_figures_at(session, started_at)
        verdict = read_clock(_clock(kind, figures), facts, now=now)
        if verdict is None:
            continue
        row = kept.get(kind) or Commitment(subject=subject, request_id=request_id, kind=kind, policy_version=version)
        _write(row, verdict, version)
        session.add(row)
        result.append(row)
    session.flush()
    return result


def deadline_of(session: Session, *, request_id: int) -> dt.datetime | None:
    """Return until when somebody must be on site, or None while that clock has not started (D1)."""
    return session.scalar(
        select(Commitment.deadline_at).where(
            Commitment.request_id == request_id, Commitment.kind == CommitmentKind.ON_SITE
        )
    )


def find_commitment(session: Session, *, request_id: int, kind: CommitmentKind) -> Commitment:
    """Return one clock of a request; it has to have been started (`NoResultFound` otherwise)."""
    return session.scalars(select(Commitment).where(Commitment.request_id == request_id, Commitment.kind == kind)).one()


def break_overdue_commitments(session: Session, *, now: dt.datetime) -> int:
    """Compute again every running clock whose deadline has passed; return how many there were."""
    overdue = session.scalars(
        select(Commitment).where(Commitment.state == CommitmentState.RUNNING, Commitment.deadline_at < now)
    ).all()
    for row in overdue:
        refresh_commitments(session, subject=row.subject, request_id=row.request_id, now=now)
    return len(overdue)


def _clock(kind: CommitmentKind, figures: Figures) -> Clock:
    return next(clock for clock in list_clocks(figures) if clock.kind is kind)


def _write(row: Commitment, verdict: Verdict, version: int) -> None:
    row.policy_version = version
    row.started_at = verdict.started_at
    row.deadline_at = verdict.deadline_at
    row.state = verdict.state
    row.decided_at = verdict.decided_at
