"""Read the clocks of a subject from its events and keep the last verdict for lists (K1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from models import ClockAlarm, ClockTimer, Commitment, ServiceRequest, StatusEvent
from operations.clocks.clock_rules import RuleInForce, find_calendar, find_rule, list_kinds
from operations.clocks.past_months import note_clock_written
from operations.foundation.events import list_facts, stream_facts, take_turn
from policies.clocks.calendars import WorkingCalendar
from policies.clocks.reading import Fact, Verdict, calendar_code, correct_facts, list_steps_due, read_clock
from policies.clocks.timers import TimerState, move_timer
from policies.commitments import CommitmentKind, CommitmentState

SUBJECTS_AT_ONCE = 500
UNTIL_BROKEN = dt.timedelta(minutes=2)
"""How long a clock whose deadline has passed may still stand as running: the job that breaks it runs every 15 s."""
UNDECIDED = (CommitmentState.RUNNING, CommitmentState.PAUSED)


def request_subject(request_id: int) -> str:
    """Return the chain's name for a service request."""
    return f"request:{request_id}"


def call_subject(call_sid: str) -> str:
    """Return the chain's name for a call."""
    return f"call:{call_sid}"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One clock of a subject, read from its events: the rule in force when it started, its calendar, its verdict."""

    found: RuleInForce
    calendar: WorkingCalendar
    calendar_code: str
    verdict: Verdict


def read_clocks(session: Session, facts: Sequence[Fact], *, now: dt.datetime) -> dict[str, ClockReading]:
    """Return by kind every clock that a subject's events have started, read anew; nothing stored is looked at."""
    standing = [fact for fact in correct_facts(facts) if fact.occurred_at <= now]
    readings = {}
    for kind in list_kinds(session):
        found = find_rule(session, kind=kind, standing=standing)
        if found is None:
            continue
        code = calendar_code(found.rule, facts, now=now)
        calendar = find_calendar(session, code=code, at=found.started_at)
        verdict = read_clock(found.rule, calendar, facts, now=now)
        if verdict is not None:
            readings[kind] = ClockReading(found, calendar, code, verdict)
    return readings


def refresh_commitments(
    session: Session, *, subject: str, request_id: int | None, now: dt.datetime, area_id: int | None = None
) -> list[Commitment]:
    """Compute every clock that the subject's events have started, under the rules in force when it started.

    A request's clocks belong to its area, any other's to `area_id`, or to the area they had. Warnings and escalations
    are set, moved and stopped with their clock; one that has fired stays fired (K2).
    """
    take_turn(session, subject)
    facts = list_facts(session, subject=subject)
    kept = {row.kind: row for row in session.scalars(select(Commitment).where(Commitment.subject == subject))}
    readings = read_clocks(session, facts, now=now)
    for kind in kept.keys() - readings.keys():
        note_clock_written(session, started_at=kept[kind].started_at, now=now)
        _forget(session, kept[kind])
    request = session.get(ServiceRequest, request_id) if request_id and readings else None
    known = request.area_id if request else area_id
    timers = _timers_of(session, kept.values())
    result = []
    for kind, reading in readings.items():
        row = kept.get(kind) or Commitment(subject=subject, request_id=request_id, kind=kind)
        row.area_id = known or row.area_id
        started_before_at = kept[kind].started_at if kind in kept else reading.verdict.started_at
        _write(row, reading)
        session.add(row)
        if session.is_modified(row):
            for started_at in {started_before_at, row.started_at}:
                note_clock_written(session, started_at=started_at, now=now)
        _set_timers(session, row, reading, facts, timers, now=now)
        result.append(row)
    session.flush()
    return result


def move_clocks(session: Session, *, subject: str, area_id: int) -> None:
    """Put a subject's clocks into the area it has turned out to belong to."""
    session.execute(
        update(Commitment)
        .where(Commitment.subject == subject, Commitment.area_id.is_distinct_from(area_id))
        .values(area_id=area_id)
    )


def find_clocks_that_differ(session: Session, *, now: dt.datetime) -> Iterator[tuple[str, str]]:
    """Yield subject and kind of every clock whose row is not what its events say, is missing, or stands for nothing.

    An event of the future was written while the time was ahead: a row may be what was to be said at that time.
    """
    without_events = ~exists().where(StatusEvent.subject == Commitment.subject)
    for subject, kind in session.execute(select(Commitment.subject, Commitment.kind).where(without_events)):
        yield subject, kind
    streamed = stream_facts(session)
    while chains := list(islice(streamed, SUBJECTS_AT_ONCE)):
        stored: dict[str, dict[str, Commitment]] = {subject: {} for subject, _ in chains}
        for row in session.scalars(select(Commitment).where(Commitment.subject.in_(stored))):
            stored[row.subject][row.kind] = row
        for subject, facts in chains:
            newest = max(fact.occurred_at for fact in facts)
            readings = {at: read_clocks(session, facts, now=at) for at in {now, max(now, newest)}}
            for kind in sorted(stored[subject].keys() | set().union(*readings.values())):
                if all(_differs(stored[subject].get(kind), read.get(kind), at) for at, read in readings.items()):
                    yield subject, kind
        session.expunge_all()


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


def list_overdue(session: Session, *, now: dt.datetime, most: int) -> Sequence[tuple[str, int | None]]:
    """Return subject and request of the running clocks whose deadline has passed, the longest overdue first."""
    overdue = (
        select(Commitment.subject, Commitment.request_id)
        .where(Commitment.state == CommitmentState.RUNNING, Commitment.deadline_at < now)
        .order_by(Commitment.deadline_at, Commitment.id)
        .limit(most)
    )
    return list(dict.fromkeys((row.subject, row.request_id) for row in session.execute(overdue)))


def _write(row: Commitment, reading: ClockReading) -> None:
    found, verdict = reading.found, reading.verdict
    row.policy_version, row.rule_version = found.figures_version, found.rule_version
    row.agreement = verdict.agreement
    row.started_at = verdict.started_at
    row.deadline_at = verdict.deadline_at
    row.state = verdict.state
    row.decided_at, row.fulfilled_at = verdict.decided_at, verdict.fulfilled_at
    row.left_seconds = round(verdict.left.total_seconds()) if verdict.state is CommitmentState.PAUSED else None


def _differs(row: Commitment | None, reading: ClockReading | None, now: dt.datetime) -> bool:
    if row is None or reading is None:
        return (row is None) != (reading is None)
    verdict = reading.verdict
    if row.state is CommitmentState.RUNNING and now - UNTIL_BROKEN <= verdict.deadline_at < now:
        return row.deadline_at != verdict.deadline_at
    stored = (row.state, row.started_at, row.deadline_at, row.decided_at, row.fulfilled_at)
    return stored != (
        verdict.state,
        verdict.started_at,
        verdict.deadline_at,
        verdict.decided_at,
        verdict.fulfilled_at,
    )


def _forget(session: Session, row: Commitment) -> None:
    """Its starting event was taken back: there is no promise, and nobody to be woken."""
    own = select(ClockTimer.id).where(ClockTimer.commitment_id == row.id)
    session.execute(delete(ClockAlarm).where(ClockAlarm.timer_id.in_(own)))
    session.execute(delete(ClockTimer).where(ClockTimer.commitment_id == row.id))
    session.delete(row)


def _set_timers(
    session: Session,
    row: Commitment,
    reading: ClockReading,
    facts: Sequence[Fact],
    timers: Mapping[tuple[int, str], ClockTimer],
    *,
    now: dt.datetime,
) -> None:
    rule = reading.found.rule
    if not rule.steps:
        return
    own = {step.calendar for step in rule.steps if step.calendar}
    calendars = {code: find_calendar(session, code=code, at=row.started_at) for code in own}
    for due in list_steps_due(rule, reading.calendar, facts, now=now, calendars=calendars):
        step = due.step
        timer = timers.get((row.id, step.name))
        if timer is None and due.is_over:
            continue
        if timer is None:
            # A calendar that never closes holds nobody back.
            hours = step.calendar or (reading.calendar_code if reading.calendar.weekly is not None else None)
            timer = ClockTimer(
                commitment=row,
                step=step.name,
                tells=step.tells,
                is_called=step.is_called,
                calendar=hours,
                state=TimerState.WAITING,
            )
            session.add(timer)
        timer.state = move_timer(timer.state, is_over=due.is_over)
        if timer.state is TimerState.WAITING:
            timer.due_at = due.due_at


def _timers_of(session: Session, rows: Iterable[Commitment]) -> dict[tuple[int, str], ClockTimer]:
    ids = [row.id for row in rows]
    wanted = select(ClockTimer).where(ClockTimer.commitment_id.in_(ids))
    return {(timer.commitment_id, timer.step): timer for timer in session.scalars(wanted)} if ids else {}
