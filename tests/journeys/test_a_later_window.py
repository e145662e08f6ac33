"""Whoever could have somebody today and wants somebody later is no broken promise of ours (K1, H4)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select

from models import ClockTimer, Commitment, Shift, SlotHold, StatusEvent
from operations.clocks.clock_events import pause_clock
from operations.office.soundness import find_flaws
from policies.clocks.timers import TimerState
from policies.commitments import CommitmentKind, CommitmentState, PauseReason
from simulator.call import SimulatedCall
from tests.town import EVENING, Town

WANG = "+8613800000001"
LATER = ("1", "1", "1", "2", "2", "5", "3")
"""A projector without a picture, nothing helped, another day: the day after tomorrow."""


def choose(town: Town, *keys: str) -> SimulatedCall:
    call = town.phone(WANG).dial(town.hotline)
    for key in keys:
        call.press(key)
    return call


def clock(town: Town) -> Commitment:
    with town.services.database.reading() as session:
        found = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.ON_SITE)).one()
        session.expunge(found)
        return found


def window(town: Town) -> SlotHold:
    with town.services.database.reading() as session:
        found = session.scalars(select(SlotHold).where(SlotHold.state == "committed")).one()
        session.expunge(found)
        return found


def pauses(town: Town) -> list[tuple[str, str, str]]:
    with town.services.database.reading() as session:
        events = session.scalars(
            select(StatusEvent).where(StatusEvent.kind.in_(("clock_paused", "clock_resumed"))).order_by(StatusEvent.id)
        )
        return [(event.kind, event.facts["reason"], event.actor) for event in events]


def assert_sound(town: Town) -> None:
    with town.services.database.reading() as session:
        assert find_flaws(session, now=town.clock.now()) == []


def test_a_window_wished_for_later_stops_the_clock_until_it_begins(town: Town) -> None:
    choose(town, *LATER, "1").hang_up()

    wished = window(town)
    assert not wished.is_inside_commitment
    assert clock(town).state is CommitmentState.PAUSED
    assert pauses(town) == [("clock_paused", "customer_wish", "caller")]

    town.wait_until(EVENING + dt.timedelta(hours=25))
    assert clock(town).state is CommitmentState.PAUSED
    with town.services.database.reading() as session:
        fired = session.scalars(select(ClockTimer).where(ClockTimer.state == TimerState.FIRED)).all()
    assert fired == [], "nobody is woken for a promise nobody has broken"

    town.wait_until(wished.window_from_at)
    running = clock(town)
    assert running.state is CommitmentState.RUNNING
    assert running.deadline_at > wished.window_until_at
    assert pauses(town)[1:] == [("clock_resumed", "customer_wish", "clock")]
    assert_sound(town)


def test_whoever_takes_a_window_in_time_after_all_lets_the_clock_go_on_at_once(town: Town) -> None:
    choose(town, *LATER, "1").hang_up()
    town.wait(10)

    call = choose(town, "2", "1", "1", "1")
    call.hears("预约好了")
    call.hang_up()

    assert clock(town).state is CommitmentState.RUNNING
    assert pauses(town)[1:] == [("clock_resumed", "customer_wish", "caller")]
    assert_sound(town)


def test_where_nothing_in_time_is_offered_the_lateness_is_ours(town: Town) -> None:
    with town.services.database.writing() as session:
        session.execute(delete(Shift).where(Shift.starts_at < EVENING + dt.timedelta(hours=24)))

    choose(town, "1", "1", "1", "2", "2", "1").hang_up()

    assert not window(town).is_inside_commitment
    assert clock(town).state is CommitmentState.RUNNING
    assert pauses(town) == []


def test_a_clock_that_a_person_paused_waits_for_that_person(town: Town) -> None:
    choose(town, "1", "1", "1", "2", "2", "1").hang_up()
    with town.services.database.writing() as session:
        paused = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.ON_SITE)).one()
        pause_clock(session, commitment=paused, reason=PauseReason.CUSTOMER_WISH, by="zhang", now=town.clock.now())

    town.wait_until(window(town).window_until_at)

    assert clock(town).state is CommitmentState.PAUSED
