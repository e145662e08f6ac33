"""A standby, a full disk, a lock nobody gives back: callers hear words, pages say so, and nothing is half-written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from models import Agent, LivePlan, ServiceRequest, Visit
from models.database import Database
from operations.office.soundness import find_flaws
from policies.visit_states import PROMISED as PROMISED_STATES
from simulator.call import SimulatedCall
from simulator.transcript import Who
from tests.cramped_postgresql import CrampedPostgresql
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

WANG, SCHOOL, CHEN = "+8613800000001", "+862160000002", "+8613800000003"
APOLOGY, PROMISED, CALL_BACK = "很抱歉，系统暂时有问题", "预约好了", "30分钟内给您回电"
on_a_cramped_postgresql = pytest.mark.parametrize("engine", ["cramped_postgresql"], indirect=True)
on_a_cramped_log = pytest.mark.parametrize("engine", ["cramped_log_postgresql"], indirect=True)
on_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def live_town(town: Town) -> Iterator[Town]:
    """A town in which errors are answered as callers and the office would meet them."""
    town.app.testing = False
    yield town
    told = [finding.message for finding in town.exchange.findings.found]
    # Twilio sees the call's end refused, which is right: there was nowhere to write it down.
    assert all("call-status: answered 5" in message for message in told), told
    town.exchange.findings.found.clear()


@contextmanager
def every_connection(database: Database, do: Callable[[DBAPIConnection], object]) -> Iterator[None]:
    """Do something with every connection that is opened meanwhile; none outlives its time."""

    def set_up(connection: DBAPIConnection, _record: object) -> None:
        do(connection)

    event.listen(database.engine, "connect", set_up)
    database.engine.dispose()
    try:
        yield
    finally:
        event.remove(database.engine, "connect", set_up)
        database.engine.dispose()


def take_nothing(connection: DBAPIConnection) -> None:
    is_sqlite = isinstance(connection, sqlite3.Connection)
    read_only = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    connection.cursor().execute("PRAGMA query_only=ON" if is_sqlite else read_only)
    connection.commit()


def walk(call: SimulatedCall) -> str:
    """Go on to a booking as long as somebody listens, or leave a message; return all that was heard."""
    for key in ("1", "1", "1", "2", "2", "1"):
        if call.is_over or APOLOGY in what_was_said(call):
            break
        call.press(key)
    if APOLOGY in what_was_said(call):
        call.say_after_tone("投影机坏了，请回电", seconds=9)
    if not call.is_over:
        call.hang_up()
    return what_was_said(call)


def what_was_said(call: SimulatedCall) -> str:
    return " ".join(line.words for line in call.transcript.lines if line.who is Who.HOTLINE)


def assert_sound(town: Town) -> None:
    with town.services.database.reading() as session:
        assert find_flaws(session, now=town.clock.now()) == []


def count_promises(town: Town) -> int:
    with town.services.database.reading() as session:
        return len(session.scalars(select(Visit.id).where(Visit.state.in_(PROMISED_STATES))).all())


def test_a_standby_lets_callers_leave_a_message_and_the_office_read(
    live_town: Town, dispatcher: FlaskClient, stranger: FlaskClient
) -> None:
    call_and_book(live_town, CHEN)
    database = live_town.services.database
    at_my_desk = {"csrf_token": read_token(dispatcher, "/agent"), "phone": "+8613700000009", "state": "available"}
    with every_connection(database, take_nothing):
        heard = walk(live_town.phone(WANG).dial(live_town.hotline))
        ready, calls = stranger.get("/readyz"), dispatcher.get("/calls")
        refused = dispatcher.post("/agent/state", data=at_my_desk)

    assert APOLOGY in heard
    assert (calls.status_code, "Dr Chen" in calls.text) == (200, True)
    assert refused.status_code == 503
    assert ready.status_code == (200 if database.is_sqlite else 503)
    live_town.wait(5)
    with database.reading() as session:
        channels = session.scalars(select(ServiceRequest.channel).order_by(ServiceRequest.id)).all()
        assert channels == ["hotline", "voicemail"]
        assert session.scalars(select(Agent)).all() == []
    assert_sound(live_town)


@on_postgresql
def test_after_a_failover_no_caller_notices(live_town: Town) -> None:
    """What stood behind our connections is a standby now; what answers at our address is the new primary."""
    engine = live_town.services.database.engine
    opened: list[Connection] = [engine.connect() for _ in range(3)]
    for connection in opened:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.commit()
        connection.close()

    assert not live_town.services.database.is_ready()
    heard = walk(live_town.phone(WANG).dial(live_town.hotline))

    assert PROMISED in heard
    assert APOLOGY not in heard
    assert live_town.services.database.is_ready()


@on_postgresql
def test_whoever_waits_for_a_lock_nobody_gives_back_is_answered_in_time(live_town: Town, database_url: str) -> None:
    call_and_book(live_town, SCHOOL)
    patient = live_town.app.extensions["onecall"]
    hasty = Database(database_url, lock_wait_seconds=0.2)
    live_town.app.extensions["onecall"] = replace(patient, database=hasty)
    with patient.database.writing() as session:
        session.execute(select(LivePlan.area_id).with_for_update()).all()
        stuck = walk(live_town.phone(WANG).dial(live_town.hotline))

    after = walk(live_town.phone(CHEN).dial(live_town.hotline))
    hasty.close()
    live_town.app.extensions["onecall"] = patient

    assert CALL_BACK in stuck
    assert PROMISED in after
    live_town.wait(5)
    assert_sound(live_town)


@ON_SQLITE_ALONE
@pytest.mark.parametrize("pages_left", [0, 2, 4])
def test_a_disk_that_fills_up_while_people_call_loses_nothing_that_was_said(live_town: Town, pages_left: int) -> None:
    """SQLite meets the real error wherever it needs a page more than there are."""
    database = live_town.services.database
    with database.reading() as session:
        pages = session.scalar(text("PRAGMA page_count"))

    def leave_room(connection: DBAPIConnection) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={pages + pages_left}")

    with every_connection(database, leave_room):
        heard = call_from_everywhere(live_town)

    assert_nothing_said_was_lost(live_town, heard)


@on_a_cramped_postgresql
@pytest.mark.proof
@pytest.mark.parametrize("pages_left", [20, 60])
def test_a_disk_of_postgresql_that_fills_up_while_people_call_loses_nothing_that_was_said(
    live_town: Town, engine: CrampedPostgresql, pages_left: int
) -> None:
    """The server meets the real error: its tables lie on a disk of some megabytes."""
    with engine.full(pages_left=pages_left):
        heard = call_from_everywhere(live_town)

    assert_nothing_said_was_lost(live_town, heard)


@on_a_cramped_log
@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("pages_left", [8, 60])
def test_a_log_of_postgresql_that_fills_its_disk_while_people_call_loses_nothing_that_was_said(
    live_town: Town, engine: CrampedPostgresql, pages_left: int
) -> None:
    """The server itself ends in the middle of whatever it was asked, and comes back when there is room again."""
    with engine.full(pages_left=pages_left):
        heard = call_from_everywhere(live_town)

    assert_nothing_said_was_lost(live_town, heard)


def call_from_everywhere(town: Town) -> list[str]:
    """Let people call whom we know and whom we do not; return what each heard."""
    numbers = [WANG, CHEN, *(f"+86139{number:08}" for number in range(4))]
    return [walk(town.phone(number).dial(town.hotline)) for number in numbers]


def assert_nothing_said_was_lost(town: Town, heard: list[str]) -> None:
    """Everybody heard words, what was promised is in the data, and now that there is room again people can book."""
    assert all(heard), "nobody meets silence"
    assert any(APOLOGY in words for words in heard)
    assert count_promises(town) == sum(PROMISED in words for words in heard)
    town.wait(5)
    assert_sound(town)
    assert PROMISED in walk(town.phone(SCHOOL).dial(town.hotline))
