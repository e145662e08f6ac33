import datetime as dt

import pytest

from models import Message
from models.database import Database
from outbox.enqueue import enqueue_message
from outbox.templates import UnknownTemplate
from policies.languages import Language
from policies.message_states import MessageState
from policies.sendable_text import LONGEST_TEXT
from tests.factories.instants import NIGHT, hours, minutes
from tests.factories.looking import looking
from tests.factories.threads import run_together

VALUES = {"number": "12345678", "hotline": "+862150000000", "link": "https://o.example/v/x"}


def enqueue(
    database: Database,
    *,
    event: str = "visit:7:visit_completed",
    recipient: str = "customer:1",
    template: str = "visit_completed",
    values: dict[str, str] | None = None,
    not_before_at: dt.datetime | None = None,
) -> bool:
    with database.writing() as session:
        message = enqueue_message(
            session,
            event=event,
            recipient=recipient,
            to_number="+8613800000001",
            language=Language.ZH,
            template=template,
            values=VALUES if values is None else values,
            now=NIGHT,
            expires_at=NIGHT + hours(12),
            not_before_at=not_before_at,
        )
        return message is not None


def stored(database: Database) -> list[Message]:
    with looking(database) as session:
        return session.query(Message).order_by(Message.id).all()


def test_a_message_is_stored_ready_to_be_sent(database: Database) -> None:
    enqueue(database)

    (message,) = stored(database)
    assert (message.state, message.attempts) == (MessageState.PENDING, 0)
    asked = "服务报告https://o.example/v/x 满意吗？请回复1到5分，5分最满意。"
    assert message.body == f"【一呼即到】报修单12345678已完成。{asked}问题未解决请拨+862150000000，我们马上处理。"
    assert (message.created_at, message.not_before_at, message.expires_at) == (NIGHT, NIGHT, NIGHT + hours(12))


@pytest.mark.parametrize("words", ["字" * 1600, "👩‍🔧🔧" * 500, "مرحبا " * 400, "a\x00b\x07\u202ec\ud83d" * 300])
def test_whatever_somebody_wrote_is_stored_as_a_text_that_can_be_sent(database: Database, words: str) -> None:
    enqueue(database, template="desk_answer", values={"text": words})

    (message,) = stored(database)
    assert message.body.startswith(f"【一呼即到】{words[0]}")
    assert len(message.body.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert not {"\x00", "\x07", "\u202e"} & {*message.body, *message.values["text"]}


def test_an_event_is_told_to_a_person_once(database: Database) -> None:
    told = [
        enqueue(database),
        enqueue(database),
        enqueue(database, values={**VALUES, "number": "87654321"}),
        enqueue(database, recipient="customer:2"),
        enqueue(database, event="visit:8:visit_completed"),
    ]

    assert told == [True, False, False, True, True]
    assert len(stored(database)) == 3


@pytest.mark.parametrize("rounds", [3, pytest.param(100, marks=pytest.mark.proof)])
def test_an_event_told_by_several_at_once_is_told_once_and_nobody_stumbles(database: Database, rounds: int) -> None:
    for number in range(rounds):
        told = run_together(*[lambda event=f"visit:{number}": enqueue(database, event=event)] * 3)

        assert sorted(told) == [False, False, True]


def test_what_fails_after_storing_a_message_takes_the_message_with_it(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            enqueue_message(
                session, event="e", recipient="customer:1", to_number="+8613800000001", language=Language.ZH,
                template="visit_completed", values=VALUES, now=NIGHT, expires_at=NIGHT + hours(1),
            )  # fmt: skip
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert stored(database) == []


def test_a_message_can_wait(database: Database) -> None:
    enqueue(database, not_before_at=NIGHT + minutes(30))

    assert stored(database)[0].not_before_at == NIGHT + minutes(30)


def test_a_message_with_a_hole_or_without_a_text_is_not_stored(database: Database) -> None:
    with pytest.raises(KeyError, match="hotline"):
        enqueue(database, values={"number": "12345678", "link": "x"})
    with pytest.raises(UnknownTemplate):
        enqueue(database, template="no_such_message")

    assert stored(database) == []
