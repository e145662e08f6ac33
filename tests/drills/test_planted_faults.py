"""The drills' teeth: faults planted from outside, one by one, each found by what a drill looks at afterwards.

Every test lets the same thing happen in a house without the fault first, and finds nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from jobs.clock import run_job
from jobs.send_messages import send_messages
from jobs.table import JOBS, Job
from models import JobRun, Message
from models.database import Database
from operations.clients.services import Services
from operations.office.soundness import find_flaws
from outbox.sender import MessageProvider
from policies.message_channels import MessageChannel
from tests.drills.invariants import find_miscounted_texts
from tests.factories.messages import make_message
from tests.town import Town

WANG = "+8613800000001"
TABLE = {job.name: job for job in JOBS}
SET_PART = re.compile(r"(?<=SET ).*(?= WHERE )", re.DOTALL)
ASSIGNMENT = re.compile(r"(\w+)=((?:\?|%\(\w+\)s)(?:::[A-Z ]+(?:\(\d+\))?)?)")


@contextmanager
def rewriting(database: Database, rewrite: Callable[[str], str]) -> Iterator[None]:
    """Have every statement rewritten on its way to the database."""

    def change(_c: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> tuple[str, object]:
        return rewrite(statement), parameters

    event.listen(database.engine, "before_cursor_execute", change, retval=True)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", change)


def claim_nothing(statement: str) -> str:
    """The fault: a message that is claimed stays as it was, claimed by nobody."""
    if not statement.startswith("UPDATE messages SET") or "claimed_by" not in statement:
        return statement
    return SET_PART.sub(lambda part: ASSIGNMENT.sub(r"\1=CASE WHEN 1=1 THEN \1 ELSE \2 END", part[0]), statement)


class BusyLine:
    """A carrier that takes its time: while it takes a text, another clock looks into the outbox too."""

    def __init__(self, carrier: MessageProvider, other_clock: Callable[[], object]) -> None:
        self._carrier, self._other_clock, self._is_taking = carrier, other_clock, False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the carrier's own
        return getattr(self._carrier, name)

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        if not self._is_taking:
            self._is_taking = True
            self._other_clock()
            self._is_taking = False
        return self._carrier.send(to_number=to_number, body=body, reference=reference)


def with_two_clocks(town: Town) -> Services:
    """Return a clock's services in whose every hand-over a second clock runs its job."""
    sms = town.services.providers[MessageChannel.SMS]
    line = BusyLine(sms, lambda: send_messages(town.services))
    return replace(town.services, providers={**town.services.providers, MessageChannel.SMS: line})


def store_text(town: Town, body: str) -> None:
    with town.services.database.writing() as session:
        make_message(session, body=body, to_number=WANG, created_at=town.clock.now())


def test_a_message_claimed_by_nobody_leaves_twice_and_the_count_tells(town: Town) -> None:
    clock = with_two_clocks(town)
    store_text(town, "once")
    send_messages(clock)
    sound = find_miscounted_texts(town.services.database, town.exchange)

    store_text(town, "claimed by nobody")
    with rewriting(town.services.database, claim_nothing):
        send_messages(clock)

    assert sound == []
    assert [sms.body for sms in town.phone(WANG).inbox] == ["once", "claimed by nobody", "claimed by nobody"]
    assert find_miscounted_texts(town.services.database, town.exchange) == [("claimed by nobody", 2, 1)]
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 2


class Broken(RuntimeError):
    """The database refused a statement."""


def refusing(table: str) -> Callable[[str], str]:
    """Return the trouble in which no row of a table can be changed."""

    def refuse(statement: str) -> str:
        if statement.startswith(f"UPDATE {table} SET"):
            raise Broken(table)
        return statement

    return refuse


def swallowing(job: Job) -> Job:
    """The fault: a job that says nothing of what went wrong."""

    def run(services: Services) -> int:
        with suppress(Exception):
            return job.run(services)
        return 0

    return replace(job, run=run)


def rules_broken(town: Town) -> set[str]:
    with town.services.database.reading() as session:
        return {flaw.rule for flaw in find_flaws(session, now=town.clock.now())}


def what_was_told(town: Town, job: str) -> str | None:
    with town.services.database.reading() as session:
        return session.get_one(JobRun, job).error


def begin_choosing(town: Town) -> None:
    """Somebody hears windows, and falls asleep over them."""
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2"):
        call.press(key)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("name", "table", "minutes", "rule"),
    [
        ("free_expired_holds", "slot_holds", 6, "a held window ends"),
        ("check_clocks", "commitments", 25 * 60, "a clock is what its events say"),
    ],
)
def test_an_error_that_the_clock_swallows_is_found_in_the_data(
    town: Town, name: str, table: str, minutes: float, rule: str
) -> None:
    begin_choosing(town)
    job, database = TABLE[name], town.services.database
    town.clock.set(town.clock.now() + dt.timedelta(minutes=minutes))

    with rewriting(database, refusing(table)):
        run_job(town.services, swallowing(job))
    swallowed, told = rules_broken(town), what_was_told(town, name)
    with rewriting(database, refusing(table)):
        town.clock.set(town.clock.now() + dt.timedelta(minutes=1))
        run_job(town.services, job)
    told_by_ours = what_was_told(town, name)
    town.clock.set(town.clock.now() + dt.timedelta(minutes=1))
    run_job(town.services, job)

    assert rule in swallowed
    assert told is None
    assert told_by_ours
    assert rule not in rules_broken(town)
    assert what_was_told(town, name) is None
