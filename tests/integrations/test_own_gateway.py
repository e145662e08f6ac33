"""A gateway of one's own is a class with two methods: nothing else is touched (docs/messages.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path

from jobs.send_messages import send_letters, send_messages
from models import Message
from models.database import Database
from outbox.sender import MessageProvider, SendRefused, SendUncertain, record_receipt
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from tests.factories.instants import NIGHT, minutes
from tests.factories.looking import looking
from tests.factories.messages import make_message
from tests.jobs.conftest import Desk

FOREIGN = "+442071234567"


@dataclass
class MainlandGateway:
    """Takes Chinese numbers only, knows our reference, and is busy, away or loses its answer when told to."""

    taken: dict[str, str] = field(default_factory=dict)
    loses_next_answer: bool = False
    is_busy: bool = False
    is_away: bool = False

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        if self.is_busy or self.is_away:
            raise SendRefused("busy" if self.is_busy else "no connection", is_permanent=False)
        if not to_number.startswith("+86"):
            raise SendRefused("number outside China", is_permanent=True)
        self.taken[reference] = body
        if self.loses_next_answer:
            self.loses_next_answer = False
            raise SendUncertain("read timed out")
        return f"mainland-{reference}"

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:  # noqa: ARG002
        same = (f"mainland-{reference}" for reference, words in self.taken.items() if words == body)
        return next((found for found in same if found not in other_than), None)


def test_texts_go_through_a_gateway_of_ones_own_and_its_reports_come_back(database: Database, tmp_path: Path) -> None:
    gateway, desk = MainlandGateway(loses_next_answer=True), Desk(database, tmp_path)
    with database.writing() as session:
        here, abroad = make_message(session).id, make_message(session, to_number=FOREIGN).id

    _send(desk, gateway)
    desk.now += minutes(5)
    _send(desk, gateway)
    with database.writing() as session:
        sid = session.get_one(Message, here).message_sid or ""
        assert record_receipt(
            session, reference=here, message_sid=sid, status="delivered", error_code=None, now=NIGHT + minutes(6)
        )

    with looking(database) as session:
        first, second = session.get_one(Message, here), session.get_one(Message, abroad)
    assert (first.state, sid) == (MessageState.DELIVERED, f"mainland-{here}")
    assert (second.state, second.error) == (MessageState.FAILED, "number outside China")
    assert len(gateway.taken) == 1


def test_a_channel_nobody_carries_fails_its_message_and_nothing_else(database: Database, tmp_path: Path) -> None:
    desk = Desk(database, tmp_path)
    with database.writing() as session:
        chat = make_message(session, channel=MessageChannel.CHAT).id
        text = make_message(session).id

    send_messages(desk.services)
    send_letters(desk.services)

    with looking(database) as session:
        assert session.get_one(Message, chat).error == "nobody carries chat here"
        assert session.get_one(Message, text).state is MessageState.SENT


def _send(desk: Desk, gateway: MessageProvider) -> None:
    send_messages(replace(desk.services, providers={MessageChannel.SMS: gateway}))
