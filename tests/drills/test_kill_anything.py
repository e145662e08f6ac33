"""kill -9 of anything at any moment, while people call, text and click: what was promised is kept, and all hear words.

Short in CI (as a proof); `make drills` runs it three times with other seeds, for 200 calls each.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CustomerPhone, Message, SlotHold
from models.database import Database
from operations.clocks.commitments import list_overdue
from operations.office.soundness import find_flaws
from policies.message_states import MessageState
from policies.offers import HoldState
from simulator.exchange import Exchange, Hotline
from simulator.messages import Sms
from simulator.rest import create_rest_app
from simulator.serving import serving
from simulator.transport import HttpTransport
from tests.drills.callers import Callers, Heard
from tests.drills.dispatchers import Dispatchers, Note
from tests.drills.house_time import HouseTime
from tests.drills.invariants import (
    find_lost_promises,
    find_lost_texts,
    find_miscounted_notes,
    find_miscounted_texts,
)
from tests.drills.people import People
from tests.drills.programs import ACCOUNT, CLOCKS, HOTLINE, TOKEN, Drilled, drilled_house
from tests.drills.technicians import Technicians

PARTS = ("web", *CLOCKS, "planner_worker", "database")
MORNING_HOUR = 9
"""In the city: technicians have heard of their day, and are at work."""
SETTLE_SECONDS = 180.0
"""Only a clock that stands still takes so long: what is left then is found as a flaw."""
SECONDS = float(os.environ.get("DRILL_SECONDS", "20"))
CALLERS = int(os.environ.get("DRILL_CALLERS", "8"))
CALLS = int(os.environ.get("DRILL_CALLS", "200"))
SERVED_SECONDS = 120.0
"""On a busy machine a call takes its time; a house that serves nobody for so long is down."""
LONGEST_SECONDS = 600.0
"""A drill on a busy machine ends with fewer calls."""
ASKED_AFTER = dt.timedelta(minutes=6)
"""By then it is time again to ask the carrier for texts that never arrived here."""


@pytest.fixture(scope="module")
def house_time() -> HouseTime:
    """Today at nine in the city, whenever the drill is run."""
    here = dt.datetime.now(ZoneInfo("Asia/Shanghai"))
    return HouseTime(here.replace(hour=MORNING_HOUR, minute=0))


@pytest.fixture(scope="module")
def provider(house_time: HouseTime) -> Exchange:
    """Where texts arrive: the count that matters is taken here, not in our tables."""
    return Exchange(HttpTransport(), TOKEN, account_sid=ACCOUNT, seed=9, is_strict=False, clock=house_time)


@pytest.fixture(scope="module")
def house(provider: Exchange, house_time: HouseTime) -> Iterator[Drilled]:
    with serving(create_rest_app(provider)) as rest_url, drilled_house(rest_url, house_time) as house:
        provider.add_hotline(Hotline.at(house.address, HOTLINE))
        yield house


@dataclass
class Crowd:
    """Everybody who uses the house while a drill lasts; `people` ends them together."""

    callers: Callers
    technicians: Technicians
    dispatchers: Dispatchers
    people: People

    @classmethod
    def gather(cls, house: Drilled, database: Database, provider: Exchange, *, seed: int) -> Crowd:
        with database.reading() as session:
            numbers = list(session.scalars(select(CustomerPhone.number).order_by(CustomerPhone.id).limit(60)))
        people = People()
        return cls(
            Callers(house, people, numbers, CALLERS, seed),
            Technicians(database, provider, people, seed),
            Dispatchers(house, database, people, seed),
            people,
        )

    def begin(self) -> None:
        for some in (self.callers, self.technicians, self.dispatchers):
            some.begin()

    @property
    def has_been_served(self) -> bool:
        """Tell whether somebody has booked, somebody has texted, and somebody's note was kept."""
        return (
            any(one.was_promised for one in self.callers.heard)
            and any(note.is_kept for note in self.dispatchers.notes)
            and bool(self.technicians.texts)
        )


Trouble = Callable[[Drilled, Crowd, random.Random], None]


def rehearse(house: Drilled, crowd: Crowd, trouble: Trouble, *, seed: int) -> None:
    """Let people call, text and click while there is trouble, and until it has shown that the house serves them."""
    crowd.begin()
    trouble(house, crowd, random.Random(seed))
    house.wait_until_ready()
    time.sleep(3.0)
    give_up_at = time.monotonic() + SERVED_SECONDS
    while not crowd.has_been_served and time.monotonic() < give_up_at:
        time.sleep(0.5)
    crowd.people.end()


def kill_for(seconds: float, calls: int) -> Trouble:
    """Return the trouble that kills parts at random moments, and starts them again, until so much has happened."""

    def kill(house: Drilled, crowd: Crowd, draws: random.Random) -> None:
        began_at = time.monotonic()
        while (took := time.monotonic() - began_at) < LONGEST_SECONDS:
            if took >= seconds and len(crowd.callers.heard) >= calls:
                return
            if draws.random() < 3 / 4:
                house.wait_until_ready()
            time.sleep(draws.uniform(0.5, 3.0))
            part = draws.choice(PARTS)
            house.kill(part)
            time.sleep(draws.uniform(0.0, 1.5))
            house.start(part)

    return kill


def deploy(house: Drilled, _crowd: Crowd, draws: random.Random) -> None:
    """Update in the order of docs/operating.md; the migration rewrites the table everybody's calls stand in."""
    time.sleep(draws.uniform(2.0, 4.0))
    for clock in CLOCKS:
        house.stop(clock)
    with psycopg.connect(house.database.plain_url) as connection:
        connection.execute("ALTER TABLE calls ADD COLUMN IF NOT EXISTS drilled_at timestamptz")
        connection.execute("UPDATE calls SET drilled_at = clock_timestamp()")
        time.sleep(draws.uniform(2.0, 4.0))
    house.stop("web")
    for part in ("web", *CLOCKS):
        house.start(part)


def settle(house: Drilled, crowd: Crowd, provider: Exchange) -> None:
    """Wait until the clocks have caught up: nothing waits to be sent, and its receipts are in; nothing is overdue."""
    house.time.jump(ASKED_AFTER, house.database.plain_url)
    for clock in CLOCKS:
        house.kill(clock)
        house.start(clock)
    give_up_at = time.monotonic() + SETTLE_SECONDS
    with looking_into(house) as database:
        while time.monotonic() < give_up_at:
            provider.callbacks.deliver()
            with database.reading() as session:
                is_calm = has_caught_up(session, now=house.time.now())
            if is_calm and not find_lost_texts(database, crowd.technicians.texts):
                break
            time.sleep(1.0)


def has_caught_up(session: Session, *, now: dt.datetime) -> bool:
    """Tell whether no message, no held window and no clock waits for a job: on a busy machine that takes a while."""
    waiting = (MessageState.PENDING, MessageState.CLAIMED, MessageState.UNCERTAIN)
    due = select(Message.id).where(Message.state.in_(waiting), Message.not_before_at <= now)
    ran_out = select(SlotHold.id).where(SlotHold.state == HoldState.HELD, SlotHold.expires_at <= now)
    if any(session.scalar(rows.limit(1)) is not None for rows in (due, ran_out)):
        return False
    return not list_overdue(session, now=now, most=1)


@contextmanager
def looking_into(house: Drilled) -> Iterator[Database]:
    """Yield the database of a house, for questions from outside."""
    database = Database(house.database.url)
    try:
        yield database
    finally:
        database.close()


@pytest.mark.drill
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kill_anything_at_any_moment(house: Drilled, provider: Exchange, seed: int) -> None:
    assert_all_is_kept(house, provider, seed, kill_for(SECONDS, CALLS))


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_kill_anything_at_any_moment_for_a_short_while(house: Drilled, provider: Exchange) -> None:
    assert_all_is_kept(house, provider, 4, kill_for(SECONDS, 0))


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_an_update_with_a_migration_in_mid_call_loses_nothing(house: Drilled, provider: Exchange) -> None:
    assert_all_is_kept(house, provider, 5, deploy)


def assert_all_is_kept(house: Drilled, provider: Exchange, seed: int, trouble: Trouble) -> None:
    with looking_into(house) as database:
        crowd = Crowd.gather(house, database, provider, seed=seed)
        rehearse(house, crowd, trouble, seed=seed)
    settle(house, crowd, provider)
    heard, texts, notes = crowd.callers.heard, crowd.technicians.texts, crowd.dispatchers.notes
    sent = [sms for sms in provider.messages.messages if sms.direction == "outbound-api"]
    print(  # noqa: T201 (a drill is watched)
        f"seed {seed}: {len(heard)} calls, {sum(one.was_promised for one in heard)} promises, {len(sent)} texts sent, "
        f"{len(texts)} of technicians, {crowd.dispatchers.clicks} clicks and {crowd.dispatchers.unanswered} in vain, "
        f"{len(notes)} notes, {house.workers_killed} solving processes killed, load {os.getloadavg()[0]:.0f}"
    )
    assert crowd.people.faults == []
    assert len(heard) >= CALLERS
    assert [one for one in heard if not one.words] == [], "somebody heard nothing"
    with looking_into(house) as database:
        assert find_lost_promises(database, heard) == [], "a window was promised and is not in the data"
        assert find_miscounted_texts(database, provider) == []
        assert find_lost_texts(database, texts) == [], "a technician's text was lost"
        assert find_miscounted_notes(database, notes) == []
        with database.reading() as session:
            flaws = find_flaws(session, now=house.time.now())
            assert flaws == [], "\n".join(map(str, flaws))
    assert any(one.was_promised for one in heard), "nobody could book at all"
    assert sent, "nobody got a text"
    assert texts, "no technician had anything to text"
    assert any(note.is_kept for note in notes), "no dispatcher could write anything"


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_the_drill_has_teeth(house: Drilled, provider: Exchange) -> None:
    """A promise that was spoken and lost, a text that went out twice: the drill finds both."""
    spoken = Heard("CA" + "0" * 32, ["预约好了。"])
    again = Sms("SM" + "0" * 32, HOTLINE, "+8613800000000", "twice", "outbound-api", house.time.now(), "delivered")
    provider.messages.messages.append(again)

    unheard = Sms("SM" + "1" * 32, "+8613900000000", HOTLINE, "到达", "inbound", house.time.now(), "received")

    with looking_into(house) as database:
        assert find_lost_promises(database, [spoken]) == [spoken]
        assert ("twice", 1, 0) in find_miscounted_texts(database, provider)
        assert find_lost_texts(database, [unheard]) == ["到达"]
        assert find_miscounted_notes(database, [Note("lost", is_kept=True), Note("no answer", is_kept=False)]) == [
            ("lost", 0)
        ]
    provider.messages.messages.pop()
