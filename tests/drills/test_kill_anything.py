"""kill -9 of anything at any moment, while people call: what was promised is kept, and everybody hears words.

Short in CI (as a proof); `make drills` runs it three times, longer, with other seeds.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
from tests.drills.invariants import find_lost_promises, find_miscounted_texts
from tests.drills.programs import ACCOUNT, HOTLINE, TOKEN, Drilled, drilled_house, wall_clock

PARTS = ("web", "clock", "second_clock", "database")
CLOCKS = ("clock", "second_clock")
SETTLE_SECONDS = 180.0
"""Only a clock that stands still takes so long: what is left then is found as a flaw."""
SECONDS = float(os.environ.get("DRILL_SECONDS", "20"))
CALLERS = int(os.environ.get("DRILL_CALLERS", "8"))


@pytest.fixture(scope="module")
def provider() -> Exchange:
    """Where texts arrive: the count that matters is taken here, not in our tables."""
    return Exchange(HttpTransport(), TOKEN, account_sid=ACCOUNT, seed=9, is_strict=False)


@pytest.fixture(scope="module")
def house(provider: Exchange) -> Iterator[Drilled]:
    with serving(create_rest_app(provider)) as rest_url, drilled_house(rest_url) as house:
        provider.add_hotline(Hotline.at(house.address, HOTLINE))
        yield house


def rehearse(house: Drilled, trouble: Callable[[Drilled, random.Random], None], *, seed: int) -> list[Heard]:
    """Let people call while there is trouble; return what everybody heard."""
    with looking_into(house) as database, database.reading() as session:
        numbers = list(session.scalars(select(CustomerPhone.number).order_by(CustomerPhone.id).limit(60)))
    callers = Callers(house, numbers, CALLERS, seed)
    callers.begin()
    trouble(house, random.Random(seed))
    house.wait_until_ready()
    time.sleep(3.0)
    callers.end()
    return callers.heard


def kill_parts(house: Drilled, draws: random.Random) -> None:
    """Kill parts at random moments and start them again."""
    end_at = time.monotonic() + SECONDS
    while time.monotonic() < end_at:
        time.sleep(draws.uniform(0.5, 3.0))
        part = draws.choice(PARTS)
        house.kill(part)
        time.sleep(draws.uniform(0.0, 1.5))
        house.start(part)


def deploy(house: Drilled, draws: random.Random) -> None:
    """Update in the order of docs/operating.md; the migration rewrites the table everybody's calls stand in."""
    time.sleep(draws.uniform(2.0, 4.0))
    for clock in CLOCKS:
        house.stop(clock)
    url = house.database.url.replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE calls ADD COLUMN IF NOT EXISTS drilled_at timestamptz")
        connection.execute("UPDATE calls SET drilled_at = clock_timestamp()")
        time.sleep(draws.uniform(2.0, 4.0))
    house.stop("web")
    for part in ("web", *CLOCKS):
        house.start(part)


def settle(house: Drilled, provider: Exchange) -> None:
    """Wait until the clocks have caught up: nothing waits to be sent, and its receipts are in; nothing is overdue."""
    give_up_at = time.monotonic() + SETTLE_SECONDS
    with looking_into(house) as database:
        while time.monotonic() < give_up_at:
            provider.callbacks.deliver()
            with database.reading() as session:
                if has_caught_up(session, now=wall_clock()):
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
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kill_anything_at_any_moment(house: Drilled, provider: Exchange, seed: int) -> None:
    assert_all_is_kept(house, provider, seed)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_kill_anything_at_any_moment_for_a_short_while(house: Drilled, provider: Exchange) -> None:
    assert_all_is_kept(house, provider, 4)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_an_update_with_a_migration_in_mid_call_loses_nothing(house: Drilled, provider: Exchange) -> None:
    assert_all_is_kept(house, provider, 5, deploy)


def assert_all_is_kept(
    house: Drilled,
    provider: Exchange,
    seed: int,
    trouble: Callable[[Drilled, random.Random], None] = kill_parts,
) -> None:
    heard = rehearse(house, trouble, seed=seed)
    settle(house, provider)
    texts = len(provider.messages.messages)
    print(f"seed {seed}: {len(heard)} calls, {sum(one.was_promised for one in heard)} promises, {texts} texts")  # noqa: T201 (a drill is watched)
    assert len(heard) >= CALLERS
    assert [one for one in heard if not one.words] == [], "somebody heard nothing"
    with looking_into(house) as database:
        assert find_lost_promises(database, heard) == [], "a window was promised and is not in the data"
        assert find_miscounted_texts(database, provider) == []
        with database.reading() as session:
            assert find_flaws(session, now=wall_clock()) == []
    assert any(one.was_promised for one in heard), "nobody could book at all"
    assert texts, "nobody got a text"


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_the_drill_has_teeth(house: Drilled, provider: Exchange) -> None:
    """A promise that was spoken and lost, a text that went out twice: the drill finds both."""
    spoken = Heard("CA" + "0" * 32, ["预约好了。"])
    again = Sms("SM" + "0" * 32, HOTLINE, "+8613800000000", "twice", "outbound-api", wall_clock(), "delivered")
    provider.messages.messages.append(again)

    with looking_into(house) as database:
        assert find_lost_promises(database, [spoken]) == [spoken]
        assert ("twice", 1, 0) in find_miscounted_texts(database, provider)
    provider.messages.messages.pop()
