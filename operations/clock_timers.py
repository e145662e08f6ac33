"""Warnings and escalations: each fires once, whoever's clock it is and whatever restarts, and stops when met (K2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import ClockTimer, Commitment, DutyTurn, ServiceRequest
from operations.changes import BOARD, note_change
from operations.clock_rules import name_of_clock
from operations.duty import list_on_duty
from operations.events import record_event
from operations.figures import figures_at
from operations.house import House
from outbox.enqueue import enqueue_message
from outbox.words import write_instant
from policies.clocks.rules import Listener
from policies.clocks.timers import TimerState
from policies.commitments import CommitmentState
from policies.duty import RUNGS, DutyRole, order_ladder

TEMPLATE = "clock_alert"
SOURCE = "clock"


def list_due_timers(session: Session, *, now: dt.datetime, most: int) -> Sequence[int]:
    """Return the ids of the timers that are due, the longest due first."""
    return session.scalars(
        select(ClockTimer.id)
        .where(ClockTimer.state == TimerState.WAITING, ClockTimer.due_at <= now)
        .order_by(ClockTimer.due_at, ClockTimer.id)
        .limit(most)
    ).all()


def fire_timer(session: Session, *, timer_id: int, house: House, now: dt.datetime) -> bool:
    """Fire one timer and tell whom it tells; False if another clock process has it, or it no longer waits."""
    timer = session.scalars(
        select(ClockTimer)
        .where(ClockTimer.id == timer_id, ClockTimer.state == TimerState.WAITING, ClockTimer.due_at <= now)
        .with_for_update(skip_locked=True, of=ClockTimer)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if timer is None:
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
        actor=f"duty:{turn.id}" if turn else str(timer.tells),
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


def _wake(session: Session, timer: ClockTimer, *, house: House, now: dt.datetime) -> DutyTurn | None:
    """Text the first on the duty ladder from the step's rung upwards; nobody for the desk's own warnings."""
    if timer.tells is Listener.DESK:
        return None
    clock = timer.commitment
    lowest = RUNGS.index(DutyRole(str(timer.tells)))
    people = [one for one in list_on_duty(session, area_id=clock.area_id, now=now) if RUNGS.index(one.role) >= lowest]
    first = next(iter(order_ladder(people)), None)
    if first is None:
        return None
    turn = session.get_one(DutyTurn, first.turn_id)
    request = session.get(ServiceRequest, clock.request_id) if clock.request_id else None
    enqueue_message(
        session,
        event=f"clock:{clock.id}:{timer.step}",
        recipient=f"duty:{turn.id}",
        to_number=turn.phone,
        language=turn.language,
        template=TEMPLATE,
        values={
            "number": request.number if request else clock.subject,
            "clock": name_of_clock(session, kind=clock.kind, language=str(turn.language)),
            "deadline": write_instant(clock.deadline_at, time_zone=_zone(request), language=turn.language),
            "link": f"{house.public_base_url}/desk",
        },
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        request_id=clock.request_id,
    )
    return turn


def _zone(request: ServiceRequest | None) -> str:
    if request is None:
        return "UTC"
    if request.site is not None:
        return request.site.time_zone
    return request.area.time_zone if request.area is not None else "UTC"
