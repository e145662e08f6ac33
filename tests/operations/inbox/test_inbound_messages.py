"""Texts of customers, strangers and everybody who wants no more of ours."""

from itertools import count

import pytest

from models import InboundMessage, Message, ServiceRequest
from models.database import Database
from operations.inbox.inbound_messages import take_text
from outbox.contact import find_choice
from policies.languages import Language
from policies.message_channels import MessageChannel
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import hours, minutes, monday
from tests.factories.looking import looking

NINE = monday(9)
STRANGER = "+8613700000000"
_sids = (f"SM{number:032x}" for number in count())


def text(database: Database, sender: str, body: str, *, at_minute: int = 0, sid: str = "") -> InboundMessage:
    with database.writing() as session:
        taken = take_text(
            session, message_sid=sid or next(_sids), from_number=sender, body=body, house=HOUSE,
            now=NINE + minutes(at_minute),
        )  # fmt: skip
        session.flush()
        session.expunge_all()
        return taken


def sent_to(database: Database, number: str) -> list[str]:
    with looking(database) as session:
        found = session.query(Message).filter_by(to_number=number).order_by(Message.id)
        return [message.template for message in found]


def is_stopped(database: Database, number: str) -> bool:
    with looking(database) as session:
        choice = find_choice(session, channel=MessageChannel.SMS, address=number)
        return choice is not None and choice.stopped_at is not None


@pytest.fixture
def request_of(database: Database, city: City) -> ServiceRequest:
    """The first customer's matter, with a visit booked; the second customer has one too."""
    with database.writing() as session:
        mine = book_visit(session, city, customer=0).request
        book_visit(session, city, customer=1)
        return mine


def test_a_customers_text_joins_the_thread_of_the_matter_and_waits_for_a_person(
    database: Database, request_of: ServiceRequest
) -> None:
    taken = text(database, str(request_of.contact_phone), "我家门禁是1234，请师傅直接上来")

    assert (taken.understood_as, taken.request_id, taken.is_waiting) == ("from_customer", request_of.id, True)
    assert taken.customer_id == request_of.customer_id
    assert sent_to(database, str(request_of.contact_phone))[-1] == "customer_text_received"


def test_a_customer_is_thanked_once_an_hour_however_much_they_write(
    database: Database, request_of: ServiceRequest
) -> None:
    phone = str(request_of.contact_phone)
    for minute in (0, 1, 59, 61):
        text(database, phone, "在吗", at_minute=minute)

    assert sent_to(database, phone).count("customer_text_received") == 2


def test_the_number_of_a_request_finds_it_among_ones_own(database: Database, city: City) -> None:
    with database.writing() as session:
        older, newer = (book_visit(session, city, customer=0).request for _ in range(2))
        stranger = book_visit(session, city, customer=1).request
    phone = str(older.contact_phone)

    assert text(database, phone, f"关于 {older.number[:4]} {older.number[4:]}").request_id == older.id
    assert text(database, phone, "什么时候来").request_id in {older.id, newer.id}
    assert text(database, phone, f"{stranger.number}").request_id != stranger.id


def test_a_strangers_text_waits_for_a_person_and_is_not_answered(
    database: Database, request_of: ServiceRequest
) -> None:
    taken = text(database, STRANGER, f"{request_of.number} 取消")

    assert (taken.understood_as, taken.request_id, taken.is_waiting) == ("from_stranger", None, True)
    assert sent_to(database, STRANGER) == []


@pytest.mark.parametrize(("word", "answers"), [("STOP", []), ("退订", ["contact_stopped"])])
def test_a_stop_word_is_remembered_and_answered_once_unless_the_carrier_has(
    database: Database, request_of: ServiceRequest, word: str, answers: list[str]
) -> None:
    phone = str(request_of.contact_phone)
    before = len(sent_to(database, phone))

    for _ in range(2):
        text(database, phone, word)

    assert is_stopped(database, phone)
    assert not is_stopped(database, STRANGER)
    assert sent_to(database, phone)[before:] == answers


def test_a_stop_in_the_middle_of_a_matter_is_shown_to_a_person(database: Database, request_of: ServiceRequest) -> None:
    """CANCEL stops texts at the carrier; whoever has a visit booked may have meant the visit."""
    taken = text(database, str(request_of.contact_phone), "Cancel")

    assert (taken.understood_as, taken.request_id, taken.is_waiting) == ("stop", request_of.id, True)
    assert not text(database, STRANGER, "stop").is_waiting


@pytest.mark.parametrize("word", ["START", "恢复"])
def test_a_start_word_takes_the_stop_back(database: Database, request_of: ServiceRequest, word: str) -> None:
    phone = str(request_of.contact_phone)
    text(database, phone, "TD")

    text(database, phone, word)

    assert not is_stopped(database, phone)


def test_help_is_told_in_the_customers_language(database: Database, request_of: ServiceRequest) -> None:
    with database.writing() as session:
        session.get_one(ServiceRequest, request_of.id).customer.language = Language.EN  # type: ignore[union-attr]

    text(database, str(request_of.contact_phone), "帮助")

    with looking(database) as session:
        answer = session.query(Message).filter_by(template="contact_help").one()
    assert answer.language is Language.EN


def test_technicians_may_say_yes_and_help_and_still_stop(database: Database, city: City) -> None:
    phone = city.technicians[0].phone

    understood = [text(database, phone, body).understood_as for body in ("yes", "help", "stop")]

    assert understood == ["accept", "not_understood", "stop"]
    assert is_stopped(database, phone)


@pytest.mark.parametrize(
    "body", ["", "\x00", "字" * 1600, "👩‍🔧🔧" * 50, "مرحبا، متى يأتي الفني؟", "a\x07b\u202ec\u200f", "\ud7ff"]
)
def test_whatever_a_phone_can_send_is_kept_and_nobody_stumbles(
    database: Database, request_of: ServiceRequest, body: str
) -> None:
    sid = next(_sids)

    text(database, str(request_of.contact_phone), body, sid=sid)
    text(database, str(request_of.contact_phone), body, sid=sid)

    with looking(database) as session:
        (kept,) = session.query(InboundMessage).filter_by(message_sid=sid).all()
    assert kept.body == body.replace("\x00", "")


def test_a_matter_closed_long_ago_is_not_what_somebody_writes_about(
    database: Database, request_of: ServiceRequest
) -> None:
    with database.writing() as session:
        session.get_one(ServiceRequest, request_of.id).closed_at = NINE - hours(24 * 31)

    taken = text(database, str(request_of.contact_phone), "你好")

    assert (taken.request_id, taken.customer_id) == (None, request_of.customer_id)
