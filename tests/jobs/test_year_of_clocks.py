"""A year of a desk with clock processes that die: each warning and escalation fires exactly once, and none is missed.

ONECALL_YEAR_REQUESTS says how many requests. With ONECALL_YEAR_FOLDER the database stays there, and a run that was
ended in the middle, by whatever signal, is gone on with; what it took is in `figures.json` beside it. So 100,000 are
lived in a few runs (docs/commitments.md); the default takes half a minute.
"""

import datetime as dt
import heapq
import json
import os
import random
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models import ClockTimer, Commitment, StatusEvent
from models.database import Database
from operations.clocks.clock_timers import fire_timer, list_due_timers
from operations.clocks.commitments import find_clocks_that_differ, list_overdue, refresh_commitments
from operations.foundation.events import find_broken_chains, record_event, stream_facts
from policies.clocks.calendars import ALWAYS, write_calendar
from policies.clocks.reading import PAUSED, RESUMED, Fact, list_steps_due
from policies.clocks.rules import ClockRule, write_rule
from policies.clocks.timers import TimerState
from policies.event_chain import write_instant
from tests.databases import SqliteFolder
from tests.factories.city import HOUSE
from tests.factories.clocks import delivered_calendar, delivered_rule
from tests.factories.instants import hours
from verify_proof import read_clock

REQUESTS = int(os.environ.get("ONECALL_YEAR_REQUESTS", "400"))
FOLDER = os.environ.get("ONECALL_YEAR_FOLDER")
NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
END = NEW_YEAR + YEAR + dt.timedelta(days=40)
HOUR = dt.timedelta(hours=1)
rule_of = cache(delivered_rule)
OFFICE = delivered_calendar("office")
KILLED = max(0.002, min(0.05, 20 / REQUESTS))
"""How often a clock process dies in the middle of a transaction, and as often between two."""
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

    def __post_init__(self) -> None:
        self.database = Database(self.url)

    def restart(self) -> None:
        self.database.close()
        self.database = Database(self.url)
        self.kills += 1

    def record(self, happened: list[Planned]) -> None:
        """Write down what happened in an hour, in one transaction; each event at its own instant."""
        with self.database.writing() as session:
            for at, _, subject, kind, facts in happened:
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
        with self.database.reading() as session:
            overdue = list_overdue(session, now=now, most=10_000)
            due = list_due_timers(session, now=now, most=10_000)
        for subject, request_id in overdue:
            with self.database.writing() as session:
                refresh_commitments(session, subject=subject, request_id=request_id, now=now)
                self._may_die()
        for timer_id in due:
            with self.database.writing() as session:
                fire_timer(session, timer_id=timer_id, house=HOUSE, now=now)
                self._may_die()
            self._may_die()

    def _may_die(self) -> None:
        if self.chance.random() < KILLED:
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
    folder = Path(FOLDER) if FOLDER else tmp_path_factory.mktemp("year")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "onecall.sqlite3"
    if not path.exists():
        shutil.copyfile(sqlite_folder.template, path)
    desk = Desk(f"sqlite:///{path}", random.Random(7))
    figures = Figures(folder / "figures.json")
    live_through(desk, figures)
    figures.add("kills", desk.kills)
    figures.write("database_mb", round(path.stat().st_size / 2**20))
    yield desk
    desk.database.close()


def live_through(desk: Desk, figures: "Figures") -> None:
    """Live the year to its end, from wherever an earlier run was ended."""
    happening = list(plan_year(random.Random(3)))
    heapq.heapify(happening)
    now = last_hour(desk.database)
    while happening and happening[0][0] <= now:
        heapq.heappop(happening)
    while now < END:
        now += HOUR
        happened = []
        while happening and happening[0][0] <= now:
            happened.append(heapq.heappop(happening))
        if happened:
            figures.time("recording_seconds", partial(desk.record, happened))
        figures.time("clock_process_seconds", partial(desk.tick, now))


def last_hour(database: Database) -> dt.datetime:
    """Return the hour an earlier run had come to: all that happens in an hour is written down in one transaction."""
    with database.reading() as session:
        last = session.scalar(select(func.max(StatusEvent.recorded_at)).where(StatusEvent.source == "desk"))
    return NEW_YEAR if last is None else next_tick(last)


class Figures:
    """What a year takes, added up over the runs it is lived in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.values: dict[str, float] = json.loads(path.read_text()) if path.exists() else {"requests": REQUESTS}

    def time(self, name: str, work: Callable[[], None]) -> None:
        # The processor's time: what else the machine does is not ours.
        begun = time.process_time()
        work()
        self.values[name] = self.values.get(name, 0) + time.process_time() - begun
        if random.random() < 0.01:
            self.write("peak_mb", round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))

    def add(self, name: str, count: int) -> None:
        self.write(name, self.values.get(name, 0) + count)

    def write(self, name: str, value: float) -> None:
        self.values[name] = value
        self._path.write_text(json.dumps(self.values, indent=1))


def next_tick(at: dt.datetime) -> dt.datetime:
    return NEW_YEAR + -((NEW_YEAR - at) // HOUR) * HOUR


def calendar_of(rule: ClockRule) -> str:
    return "office" if rule.calendar == "office" else "always"


def expected_steps(rule: ClockRule, facts: list[Fact], started_at: dt.datetime) -> set[str]:
    """Return the steps that fall due, at a tick of the clock, before the clock ends."""
    ended = min((fact.occurred_at for fact in facts if fact.kind in rule.met_by | rule.withdrawn_by), default=END)
    dues = list_steps_due(rule, OFFICE if calendar_of(rule) == "office" else ALWAYS, facts, now=END)
    return {due.step.name for due in dues if due.due_at and next_tick(due.due_at) < max(ended, started_at)}


@pytest.mark.proof
@pytest.mark.timeout(0 if FOLDER else 300)
def test_in_a_year_with_killed_clock_processes_every_step_fires_exactly_once_and_none_is_missed(year: Desk) -> None:
    expected, fired = set(), set()
    with year.database.reading() as session:
        clocks: dict[str, list[tuple[int, str, dt.datetime]]] = {}
        columns = (Commitment.subject, Commitment.id, Commitment.kind, Commitment.started_at)
        for subject, clock_id, kind, started_at in session.execute(select(*columns)):
            clocks.setdefault(subject, []).append((clock_id, kind, started_at))
        for subject, facts in stream_facts(session):
            for clock_id, kind, started_at in clocks[subject]:
                expected |= {(clock_id, step) for step in expected_steps(rule_of(kind), facts, started_at)}
        timers = select(ClockTimer.commitment_id, ClockTimer.step).where(ClockTimer.state == TimerState.FIRED)
        fired = {(clock_id, step) for clock_id, step in session.execute(timers)}
        told = [
            (subject, facts["clock"], facts["step"])
            for subject, facts in session.execute(
                select(StatusEvent.subject, StatusEvent.facts).where(
                    StatusEvent.kind.in_(("clock_warned", "clock_escalated"))
                )
            )
        ]
    assert len(expected) > REQUESTS / 2
    assert fired == expected
    assert len(told) == len(set(told)) == len(fired)
    assert year.kills > 10 or FOLDER


@pytest.mark.proof
@pytest.mark.timeout(0 if FOLDER else 300)
def test_after_a_year_recomputing_every_clock_changes_nothing_and_the_verifier_reads_the_same(year: Desk) -> None:
    written = {
        "always": {"zone": "UTC", "weekly": None, "days": {}},
        "office": write_calendar(OFFICE, from_on=NEW_YEAR.date(), until_on=END.date()),
    }
    count = 0
    with year.database.reading() as session:
        assert list(find_broken_chains(session)) == []
        assert list(find_clocks_that_differ(session, now=END)) == []
        stored: dict[str, list[Commitment]] = {}
        for clock in session.scalars(select(Commitment)):
            stored.setdefault(clock.subject, []).append(clock)
        for subject, facts in stream_facts(session):
            events = [
                {"kind": f.kind, "occurred_at": write_instant(f.occurred_at), "position": f.position, "facts": f.facts}
                for f in facts
            ]
            for clock in stored.pop(subject):
                rule = rule_of(clock.kind)
                assert read_clock(write_rule(rule), written[calendar_of(rule)], events, END) == {
                    "state": str(clock.state),
                    "started_at": clock.started_at,
                    "deadline_at": clock.deadline_at,
                    "decided_at": clock.decided_at,
                    "fulfilled_at": clock.fulfilled_at,
                }
                count += 1
    assert count > REQUESTS
    assert stored == {}


@pytest.mark.proof
@pytest.mark.timeout(0 if FOLDER else 300)
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
