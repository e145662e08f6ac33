"""Greetings go to those who asked for them, on the day, where they are, once (F3)."""

import datetime as dt
from itertools import count

import pytest
from sqlalchemy.orm import Session

from models import Customer, CustomerPhone, Message
from models.database import Database
from operations.inbox.inbound_messages import take_text
from operations.messages.greetings import MOST_AT_ONCE, are_greetings_welcome, greet_customers, note_greetings_choice
from operations.people.customer_file import remember_day
from outbox.contact import find_choice, stop_messages
from policies.greetings import ConsentWay
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_purposes import MessagePurpose
from tests.factories.city import HOUSE
from tests.factories.customers import make_customer, make_site
from tests.factories.instants import hours
from tests.factories.looking import looking

SMS = MessageChannel.SMS
NEW_YEAR = dt.datetime(2027, 1, 1, 2, tzinfo=dt.UTC)
"""10:00 in Shanghai."""
PLAIN_DAY = dt.datetime(2027, 3, 10, 2, tzinfo=dt.UTC)
_sids = (f"SM{number:032x}" for number in count())


def welcome(session: Session, *, language: Language = Language.ZH, phone: str | None = None) -> Customer:
    """A customer who has said that greetings are welcome."""
    customer = make_customer(session, language=language, phone=phone)
    make_site(session, customer, None)
    address = session.query(CustomerPhone).filter_by(customer_id=customer.id).one().number
    note_greetings_choice(
        session,
        channel=SMS,
        address=address,
        is_welcome=True,
        way=ConsentWay.TELEPHONE,
        by="desk",
        now=NEW_YEAR - hours(99),
    )
    return customer


def greet(database: Database, now: dt.datetime) -> list[tuple[str, str]]:
    with database.writing() as session:
        before = {one.id for one in session.query(Message)}
        greet_customers(session, house=HOUSE, now=now)
        session.flush()
        new = session.query(Message).filter(Message.id.not_in(before)).order_by(Message.id)
        return [(one.recipient, one.template) for one in new]


def text(database: Database, sender: str, body: str) -> str:
    with database.writing() as session:
        sid = next(_sids)
        return take_text(
            session, message_sid=sid, from_number=sender, body=body, house=HOUSE, now=NEW_YEAR
        ).understood_as


def test_a_festival_greets_those_who_said_yes_once_in_their_language_and_only_by_day(database: Database) -> None:
    with database.writing() as session:
        first, second = welcome(session), welcome(session, language=Language.EN)
        make_customer(session)
        stopped = welcome(session)
        stop_messages(session, channel=SMS, address=stopped.phones[0].number, by="sms", now=NEW_YEAR - hours(9))

    greeted = [greet(database, NEW_YEAR + hours(after)) for after in (-2, 0, 1, 9, 11)]

    both = [(f"customer:{one.id}", "greeting_new_year") for one in (first, second)]
    assert greeted == [[], both, [], [], []]
    with looking(database) as session:
        messages = session.query(Message).filter_by(template="greeting_new_year").order_by(Message.id).all()
    assert [one.language for one in messages] == [Language.ZH, Language.EN]
    assert {one.purpose for one in messages} == {MessagePurpose.CARE}
    assert {one.expires_at for one in messages} == {dt.datetime(2027, 1, 1, 16, tzinfo=dt.UTC)}


def test_a_day_of_ones_own_is_greeted_every_year_with_its_name(database: Database) -> None:
    with database.writing() as session:
        customer = welcome(session)
        welcome(session)
        remember_day(session, customer=customer, name="开业纪念日", month=3, day=10)

    years = [greet(database, PLAIN_DAY), greet(database, PLAIN_DAY.replace(year=2028))]

    assert years == [[(f"customer:{customer.id}", "greeting_special_day")]] * 2
    with looking(database) as session:
        assert "今天是您的开业纪念日" in session.query(Message).first().body  # type: ignore[union-attr]


def test_many_are_greeted_round_by_round(database: Database) -> None:
    with database.writing() as session:
        for number in range(MOST_AT_ONCE + 1):
            welcome(session, phone=f"+86139{number:08d}")

    with database.writing() as session:
        first, onward = greet_customers(session, house=HOUSE, now=NEW_YEAR)
    assert onward is not None
    with database.writing() as session:
        assert greet_customers(session, house=HOUSE, now=NEW_YEAR, after_id=onward) == (1, None)
    assert first == MOST_AT_ONCE

    with looking(database) as session:
        assert session.query(Message).count() == MOST_AT_ONCE + 1


@pytest.mark.parametrize(("yes", "no"), [("问候", "不要问候"), ("Greetings.", "no greetings")])
def test_one_word_asks_for_greetings_and_one_ends_them_and_nothing_else(database: Database, yes: str, no: str) -> None:
    with database.writing() as session:
        phone = make_customer(session, phone="+8613800001234").phones[0].number
        stop_messages(session, channel=SMS, address=phone, by="sms", now=NEW_YEAR)

    assert text(database, phone, yes) == "greetings"
    with looking(database) as session:
        choice = find_choice(session, channel=SMS, address=phone)
        assert choice is not None
        assert (choice.stopped_at, choice.changed_by) == (None, "customer"), (
            "whoever asks for greetings reads our texts"
        )
        assert are_greetings_welcome(session, channel=SMS, address=phone)

    assert text(database, phone, no) == "no_greetings"
    with looking(database) as session:
        assert not are_greetings_welcome(session, channel=SMS, address=phone)
        answers = [one.template for one in session.query(Message).order_by(Message.id)]
    assert answers == ["contact_greetings", "contact_no_greetings"]
