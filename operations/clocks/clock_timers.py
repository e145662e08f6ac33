"""Warnings and escalations: each fires once, whoever's clock it is and whatever restarts, and stops when met (K2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import ClockTimer, Commitment, DutyTurn
from operations.clocks.clock_alarms import lowest_rung, raise_alarm, text_on_duty
from operations.clocks.clock_rules import find_calendar
from operations.clocks.duty import actor_of, list_on_duty
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event, take_turn
from operations.foundation.house import House
from policies.clocks.rules import Listener
from policies.clocks.timers import TimerState
from policies.commitments import CommitmentState
from policies.duty import order_ladder, people_from

SOURCE = "clock"
STILL_IN_HOURS = dt.timedelta(minutes=10)
"""A step due at closing time is fired moments later, and still counts as fired within the hours."""


def list_due_timers(session: Session, *, now: dt.datetime, most: int) -> Sequence[int]:
    """Return the ids of the timers that are due, the longest due first."""
    return session.scalars(
        select(ClockTimer.id)
        .where(ClockTimer.state == TimerState.WAITING, ClockTimer.due_at <= now)
        .order_by(ClockTimer.due_at, ClockTimer.id)
        .limit(most)
    ).all()


def fire_timer(session: Session, *, timer_id: int, house: House, now: dt.datetime) -> bool:
    """Fire one timer and tell whom it tells; False if it no longer waits, another clock process had it, or it is late.

    Late: what falls due in opening hours and is found after them, because every clock process was down, waits until
    they open again.
    """
    subject = session.scalar(
        select(Commitment.subject)
        .join(ClockTimer, ClockTimer.commitment_id == Commitment.id)
        .where(ClockTimer.id == timer_id)
    )
    if subject is None:
        return False
    # Whoever records an event of this subject holds its turn and then moves its timers: the same order here, or
    # PostgreSQL finds two transactions waiting for each other and ends one of them.
    take_turn(session, subject)
    timer = session.scalars(
        select(ClockTimer)
        .where(ClockTimer.id == timer_id, ClockTimer.state == TimerState.WAITING, ClockTimer.due_at <= now)
        .with_for_update(skip_locked=True, of=ClockTimer)
        .options(joinedload(ClockTimer.commitment))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if timer is None or _must_wait(session, timer, now):
        return False
    timer.state, timer.fired_at = TimerState.FIRED, now
    turn = _wake(session, timer, house=house, now=now)
    clock = timer.commitment
    record_event(
        session,
        subject=clock.subject,
        kind="clock_warned" if timer.tells is Listener.DESK else "clock_escalated",
        occurred_at=now,
        recorded_at=now,
        source=SOURCE,
        actor=actor_of(turn) if turn else str(timer.tells),
        facts={"clock": clock.kind, "step": timer.step, "tells": str(timer.tells)},
    )
    note_change(session, topic=BOARD, now=now)
    return True


def list_alerts(session: Session) -> Sequence[ClockTimer]:
    """Return what has fired and nobody has looked at, of clocks that are not fulfilled yet; the most urgent first."""
    return session.scalars(
        select(ClockTimer)
        .join(ClockTimer.commitment)
        .where(
            ClockTimer.state == TimerState.FIRED,
            ClockTimer.seen_at.is_(None),
            Commitment.fulfilled_at.is_(None),
            Commitment.state.in_((CommitmentState.RUNNING, CommitmentState.BROKEN)),
        )
        .order_by(Commitment.deadline_at, ClockTimer.id)
        .options(joinedload(ClockTimer.commitment))
    ).all()


def note_alert_seen(session: Session, *, timer: ClockTimer, by: str, now: dt.datetime) -> None:
    """Somebody has looked at it; saying so twice changes nothing."""
    if timer.seen_at is None:
        timer.seen_at, timer.seen_by = now, by
        note_change(session, topic=BOARD, now=now)


def _must_wait(session: Session, timer: ClockTimer, now: dt.datetime) -> bool:
    if timer.calendar is None or timer.due_at is None or now - timer.due_at <= STILL_IN_HOURS:
        return False
    calendar = find_calendar(session, code=timer.calendar, at=timer.commitment.started_at)
    opens_at = calendar.next_open(now)
    if opens_at > now:
        timer.due_at = opens_at
    return opens_at > now


def _wake(session: Session, timer: ClockTimer, *, house: House, now: dt.datetime) -> DutyTurn | None:
    """Text the first on the duty ladder from the step's rung upwards, or have them called; the desk is not woken."""
    if timer.tells is Listener.DESK:
        return None
    if timer.is_called:
        raise_alarm(session, timer=timer, now=now)
    people = list_on_duty(session, area_id=timer.commitment.area_id, now=now)
    first = next(iter(order_ladder(people_from(people, lowest=lowest_rung(timer.tells)))), None)
    if first is None:
        return None
    turn = session.get_one(DutyTurn, first.turn_id)
    text_on_duty(session, timer=timer, turn=turn, house=house, now=now)
    return turn
