"""Every message reaches the carrier once, whatever is killed, refused or lost in between (DESIGN rule 7)."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import func, select

from jobs.send_messages import send_messages
from models import Message, PolicyVersion
from models.database import Database
from operations.clients.services import Services
from outbox.sender import CLAIM_TIMEOUT, EVERY_CHANNEL, count_due
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from tests.factories.instants import NIGHT, hours, minutes
from tests.factories.looking import looking
from tests.factories.messages import make_message
from tests.factories.outage_carrier import REFUSED_FOR_GOOD, FileCarrier, count_taken
from tests.jobs.conftest import Desk

WATCHED = ("jobs/send_messages.py", "outbox/sender.py", "outbox/contact.py", "outbox/pace.py")
ROUND = CLAIM_TIMEOUT + minutes(1)
MANY = int(os.environ.get("PROOF_MESSAGES", "10000"))
"""What the proof sends on PostgreSQL; SQLite's writers take turns and get a tenth."""


class Killed(BaseException):
    """The process ends here."""


class KillAtLine:
    """Ends the program at its n-th line inside the sender's own files, as a power cut would."""

    def __init__(self, line: int) -> None:
        self.left = line

    def __call__(self, frame: FrameType, _event: str, _argument: object) -> Any:  # noqa: ANN401 - as sys.settrace has it
        return self.count if frame.f_code.co_filename.endswith(WATCHED) else None

    def count(self, _frame: FrameType, event: str, _argument: object) -> Any:  # noqa: ANN401
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise Killed
        return self.count


def store(database: Database, count: int, *, first: int = 0) -> list[str]:
    """Put messages into the outbox, each with words of its own; every hundredth number does not exist."""
    bodies = [f"第{number}条🔧 رسالة" for number in range(first, first + count)]
    with database.writing() as session:
        for number, body in enumerate(bodies, start=first):
            make_message(session, body=body, to_number=f"+86138{number:08d}", expires_at=NIGHT + dt.timedelta(days=30))
    return bodies


def states(database: Database) -> Counter[MessageState]:
    with looking(database) as session:
        return Counter(session.scalars(select(Message.state)))


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.proof)])
def test_a_sender_killed_at_any_line_leaves_a_message_that_goes_out_once(desk: Desk, stride: int) -> None:
    """One message per line of the sender: killed there, then taken over by the next sender after the pause."""
    line, was_killed = 1, True
    while was_killed:
        (body,) = store(desk.database, 1, first=line)
        tracing = sys.gettrace()
        sys.settrace(KillAtLine(line))
        try:
            send_messages(desk.services)
            was_killed = False
        except Killed:
            pass
        finally:
            sys.settrace(tracing)
        desk.now += ROUND
        send_messages(desk.services)

        assert desk.carrier.bodies.count(body) == 1, f"killed at line {line}"
        line += stride

    assert line > 60, "the tracer saw too little of the sender"
    assert set(states(desk.database)) == {MessageState.SENT}


def test_a_carrier_that_was_away_for_an_hour_gets_what_still_matters_and_no_flood(desk: Desk, tmp_path: Path) -> None:
    away, back = (
        FileCarrier(tmp_path / "taken", seed=seed, fault_percent=percent) for seed, percent in ((1, 100), (2, 0))
    )
    store(desk.database, 30)
    with desk.database.writing() as session:
        stale = make_message(session, body="过时", expires_at=NIGHT + minutes(30)).body
    tries = 0
    while desk.now < NIGHT + hours(1):
        tries += len(_due(desk.database, desk.now))
        send_messages(_with(desk.services, away))
        desk.now += minutes(1)
    # Each of the thirty was tried a handful of times in that hour, not once a second.
    assert tries < 31 * 20

    while desk.now < NIGHT + hours(2):
        send_messages(_with(desk.services, back))
        desk.now += minutes(1)

    counted = count_taken(tmp_path / "taken")
    assert counted[stale] <= 1
    assert all(count == 1 for count in counted.values())
    assert states(desk.database)[MessageState.PENDING] == 0


def _due(database: Database, now: dt.datetime) -> list[int]:
    with looking(database) as session:
        waiting = Message.state.in_((MessageState.PENDING, MessageState.UNCERTAIN)) & (Message.not_before_at <= now)
        return list(session.scalars(select(Message.id).where(waiting)))


def _with(services: Services, carrier: FileCarrier) -> Services:
    return replace(services, providers={MessageChannel.SMS: carrier, MessageChannel.VOICE: carrier})


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("messages", "kills", "senders"),
    [pytest.param(110, 6, 2, id="few"), pytest.param(MANY, 200, 4, id="many", marks=pytest.mark.proof)],
)
def test_with_faults_at_random_and_senders_killed_each_message_reaches_the_carrier_once(
    desk: Desk, tmp_path: Path, messages: int, kills: int, senders: int
) -> None:
    """Counted at the carrier's side, whose file outlives the processes that are killed."""
    if desk.database.is_sqlite:
        messages = min(messages, MANY // 10)
    file, draws = tmp_path / "taken", random.Random(1)
    with desk.database.writing() as session:
        unhurried = PolicyVersion(in_force_from_at=NIGHT, figures={"texts_per_second": 0}, approved_by="test")
        session.add(unhurried)
    # The first goes out undisturbed: the statements it compiled are known to every fork.
    bodies = store(desk.database, 1)
    send_messages(_with(desk.services, FileCarrier(file, seed=9_999, fault_percent=0)))
    bodies += store(desk.database, messages - 1, first=1)
    desk.database.close()
    killed = 0

    while killed < kills:
        children = [_fork_sender(desk, file, seed=killed + number) for number in range(senders)]
        for child in children:
            time.sleep(draws.random() * 0.12)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            killed += 1
        desk.now += ROUND
    seed = 10_000
    while (left := _count_left(desk.database)) and seed < 10_400:
        desk.database.close()
        for child in [_fork_sender(desk, file, seed=seed + number) for number in range(2)]:
            os.waitpid(child, 0)
        desk.now += ROUND
        seed += 2

    counted, ended = count_taken(file), states(desk.database)
    refused = {body for number, body in enumerate(bodies) if number % 100 == 99}
    assert left == 0
    assert ended == Counter({MessageState.SENT: messages - len(refused), MessageState.FAILED: len(refused)})
    assert counted == Counter(body for body in bodies if body not in refused)
    with looking(desk.database) as session:
        reasons = set(session.scalars(select(Message.error).where(Message.state == MessageState.FAILED)))
    assert reasons <= {REFUSED_FOR_GOOD}


def _fork_sender(desk: Desk, file: Path, *, seed: int) -> int:
    """Start a sender of its own process; connections do not cross a fork, so the parent has closed its own."""
    child = os.fork()
    if child == 0:
        # From here on this is another process, which knows nothing of the test's and never returns to it.
        try:
            services = _with(desk.services, FileCarrier(file, seed=seed))
            while send_messages(services) or _is_any_due(services):
                pass
        finally:
            os._exit(1)
    return child


def _is_any_due(services: Services) -> bool:
    with services.database.reading() as session:
        return count_due(session, channels=EVERY_CHANNEL, now=services.now(), most=1) > 0


def _count_left(database: Database) -> int:
    done = (MessageState.SENT, MessageState.FAILED)
    with looking(database) as session:
        return session.scalar(select(func.count()).where(Message.state.not_in(done))) or 0
