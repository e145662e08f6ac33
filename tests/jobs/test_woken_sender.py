"""A text leaves at its commit; what no bell told of leaves when the table of jobs comes by."""

import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from jobs.send_messages import send_messages
from jobs.woken_sender import send_when_rung
from outbox.enqueue import enqueue_message
from policies.languages import Language
from tests.databases import PostgresqlServer
from tests.factories.instants import hours, minutes
from tests.factories.listeners import cut_off
from tests.factories.messages import make_message
from tests.jobs.conftest import Desk

PATIENCE_SECONDS = 20


@pytest.fixture
def engine(postgresql_server: PostgresqlServer) -> PostgresqlServer:
    """SQLite has no bell: there the table of jobs sends everything."""
    return postgresql_server


@pytest.fixture
def woken(desk: Desk) -> Iterator[Thread]:
    """A sender that is woken, as the clock process starts it; it listens when the first text has come through."""
    stop = Event()
    thread = Thread(target=send_when_rung, args=(desk.services, stop), kwargs={"listen_seconds": 0.05})
    store(desk, "first")
    thread.start()
    wait_for(desk, "first")
    yield thread
    stop.set()
    thread.join(timeout=PATIENCE_SECONDS)
    assert not thread.is_alive()


def store(desk: Desk, what: str, *, in_an_hour: bool = False) -> None:
    with desk.database.writing() as session:
        enqueue_message(
            session,
            event=what,
            recipient="number:+8613800000001",
            to_number="+8613800000001",
            language=Language.ZH,
            template="reply_noted",
            values={"code": what, "state": ""},
            now=desk.now,
            not_before_at=desk.now + hours(1) if in_an_hour else None,
            expires_at=desk.now + hours(12),
        )


def wait_for(desk: Desk, what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not any(what in body for body in desk.carrier.bodies):
        assert time.monotonic() < give_up_at, f"{what} did not leave"
        time.sleep(0.005)


@pytest.mark.usefixtures("woken")
def test_a_text_leaves_at_its_commit_though_no_job_ran(desk: Desk) -> None:
    for what in ("second", "third"):
        store(desk, what)
        wait_for(desk, what)

    assert len(desk.carrier.bodies) == 3


@pytest.mark.usefixtures("woken")
def test_what_is_not_due_yet_waits_for_the_table_of_jobs(desk: Desk) -> None:
    store(desk, "later", in_an_hour=True)
    store(desk, "now")
    wait_for(desk, "now")
    assert len(desk.carrier.bodies) == 2

    desk.now += minutes(61)
    send_messages(desk.services)
    wait_for(desk, "later")


@pytest.mark.usefixtures("woken")
def test_a_text_nobody_rang_for_leaves_with_the_next_run(desk: Desk) -> None:
    with desk.database.writing() as session:
        make_message(session, body="unrung")

    send_messages(desk.services)

    assert desk.carrier.bodies.count("unrung") == 1


def test_a_woken_sender_and_the_table_of_jobs_together_send_once(desk: Desk, woken: Thread) -> None:
    for number in range(10):
        store(desk, f"both{number}")
        send_messages(desk.services)

    wait_for(desk, "both9")
    assert woken.is_alive()
    assert len(desk.carrier.bodies) == len(set(desk.carrier.bodies)) == 11


def test_a_sender_that_was_cut_off_is_woken_again(desk: Desk, woken: Thread) -> None:
    cut_off(desk.database, only_listeners=True)

    store(desk, "afterwards")

    wait_for(desk, "afterwards")
    assert woken.is_alive()
