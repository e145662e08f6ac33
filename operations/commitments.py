"""Read the clocks of a subject from its events and keep the last verdict for lists (K1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ClockTimer, Commitment, ServiceRequest
from operations.clock_rules import RuleInForce, find_calendar, find_rule, list_kinds
from operations.events import list_facts
from policies.clocks.calendars import WorkingCalendar
from policies.clocks.reading import Fact, Verdict, calendar_code, correct_facts, list_steps_due, read_clock
from policies.clocks.timers import TimerState, move_timer
from policies.commitments import CommitmentKind, CommitmentState

UNDECIDED = (CommitmentState.RUNNING, CommitmentState.PAUSED)


def request_subject(request_id: int) -> str:
    """Return the chain's name for a service request."""
    return f"request:{request_id}"


def call_subject(call_sid: str) -> str:
    """Return the chain's name for a call."""
    return f"call:{call_sid}"


def refresh_commitments(
    session: Session, *, subject: str, request_id: int | None, now: dt.datetime
) -> list[Commitment]:
    """Compute every clock that the subject's events have started, under the rules in force when it started.

    Its warnings and escalations are set, moved and stopped with it; one that has fired stays fired (K2).
    """
    facts = list_facts(session, subject=subject)
    standing = [fact for fact in correct_facts(facts) if fact.occurred_at <= now]
    kept = {row.kind: row for row in session.scalars(select(Commitment).where(Commitment.subject == subject))}
    request = session.get(ServiceRequest, request_id) if request_id else None
    result = []
    for kind in list_kinds(session):
        found = find_rule(session, kind=kind, standing=standing)
        calendar = find_clocks_calendar(session, found, facts, now=now) if found else None
        verdict = read_clock(found.rule, calendar, facts, now=now) if found and calendar else None
        if found is None or calendar is None or verdict is None:
            _forget(session, kept.get(kind))
            continue
        row = kept.get(kind) or Commitment(subject=subject, request_id=request_id, kind=kind)
        row.area_id = request.area_id if request else None
        _write(row, verdict, found)
        session.add(row)
        _set_timers(session, row, found, calendar, facts, now=now)
        result.append(row)
    session.flush()
    return result


def find_clocks_calendar(
    session: Session, found: RuleInForce, facts: Sequence[Fact], *, now: dt.datetime
) -> WorkingCalendar:
    """Return the calendar a clock counts by, as it stood when the clock started."""
    return find_calendar(session, code=calendar_code(found.rule, facts, now=now), at=found.started_at)


def deadline_of(session: Session, *, request_id: int) -> dt.datetime | None:
    """Return until when somebody must be on site, or None while that clock has not started (D1)."""
    return session.scalar(
        select(Commitment.deadline_at).where(
            Commitment.request_id == request_id, Commitment.kind == CommitmentKind.ON_SITE
        )
    )


def find_commitment(session: Session, *, request_id: int, kind: str) -> Commitment:
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


def _write(row: Commitment, verdict: Verdict, found: RuleInForce) -> None:
    row.policy_version, row.rule_version = found.figures_version, found.rule_version
    row.agreement = verdict.agreement
    row.started_at = verdict.started_at
    row.deadline_at = verdict.deadline_at
    row.state = verdict.state
    row.decided_at, row.fulfilled_at = verdict.decided_at, verdict.fulfilled_at
    row.left_seconds = round(verdict.left.total_seconds()) if verdict.state is CommitmentState.PAUSED else None


def _forget(session: Session, row: Commitment | None) -> None:
    """Its starting event was taken back: there is no promise, and nobody to be woken."""
    if row is None:
        return
    for timer in _timers_of(session, row).values():
        session.delete(timer)
    session.flush()
    session.delete(row)


def _set_timers(
    session: Session,
    row: Commitment,
    found: RuleInForce,
    calendar: WorkingCalendar,
    facts: Sequence[Fact],
    *,
    now: dt.datetime,
) -> None:
    if not found.rule.steps:
        return
    own = {step.calendar for step in found.rule.steps if step.calendar}
    calendars = {code: find_calendar(session, code=code, at=row.started_at) for code in own}
    timers = _timers_of(session, row) if row.id else {}
    for due in list_steps_due(found.rule, calendar, facts, now=now, calendars=calendars):
        timer = timers.get(due.step.name)
        if timer is None and due.is_over:
            continue
        if timer is None:
            timer = ClockTimer(commitment=row, step=due.step.name, tells=due.step.tells, state=TimerState.WAITING)
            session.add(timer)
        timer.state = move_timer(timer.state, is_over=due.is_over)
        if timer.state is TimerState.WAITING:
            timer.due_at = due.due_at


def _timers_of(session: Session, row: Commitment) -> dict[str, ClockTimer]:
    return {
        timer.step: timer for timer in session.scalars(select(ClockTimer).where(ClockTimer.commitment_id == row.id))
    }
