"""Webhooks get lost: what the carrier has on record is asked for, and taken in as the webhook would have been."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from jobs.find_lost_webhooks import find_lost_webhooks
from models import InboundMessage, Message
from operations.clients.carrier_records import (
    RECEIPT_AFTER,
    RECEIPT_UNTIL,
    CarrierAway,
    CarrierRecords,
    RecordedReceipt,
    RecordedText,
)
from operations.inbox.inbound_messages import take_text
from policies.message_states import MessageState
from tests.databases import ON_SQLITE_ALONE
from tests.factories.city import HOUSE
from tests.factories.instants import NIGHT, minutes
from tests.factories.looking import looking
from tests.factories.messages import make_message
from tests.jobs.conftest import Desk

pytestmark = ON_SQLITE_ALONE
"""What takes receipts and texts in is tested on both beside the outbox and the operations."""

STRANGER = "+8613700000000"


@dataclass
class Records:
    """A CarrierRecords that has what a test puts on record."""

    receipts: dict[str, RecordedReceipt] = field(default_factory=dict)
    texts: list[RecordedText] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    is_away: bool = False

    def find_receipt(self, *, message_sid: str) -> RecordedReceipt | None:
        self.asked.append(message_sid)
        if self.is_away:
            raise CarrierAway("down")
        if message_sid in self.forgotten:
            return None
        return self.receipts.get(message_sid, RecordedReceipt("sent", None))

    def list_texts(self, *, to_number: str, since: dt.datetime) -> Sequence[RecordedText]:
        assert (to_number, since < NIGHT + minutes(60)) == (HOUSE.hotline_number, True)
        if self.is_away:
            raise CarrierAway("down")
        return self.texts


def look(desk: Desk, records: CarrierRecords) -> int:
    return find_lost_webhooks(replace(desk.services, carrier_records=records))


def send(desk: Desk, sid: str) -> int:
    with desk.database.writing() as session:
        message = make_message(session, state=MessageState.SENT)
        message.message_sid, message.decided_at = sid, NIGHT
        return message.id


def test_a_receipt_that_never_came_is_asked_for_when_it_should_be_there_and_not_for_ever(desk: Desk) -> None:
    lost, silent = send(desk, "SM1"), send(desk, "SM2")
    records = Records({"SM1": RecordedReceipt("undelivered", "30003")})

    desk.now = NIGHT + RECEIPT_AFTER - minutes(1)
    assert (look(desk, records), records.asked) == (0, [])
    desk.now = NIGHT + RECEIPT_AFTER
    look(desk, records)
    desk.now = NIGHT + RECEIPT_AFTER + minutes(5)
    look(desk, records)
    assert records.asked == ["SM1", "SM2", "SM2"]
    desk.now = NIGHT + RECEIPT_UNTIL
    look(desk, records)

    assert len(records.asked) == 3
    with looking(desk.database) as session:
        message = session.get_one(Message, lost)
        assert (message.state, message.error) == (MessageState.UNDELIVERED, "provider code 30003")
        assert session.get_one(Message, silent).state is MessageState.SENT


def test_a_text_that_never_came_is_taken_once_and_what_came_is_left_alone(desk: Desk) -> None:
    with desk.database.writing() as session:
        take_text(session, message_sid="SM1", from_number=STRANGER, body="came", house=HOUSE, now=NIGHT)
    records = Records(texts=[RecordedText(f"SM{number}", STRANGER, f"text {number}") for number in (1, 2, 3)])

    assert look(desk, records) == 2
    assert look(desk, records) == 0

    with looking(desk.database) as session:
        rows = session.query(InboundMessage).order_by(InboundMessage.id)
        assert [row.body for row in rows] == ["came", "text 2", "text 3"]
        assert all(row.is_waiting for row in rows)


def test_while_the_carrier_is_away_nothing_is_taken_and_the_next_run_does_it(desk: Desk) -> None:
    send(desk, "SM1")
    desk.now = NIGHT + RECEIPT_AFTER
    records = Records(
        {"SM1": RecordedReceipt("delivered", None)}, [RecordedText("SM9", STRANGER, "hello")], is_away=True
    )

    with pytest.raises(CarrierAway):
        look(desk, records)
    records.is_away = False

    assert look(desk, records) == 2


def test_a_text_the_carrier_has_forgotten_keeps_no_other_from_being_asked_about(desk: Desk) -> None:
    send(desk, "SM1")
    send(desk, "SM2")
    desk.now = NIGHT + RECEIPT_AFTER

    assert look(desk, Records({"SM2": RecordedReceipt("delivered", None)}, forgotten={"SM1"})) == 1
