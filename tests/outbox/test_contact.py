"""Who may be written to, when, and how fast: judged when a message is due, not when it is stored."""

import datetime as dt

import pytest

from models import Message
from models.database import Database
from operations.people.agents import sign_on
from operations.people.users import add_user
from outbox.contact import agree_to_care, start_messages, stop_messages, zones_of_address
from outbox.sender import claim_message
from policies.figures import DEFAULT_FIGURES, Figures
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_purposes import MessagePurpose
from policies.message_states import MessageState
from policies.roles import Role
from tests.factories.city import make_city
from tests.factories.instants import NIGHT, hours, minutes, monday, seconds
from tests.factories.looking import looking
from tests.factories.messages import make_message
from tests.factories.threads import run_together

WANG, CHEN = "+8613800000001", "+8613800000003"
NOON = monday(12)
UNHURRIED = Figures(texts_per_second=0)


def store(database: Database, purpose: MessagePurpose = MessagePurpose.SERVICE, **settings: object) -> int:
    with database.writing() as session:
        return make_message(session, purpose=purpose, **{"created_at": NOON, **settings}).id  # type: ignore[arg-type]


def claim(database: Database, *, now: dt.datetime = NOON, figures: Figures = UNHURRIED) -> int | None:
    with database.writing() as session:
        claimed = claim_message(session, sender="one", now=now, figures=figures)
        return claimed.id if claimed else None


def found(database: Database, message_id: int) -> Message:
    with looking(database) as session:
        return session.get_one(Message, message_id)


def test_a_stop_counts_for_what_was_stored_before_it_and_for_nobody_else(database: Database) -> None:
    stopped, other = store(database), store(database, to_number=CHEN)
    with database.writing() as session:
        stop_messages(session, channel=MessageChannel.SMS, address=WANG, by="sms", now=NOON)

    assert [claim(database), claim(database)] == [other, None]

    withheld = found(database, stopped)
    assert (withheld.state, withheld.error) == (MessageState.WITHHELD, "opted_out")


def test_a_stop_of_texts_does_not_stop_calls(database: Database) -> None:
    call = store(database, channel=MessageChannel.VOICE)
    with database.writing() as session:
        stop_messages(session, channel=MessageChannel.SMS, address=WANG, by="sms", now=NOON)

    assert claim(database) == call


def test_whoever_wants_texts_again_gets_the_next_one(database: Database) -> None:
    with database.writing() as session:
        stop_messages(session, channel=MessageChannel.SMS, address=WANG, by="sms", now=NOON)
        assert start_messages(session, channel=MessageChannel.SMS, address=WANG, by="sms", now=NOON)
        assert not start_messages(session, channel=MessageChannel.SMS, address=CHEN, by="sms", now=NOON)

    assert claim(database) is None
    assert (message := store(database)) == claim(database), message


def test_a_reminder_of_the_night_waits_for_the_morning_of_its_recipient(database: Database) -> None:
    here = store(database, MessagePurpose.REMINDER, created_at=NIGHT)
    london = store(database, MessagePurpose.REMINDER, created_at=NIGHT, to_number="+442071234567")
    visitor = store(database, MessagePurpose.REMINDER, created_at=NIGHT, time_zone="Europe/London")

    assert [claim(database, now=NIGHT) for _ in range(3)] == [london, visitor, None]

    waiting = found(database, here)
    assert (waiting.state, waiting.error) == (MessageState.PENDING, "quiet_hours")
    assert waiting.not_before_at == monday(8)


def test_greetings_need_a_yes_and_come_once_in_thirty_days(database: Database) -> None:
    unasked = store(database, MessagePurpose.CARE)
    assert claim(database) is None
    assert found(database, unasked).error == "no_consent"
    with database.writing() as session:
        agree_to_care(session, channel=MessageChannel.SMS, address=WANG, by="desk", now=NOON)

    first, second = store(database, MessagePurpose.CARE), store(database, MessagePurpose.CARE)

    assert [claim(database), claim(database)] == [first, None]
    assert found(database, second).error == "too_often"
    later = NOON + dt.timedelta(days=30, minutes=1)
    third = store(database, MessagePurpose.CARE, created_at=later)
    assert claim(database, now=later) == third


def test_two_machines_that_answer_each_other_fall_silent(database: Database) -> None:
    answers = [store(database, MessagePurpose.REPLY) for _ in range(DEFAULT_FIGURES.replies_per_hour + 5)]

    sent = [claim(database, now=NOON + seconds(number)) for number in range(len(answers))]

    assert [one for one in sent if one] == answers[: DEFAULT_FIGURES.replies_per_hour]


def test_what_somebody_waits_for_at_the_door_goes_before_what_is_due_longer(database: Database) -> None:
    order = [
        store(database, purpose, not_before_at=NOON - minutes(number))
        for number, purpose in enumerate((MessagePurpose.URGENT, MessagePurpose.STAFF, MessagePurpose.SERVICE))
    ]
    late = store(database, MessagePurpose.REMINDER, not_before_at=NOON - hours(2))

    assert [claim(database) for _ in range(4)] == [*order, late]


def test_several_senders_together_keep_the_pace_of_one_number(database: Database) -> None:
    ids = [store(database) for _ in range(12)]
    call = store(database, channel=MessageChannel.VOICE)
    slow = Figures(texts_per_second=4, calls_per_second=1)

    def work() -> list[int]:
        return [one for _ in range(5) if (one := claim(database, figures=slow)) is not None]

    claimed = [one for found in run_together(work, work, work) for one in found]

    # Which four: one that a sender looks at is passed over by the others, and waits when the second is full by then.
    assert len(claimed) == len(set(claimed)) == 5
    assert call in claimed
    left = [one for one in ids if one not in claimed]
    assert [claim(database, now=NOON + seconds(number), figures=slow) for number in (0.2, 0.26, 0.3, 0.9)] == [
        None, left[0], None, left[1],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "zones"),
    [
        ("+8613800000001", ("Asia/Shanghai",)),
        ("+442071234567", ("Europe/London",)),
        ("wang@example.com", ("UTC",)),
        ("anonymous", ("UTC",)),
        ("", ("UTC",)),
    ],
)
def test_a_number_says_where_it_is_and_anything_else_says_nothing(address: str, zones: tuple[str, ...]) -> None:
    assert zones_of_address(address)[:1] == zones


def test_strangers_of_one_country_abroad_are_few_and_a_customer_or_agent_abroad_is_reached(database: Database) -> None:
    home, figures = "+862150000000", Figures(texts_per_second=0, strangers_abroad_per_hour=2)

    def claim_all(now: dt.datetime) -> list[int]:
        claimed: list[int] = []
        while True:
            with database.writing() as session:
                one = claim_message(session, sender="one", now=now, figures=figures, home=home)
            if one is None:
                return claimed
            claimed.append(one.id)

    with database.writing() as session:
        make_city(session).assets[0].customer.phones[0].number = "+447400000009"
        password = "correct horse battery"
        clerk = add_user(
            session, name="clerk", display_name="Ann", password=password, role=Role.CLERK, language=Language.EN
        )
        sign_on(session, user_id=clerk.id, phone="+447400123456", takes_complaints=False, now=NOON)
    served = [store(database, to_number="+447400000009") for _ in range(3)]
    strangers = [store(database, to_number=f"+44740000000{last}") for last in range(4)]
    customer, other_country = store(database, to_number="+447400000009"), store(database, to_number="+33612345678")
    agent = store(database, to_number="+447400123456")
    at_home = [store(database, to_number=f"+861390000010{last}") for last in range(4)]

    assert set(claim_all(NOON)) == {*served, *strangers[:2], customer, agent, other_country, *at_home}

    assert {found(database, one).error for one in strangers[2:]} == {"too_many_abroad"}
    later = store(database, to_number="+447400000008", expires_at=NOON + hours(9))
    assert later in claim_all(NOON + hours(2))


def test_premium_and_satellite_numbers_are_never_paid_for(database: Database) -> None:
    dear = [store(database, to_number=number) for number in ("+449098790000", "+881612345678", "+979123456789")]

    assert claim(database) is None
    assert {found(database, one).error for one in dear} == {"dear_number"}
