"""Warnings and escalations: each once, in the order of the duty ladder, and none after the clock is met (K2)."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import delete, select

from models import ClockTimer, DutyTurn, Message, StatusEvent
from models.database import Database
from operations.clocks.clock_events import pause_clock, resume_clock
from operations.clocks.clock_timers import fire_timer, list_alerts, list_due_timers, note_alert_seen
from operations.clocks.commitments import find_commitment, refresh_commitments, request_subject
from operations.foundation.events import record_event
from policies.clocks.timers import TimerState
from policies.commitments import CommitmentState, PauseReason
from policies.duty import DutyRole
from policies.languages import Language
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.clocks import break_overdue_clocks
from tests.factories.instants import NIGHT, hours, minutes
from tests.factories.looking import looking

PEOPLE = {"技师": DutyRole.TECHNICIAN, "专家": DutyRole.EXPERT, "经理": DutyRole.MANAGER}


@pytest.fixture
def request_id(database: Database, city: City) -> int:
    with database.writing() as session:
        for position, (name, role) in enumerate(PEOPLE.items()):
            session.add(
                DutyTurn(
                    role=role, position=1, name=name, name_en=name, phone=f"+861390000000{position}",
                    language=Language.ZH, from_at=NIGHT, until_at=NIGHT + hours(100),
                )
            )  # fmt: skip
        return open_visit(session, city).request_id


def fire_due(database: Database, *, after: float) -> int:
    now = NIGHT + hours(after)
    break_overdue_clocks(database, now=now)
    with database.reading() as session:
        due = list_due_timers(session, now=now, most=100)
    fired = 0
    for timer_id in due:
        with database.writing() as session:
            fired += fire_timer(session, timer_id=timer_id, house=HOUSE, now=now)
    return fired


def record(database: Database, request_id: int, kind: str, *, after: float) -> None:
    at, subject = NIGHT + hours(after), request_subject(request_id)
    with database.writing() as session:
        record_event(session, subject=subject, kind=kind, occurred_at=at, recorded_at=at, source="desk", actor="x")
        refresh_commitments(session, subject=subject, request_id=request_id, now=at)


def told(database: Database) -> list[tuple[str, str]]:
    with looking(database) as session:
        rows = session.scalars(select(Message).where(Message.template == "clock_alert").order_by(Message.id)).all()
    return [(row.to_number, row.business_key.split("|")[0].rsplit(":", 1)[1]) for row in rows]


def test_a_clock_warns_the_desk_then_wakes_the_expert_then_the_manager(database: Database, request_id: int) -> None:
    fired = [fire_due(database, after=after) for after in (17.9, 18, 21.5, 21.7, 23.9, 24.1, 30)]

    assert fired == [0, 1, 0, 1, 0, 1, 0]
    assert told(database) == [("+8613900000001", "escalate"), ("+8613900000002", "broken")]
    with looking(database) as session:
        kinds = session.scalars(
            select(StatusEvent.kind)
            .where(StatusEvent.subject == request_subject(request_id), StatusEvent.kind.like("clock_%"))
            .order_by(StatusEvent.position)
        ).all()
    assert kinds == ["clock_warned", "clock_escalated", "clock_escalated"]


def test_nobody_on_the_rung_means_the_next_one_up_and_nobody_at_all_still_fires(
    database: Database, request_id: int
) -> None:
    with database.writing() as session:
        for turn in session.scalars(select(DutyTurn).where(DutyTurn.role == DutyRole.EXPERT)):
            session.delete(turn)
    fire_due(database, after=22)
    assert told(database) == [("+8613900000002", "escalate")]

    with database.writing() as session:
        for turn in session.scalars(select(DutyTurn)):
            turn.until_at = NIGHT + hours(23)
    assert fire_due(database, after=25) == 1
    assert len(told(database)) == 1
    assert request_id


def test_an_arrival_stops_what_has_not_fired(database: Database, request_id: int) -> None:
    fire_due(database, after=19)
    record(database, request_id, "visit_arrived", after=20)

    assert fire_due(database, after=48) == 0
    with looking(database) as session:
        timers = session.scalars(select(ClockTimer).order_by(ClockTimer.id)).all()
        assert list_alerts(session) == []
    assert [timer.state for timer in timers] == [TimerState.FIRED, TimerState.STOPPED, TimerState.STOPPED]


def test_a_pause_holds_warnings_and_what_has_fired_never_fires_again(database: Database, request_id: int) -> None:
    fire_due(database, after=18.5)
    with database.writing() as session:
        clock = find_commitment(session, request_id=request_id, kind="on_site")
        pause_clock(session, commitment=clock, reason=PauseReason.NO_ACCESS, by="zhang", now=NIGHT + hours(20))
    held = fire_due(database, after=60)
    with database.writing() as session:
        clock = find_commitment(session, request_id=request_id, kind="on_site")
        resume_clock(session, commitment=clock, by="zhang", now=NIGHT + hours(60))
    fired = [fire_due(database, after=after) for after in (61.5, 61.7, 64.1, 99)]

    assert (held, fired) == (0, [0, 1, 1, 0])


def test_many_clock_processes_at_once_fire_a_timer_once(database: Database, request_id: int) -> None:
    now = NIGHT + hours(25)
    with database.reading() as session:
        due = list_due_timers(session, now=now, most=10)

    def fire(timer_id: int) -> bool:
        with database.writing() as session:
            return fire_timer(session, timer_id=timer_id, house=HOUSE, now=now)

    with ThreadPoolExecutor(6) as threads:
        fired = list(threads.map(fire, [*due] * 4))

    assert (len(due), sum(fired)) == (3, 3)
    assert len(told(database)) == 2
    assert request_id


def test_a_timer_and_the_arrival_that_stops_it_never_wait_for_each_other(database: Database, request_id: int) -> None:
    """On PostgreSQL the arrival holds the subject's turn and wants the timer's row; firing wants both as well."""
    at, subject = NIGHT + hours(19), request_subject(request_id)
    with database.reading() as session:
        (due,) = list_due_timers(session, now=at, most=10)
    is_recorded, may_end = Event(), Event()

    def arrive() -> None:
        with database.writing() as session:
            record_event(
                session, subject=subject, kind="visit_arrived", occurred_at=at, recorded_at=at, source="sms", actor="T1"
            )
            is_recorded.set()
            may_end.wait(5)
            refresh_commitments(session, subject=subject, request_id=request_id, now=at)

    def fire() -> bool:
        with database.writing() as session:
            return fire_timer(session, timer_id=due, house=HOUSE, now=at)

    with ThreadPoolExecutor(2) as threads:
        arrival = threads.submit(arrive)
        assert is_recorded.wait(5)
        fired = threads.submit(fire)
        time.sleep(0.3)  # until it waits for the arrival's transaction
        may_end.set()
        arrival.result(10)
        assert fired.result(10) is False
    with looking(database) as session:
        assert session.get_one(ClockTimer, due).state is TimerState.STOPPED


def test_an_arrival_being_written_down_is_not_overwritten_by_a_clock_found_broken(
    database: Database, request_id: int
) -> None:
    arrived, found_at, subject = NIGHT + hours(23.9), NIGHT + hours(24.1), request_subject(request_id)
    is_recorded, may_end = Event(), Event()

    def arrive() -> None:
        with database.writing() as session:
            record_event(
                session, subject=subject, kind="visit_arrived", occurred_at=arrived, recorded_at=found_at,
                source="sms", actor="T1",
            )  # fmt: skip
            refresh_commitments(session, subject=subject, request_id=request_id, now=found_at)
            is_recorded.set()
            may_end.wait(5)

    with ThreadPoolExecutor(2) as threads:
        arrival = threads.submit(arrive)
        assert is_recorded.wait(5)
        checked = threads.submit(break_overdue_clocks, database, now=found_at)
        time.sleep(0.3)  # until it waits for the arrival's transaction
        may_end.set()
        arrival.result(10)
        assert checked.result(10) == 1
    with looking(database) as session:
        assert find_commitment(session, request_id=request_id, kind="on_site").state is CommitmentState.MET


def test_an_office_hours_step_found_at_midnight_waits_for_the_morning(database: Database, request_id: int) -> None:
    opened = dt.datetime(2026, 11, 23, 1, tzinfo=dt.UTC)  # Monday, 9:00 in Shanghai
    subject = request_subject(request_id)
    with database.writing() as session:
        record_event(
            session, subject=subject, kind="workshop_received", occurred_at=opened, recorded_at=opened,
            source="desk", actor="x",
        )  # fmt: skip
        refresh_commitments(session, subject=subject, request_id=request_id, now=opened)
        session.execute(delete(ClockTimer).where(ClockTimer.calendar.is_(None)))

    def fire(now: dt.datetime) -> int:
        with database.reading() as session:
            due = list_due_timers(session, now=now, most=10)
        fired = 0
        for timer_id in due:
            with database.writing() as session:
                fired += fire_timer(session, timer_id=timer_id, house=HOUSE, now=now)
        return fired

    closing = dt.datetime(2026, 11, 30, 10, tzinfo=dt.UTC)  # the fifth workday, 18:00
    assert fire(closing - hours(12.01)) == 0  # all clock processes were down in the afternoon: it is 5:59
    assert [fire(closing - hours(9)), fire(closing - hours(4)), fire(closing + minutes(0.1))] == [1, 1, 1]
    assert fire(closing + hours(20)) == 0


def test_what_has_fired_waits_at_the_desk_until_somebody_has_looked(database: Database, request_id: int) -> None:
    fire_due(database, after=19)
    with database.writing() as session:
        (timer,) = list_alerts(session)
        for by in ("zhang", "li"):
            note_alert_seen(session, timer=timer, by=by, now=NIGHT + hours(19))
        session.flush()
        assert list_alerts(session) == []
        assert (timer.seen_by, timer.commitment.request_id) == ("zhang", request_id)
