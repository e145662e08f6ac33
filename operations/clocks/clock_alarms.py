"""Escalations that telephone: those on duty are called one after the other until one takes it (K2, H11).

It is over as soon as the clock is met or withdrawn. While a pause holds the clock nobody is called; an alarm of an
office-hours clock goes once round the ladder and then waits until the office opens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import Area, ClockAlarm, ClockTimer, Commitment, Complaint, DutyTurn, MajorFault, Message, ServiceRequest
from operations.clocks.clock_rules import find_calendar, name_of_clock
from operations.clocks.duty import (
    actor_of,
    begin_next_round,
    call_next_at_once,
    call_on_duty,
    find_next_on_duty,
    is_being_called,
)
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from outbox.enqueue import enqueue_message
from outbox.words import name_in, say_digits, say_instant, write_instant
from policies.clocks.rules import Listener
from policies.commitments import CommitmentState
from policies.duty import AlarmState, DutyRole, MajorFaultState
from policies.languages import Language

SCRIPT = "clock_call"
TEXT = "clock_alert"
SOURCE = "clock"
LINE_BUSY = dt.timedelta(seconds=10)
"""How soon an alarm asks again for a person who is being called about something else."""
NOT_KNOWN = "-"
Wanted = TypeVar("Wanted", bound=Select[*tuple[Any, ...]])


def raise_alarm(session: Session, *, timer: ClockTimer, now: dt.datetime) -> ClockAlarm:
    """Put the ladder up for an escalation that has just fired; `call_for_alarm` makes the calls."""
    alarm = ClockAlarm(timer=timer, state=AlarmState.RINGING, round=1, called_turn_ids=[], next_call_at=now)
    session.add(alarm)
    session.flush()
    return alarm


def list_due_alarms(session: Session, *, now: dt.datetime) -> Sequence[int]:
    """Return the ids of the alarms whose last call has led to nothing in time; the clock that breaks first is first."""
    return session.scalars(_due(select(ClockAlarm.id), now).order_by(Commitment.deadline_at, ClockAlarm.id)).all()


def call_for_alarm(session: Session, *, alarm_id: int, now: dt.datetime) -> bool:
    """Call the next person for one alarm; False when nobody was called, or another clock process has it."""
    alarm = session.scalars(
        _due(select(ClockAlarm), now)
        .where(ClockAlarm.id == alarm_id)
        .with_for_update(skip_locked=True, of=ClockAlarm)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return alarm is not None and _climb(session, alarm, now=now)


def end_alarms(session: Session) -> int:
    """Stop calling about clocks that were met, late or not, or withdrawn; return how many alarms that ended."""
    over = session.scalars(
        select(ClockAlarm)
        .join(ClockAlarm.timer)
        .join(ClockTimer.commitment)
        .where(
            ClockAlarm.state == AlarmState.RINGING,
            Commitment.fulfilled_at.is_not(None) | (Commitment.state == CommitmentState.WITHDRAWN),
        )
        .with_for_update(skip_locked=True, of=ClockAlarm)
    ).all()
    for alarm in over:
        alarm.state = AlarmState.ENDED
    return len(over)


def take_alarm_answer(
    session: Session, *, message: Message, is_accepted: bool, house: House, now: dt.datetime
) -> tuple[AlarmState, int | None]:
    """Take the key somebody pressed; return where the alarm stands and the duty turn that has it.

    The first to accept has it, even when the ladder has gone on meanwhile. Who declines lets it go on at once.
    """
    alarm, turn = _lock_alarm(session, message), session.get_one(DutyTurn, message.values["turn"])
    if alarm.state is not AlarmState.RINGING:
        return alarm.state, alarm.accepted_turn_id
    if is_accepted:
        _accept(session, alarm, turn, house=house, now=now)
    else:
        _record(session, alarm, "duty_declined", turn=turn, now=now)
        call_next_at_once(alarm, after_turn_id=turn.id, now=now)
    return alarm.state, alarm.accepted_turn_id


def note_alarm_unanswered(session: Session, *, message: Message, now: dt.datetime) -> None:
    """The call ended without a key: let the ladder go on, unless it already has."""
    alarm, turn = _lock_alarm(session, message), session.get_one(DutyTurn, message.values["turn"])
    if alarm.state is AlarmState.RINGING:
        _record(session, alarm, "duty_silent", turn=turn, now=now)
        call_next_at_once(alarm, after_turn_id=turn.id, now=now)


def text_on_duty(session: Session, *, timer: ClockTimer, turn: DutyTurn, house: House, now: dt.datetime) -> None:
    """Write to somebody on duty which clock is about to break and where to look; once per person and step."""
    clock = timer.commitment
    enqueue_message(
        session,
        event=f"clock:{clock.id}:{timer.step}",
        recipient=actor_of(turn),
        to_number=turn.phone,
        language=turn.language,
        template=TEXT,
        values={
            "number": _number_of(session, clock) or clock.subject,
            "clock": name_of_clock(session, kind=clock.kind, language=str(turn.language)),
            "deadline": write_instant(clock.deadline_at, time_zone=_zone(session, clock), language=turn.language),
            "link": f"{house.public_base_url}/desk",
        },
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        request_id=clock.request_id,
    )


def lowest_rung(listener: Listener) -> DutyRole:
    """Return from which rung of the duty ladder upwards a step wakes people."""
    return DutyRole(str(listener))


def _due(wanted: Wanted, now: dt.datetime) -> Wanted:
    return (
        wanted.join(ClockAlarm.timer)
        .join(ClockTimer.commitment)
        .where(
            ClockAlarm.state == AlarmState.RINGING,
            ClockAlarm.next_call_at <= now,
            Commitment.state.in_((CommitmentState.RUNNING, CommitmentState.BROKEN)),
            Commitment.fulfilled_at.is_(None),
        )
    )


def _climb(session: Session, alarm: ClockAlarm, *, now: dt.datetime) -> bool:
    """Call the next one on the ladder; False when nobody was called now."""
    timer = alarm.timer
    clock = timer.commitment
    lowest = lowest_rung(timer.tells)
    turn = find_next_on_duty(session, alarm, area_id=clock.area_id, now=now, lowest=lowest)
    if turn is None:
        _record(session, alarm, "duty_exhausted", turn=None, now=now)
        begin_next_round(session, alarm, now=now)
        _wait_until_open(session, alarm, timer)
        return False
    if _is_on_another_call(session, alarm, turn, now=now):
        alarm.next_call_at = now + LINE_BUSY
        return False
    call_on_duty(
        session,
        alarm,
        about=f"clock_alarm:{alarm.id}",
        turn=turn,
        template=SCRIPT,
        values={"alarm": alarm.id, **_describe(session, clock, language=turn.language, now=now)},
        request_id=clock.request_id,
        now=now,
    )
    _record(session, alarm, "duty_called", turn=turn, now=now)
    return True


def _wait_until_open(session: Session, alarm: ClockAlarm, timer: ClockTimer) -> None:
    if timer.calendar is not None:
        calendar = find_calendar(session, code=timer.calendar, at=timer.commitment.started_at)
        alarm.next_call_at = calendar.next_open(alarm.next_call_at)


def _is_on_another_call(session: Session, alarm: ClockAlarm, turn: DutyTurn, *, now: dt.datetime) -> bool:
    """Tell whether we are calling this person about something else: he has one telephone and one pair of ears."""
    alarms = session.scalars(
        select(ClockAlarm).where(ClockAlarm.state == AlarmState.RINGING, ClockAlarm.id != alarm.id)
    )
    faults = session.scalars(select(MajorFault).where(MajorFault.state == MajorFaultState.RINGING))
    return any(is_being_called(ladder, turn_id=turn.id, now=now) for ladder in (*alarms, *faults))


def _accept(session: Session, alarm: ClockAlarm, turn: DutyTurn, *, house: House, now: dt.datetime) -> None:
    alarm.state, alarm.accepted_turn_id, alarm.accepted_at = AlarmState.ACCEPTED, turn.id, now
    timer = alarm.timer
    if timer.seen_at is None:
        timer.seen_at, timer.seen_by = now, turn.name
    _record(session, alarm, "duty_accepted", turn=turn, now=now)
    text_on_duty(session, timer=timer, turn=turn, house=house, now=now)


def _describe(session: Session, clock: Commitment, *, language: Language, now: dt.datetime) -> dict[str, str]:
    matter, number = _matter_of(session, clock), _number_of(session, clock)
    return {
        "number": say_digits(number, language=language) if number else NOT_KNOWN,
        "customer": name_in(matter.customer, language) if matter and matter.customer else NOT_KNOWN,
        "clock": name_of_clock(session, kind=clock.kind, language=str(language)),
        "deadline": say_instant(clock.deadline_at, now=now, time_zone=_zone(session, clock), language=language),
    }


def _matter_of(session: Session, clock: Commitment) -> ServiceRequest | Complaint | None:
    """Return the request or the complaint a clock is about; None for calls, letters and calls back."""
    if clock.request_id is not None:
        return session.get(ServiceRequest, clock.request_id)
    what, _, key = clock.subject.partition(":")
    return session.get(Complaint, int(key)) if what == "complaint" else None


def _number_of(session: Session, clock: Commitment) -> str | None:
    matter = _matter_of(session, clock)
    return matter.number if matter else None


def _zone(session: Session, clock: Commitment) -> str:
    """The calendar of a request is its own, that of anything else is its area's."""
    matter = _matter_of(session, clock)
    if isinstance(matter, ServiceRequest):
        return matter.time_zone
    area = session.get(Area, clock.area_id) if clock.area_id is not None else None
    return area.time_zone if area else "UTC"


def _lock_alarm(session: Session, message: Message) -> ClockAlarm:
    wanted = select(ClockAlarm).where(ClockAlarm.id == message.values["alarm"])
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()


def _record(session: Session, alarm: ClockAlarm, kind: str, *, turn: DutyTurn | None, now: dt.datetime) -> None:
    clock = alarm.timer.commitment
    record_event(
        session,
        subject=clock.subject,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source=SOURCE,
        actor=actor_of(turn) if turn else SOURCE,
        facts={"clock": clock.kind, "step": alarm.timer.step, "round": alarm.round},
    )
    note_change(session, topic=BOARD, now=now)
