"""A year of a desk with clock processes that die: each warning and escalation fires exactly once, and none is missed.

ONECALL_YEAR_REQUESTS says how many requests; 100,000 take hours, the default a minute.
"""

import datetime as dt
import heapq
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from models import ClockTimer, Commitment, StatusEvent
from models.database import Database
from operations.clock_timers import fire_timer, list_due_timers
from operations.commitments import break_overdue_commitments, refresh_commitments
from operations.events import find_broken_link, list_facts, record_event
from policies.clocks.calendars import ALWAYS, write_calendar
from policies.clocks.reading import PAUSED, RESUMED, list_steps_due
from policies.clocks.rules import write_rule
from policies.clocks.timers import TimerState
from policies.event_chain import write_instant
from tests.databases import SqliteFolder
from tests.factories.city import HOUSE
from tests.factories.clocks import delivered_calendar, delivered_rule
from tests.factories.instants import hours
from verify_proof import read_clock

REQUESTS = int(os.environ.get("ONECALL_YEAR_REQUESTS", "400"))
NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
OFFICE = delivered_calendar("office")
TICKS_A_DAY = 24
Planned = tuple[dt.datetime, int, str, str, dict[str, str]]


class ProcessKilled(Exception):
    """kill -9, in the middle of a transaction."""


@dataclass
class Desk:
    """A database, and clock processes that come and go."""

    url: str
    chance: random.Random
    database: Database = field(init=False)
    kills: int = 0
    fired: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.database = Database(self.url)

    def restart(self) -> None:
        self.database.close()
        self.database = Database(self.url)
        self.kills += 1

    def record(self, planned: Planned) -> None:
        at, _, subject, kind, facts = planned
        with self.database.writing() as session:
            record_event(
                session, subject=subject, kind=kind, occurred_at=at, recorded_at=at, source="desk", actor="x",
                facts=facts,
            )  # fmt: skip
            refresh_commitments(session, subject=subject, request_id=None, now=at)

    def tick(self, now: dt.datetime) -> None:
        """What the clock process does; it may be killed at any moment, and another one goes on."""
        while True:
            try:
                self._tick(now)
            except ProcessKilled:
                self.restart()
            else:
                return

    def _tick(self, now: dt.datetime) -> None:
        with self.database.writing() as session:
            break_overdue_commitments(session, now=now)
        with self.database.reading() as session:
            due = list_due_timers(session, now=now, most=10_000)
        for timer_id in due:
            with self.database.writing() as session:
                has_fired = fire_timer(session, timer_id=timer_id, house=HOUSE, now=now)
                if self.chance.random() < 0.05:
                    raise ProcessKilled
            self.fired[timer_id] += has_fired
            if self.chance.random() < 0.02:
                raise ProcessKilled


def plan_year(chance: random.Random) -> Iterator[Planned]:
    """Yield what happens to each request, in no order: repairs, workshop, complaints; pauses; some never end."""
    for number in range(REQUESTS):
        opened = NEW_YEAR + YEAR * chance.random()
        kind, subject = chance.choice(("request", "request", "workshop", "complaint")), f"case:{number}"
        start, end = {
            "request": ("request_opened", "visit_arrived"),
            "workshop": ("workshop_received", "workshop_finished"),
            "complaint": ("complaint_opened", "complaint_answered"),
        }[kind]
        usual = {"request": 14, "workshop": 110, "complaint": 12}[kind]
        yield opened, number, subject, start, {}
        done = opened + hours(usual * chance.lognormvariate(0, 0.6))
        if kind != "complaint" and chance.random() < 0.3:
            clock = "on_site" if kind == "request" else "workshop"
            held = {"clock": clock, "reason": "force_majeure"}
            pause_at = opened + (done - opened) * chance.random()
            resume_at = pause_at + hours(chance.expovariate(1 / 20))
            yield pause_at, number, subject, PAUSED, held
            yield resume_at, number, subject, RESUMED, held
            done += resume_at - pause_at
        if chance.random() < 0.97:
            yield done, number, subject, end, {}
        if kind == "request" and chance.random() < 0.1:
            yield done + hours(2), number, subject, "request_closed", {}


@pytest.fixture(scope="module")
def year(sqlite_folder: SqliteFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The year, lived through once: events as they happen, a tick of the clock every hour."""
    with sqlite_folder.fresh(tmp_path_factory.mktemp("year")) as url:
        desk = Desk(url, random.Random(7))
        happening = list(plan_year(random.Random(3)))
        heapq.heapify(happening)
        now, end = NEW_YEAR, NEW_YEAR + YEAR + dt.timedelta(days=40)
        while now < end:
            now += dt.timedelta(days=1) / TICKS_A_DAY
            while happening and happening[0][0] <= now:
                desk.record(heapq.heappop(happening))
            desk.tick(now)
        yield desk
        desk.database.close()


def next_tick(at: dt.datetime) -> dt.datetime:
    step = dt.timedelta(days=1) / TICKS_A_DAY
    return NEW_YEAR + -((NEW_YEAR - at) // step) * step


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_in_a_year_with_killed_clock_processes_every_step_fires_exactly_once_and_none_is_missed(year: Desk) -> None:
    with year.database.reading() as session:
        now = NEW_YEAR + YEAR + dt.timedelta(days=40)
        expected, fired = set(), set()
        for clock in session.scalars(select(Commitment)):
            rule = delivered_rule(clock.kind)
            facts = list_facts(session, subject=clock.subject)
            ended = min((f.occurred_at for f in facts if f.kind in rule.met_by | rule.withdrawn_by), default=now)
            dues = list_steps_due(rule, OFFICE if rule.calendar == "office" else ALWAYS, facts, now=now)
            expected |= {
                (clock.id, due.step.name)
                for due in dues
                if due.due_at and next_tick(due.due_at) < max(ended, clock.started_at)
            }
        for timer in session.scalars(select(ClockTimer).where(ClockTimer.state == TimerState.FIRED)):
            fired.add((timer.commitment_id, timer.step))
        told = session.scalars(
            select(StatusEvent.id).where(StatusEvent.kind.in_(("clock_warned", "clock_escalated")))
        ).all()
    assert len(expected) > REQUESTS / 2
    assert fired == expected
    assert len(told) == len(fired)
    assert year.kills > REQUESTS / 50


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_after_a_year_every_stored_verdict_is_what_the_stand_alone_verifier_reads(year: Desk) -> None:
    now = NEW_YEAR + YEAR + dt.timedelta(days=40)
    calendars = {
        "always": {"zone": "UTC", "weekly": None, "days": {}},
        "office": write_calendar(OFFICE, from_on=NEW_YEAR.date(), until_on=now.date()),
    }
    with year.database.reading() as session:
        clocks = session.scalars(select(Commitment)).all()
        for clock in clocks:
            rule = delivered_rule(clock.kind)
            events = [
                {"kind": f.kind, "occurred_at": write_instant(f.occurred_at), "position": f.position, "facts": f.facts}
                for f in list_facts(session, subject=clock.subject)
            ]
            assert read_clock(write_rule(rule), calendars[rule.calendar], events, now) == {
                "state": str(clock.state),
                "started_at": clock.started_at,
                "deadline_at": clock.deadline_at,
                "decided_at": clock.decided_at,
                "fulfilled_at": clock.fulfilled_at,
            }
            assert find_broken_link(session, subject=clock.subject) is None
    assert len(clocks) > REQUESTS


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_in_a_year_no_clock_of_office_hours_wakes_anybody_outside_them(year: Desk) -> None:
    with year.database.reading() as session:
        dues = session.scalars(
            select(ClockTimer.due_at)
            .join(ClockTimer.commitment)
            .where(Commitment.kind == "workshop", ClockTimer.state == TimerState.FIRED)
        ).all()
    local = [at.astimezone(OFFICE.zone) for at in dues if at is not None]

    assert len(local) > REQUESTS / 20
    assert all(OFFICE.is_workday(at.date()) and 9 <= at.hour + at.minute / 60 <= 18 for at in local)
