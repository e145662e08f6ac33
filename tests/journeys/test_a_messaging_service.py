"""Texts through a messaging service: it chooses the number, and Advanced Opt-Out answers stop words itself (H15)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models import ContactChoice, InboundMessage, Message
from policies.message_states import MessageState
from simulator.call import SimulatedCall
from simulator.exchange import Hotline
from simulator.messages import MessagingService
from tests.databases import SqliteFolder
from tests.town import ADDRESS, Town, build_town

WANG, CHEN, LI_QIANG = "+8613800000001", "+8613800000003", "+8613900000001"
POOL = "+8610600000001"
"""The number the service sends from; the hotline's is another."""
SERVICE = "MG" + "7" * 32


@pytest.fixture
def serviced(sqlite_folder: SqliteFolder, tmp_path: Path) -> Iterator[Town]:
    """The town, with texts through a messaging service that knows Chinese words too."""
    with sqlite_folder.fresh() as url:
        town = build_town(url, tmp_path, messaging_service_sid=SERVICE)
        town.exchange.add_hotline(Hotline.at(ADDRESS, POOL))
        words = {"TD": "STOP", "退订": "STOP", "勿扰": "STOP", "HF": "START", "帮助": "HELP"}
        town.exchange.messaging_services[SERVICE] = MessagingService(SERVICE, POOL, words)
        yield town
        town.services.database.close()
        assert not town.exchange.findings.found


def book(town: Town, caller: str) -> SimulatedCall:
    """A customer reports a fault and takes the first window."""
    call = town.phone(caller).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "1"):
        call.press(key)
    call.hears("预约好了")
    call.hang_up()
    town.tick()
    return call


def find_choice(town: Town, number: str) -> tuple[bool, str] | None:
    """Return whether this number has stopped our texts, and by whom that was noted."""
    with town.services.database.reading() as session:
        choice = session.scalars(select(ContactChoice).where(ContactChoice.address == number)).one_or_none()
        return None if choice is None else (choice.stopped_at is not None, choice.changed_by)


def list_sent(town: Town, number: str) -> list[tuple[str, MessageState]]:
    with town.services.database.reading() as session:
        rows = session.execute(
            select(Message.template, Message.state).where(Message.to_number == number).order_by(Message.id)
        )
        return [(template, state) for template, state in rows]


def test_a_text_leaves_by_the_number_the_service_chose_and_its_receipts_and_answers_find_their_way(
    serviced: Town,
) -> None:
    book(serviced, WANG)

    text = serviced.phone(WANG).receives("报修单")
    assert (text.from_number, text.messaging_service_sid) == (POOL, SERVICE)
    assert list_sent(serviced, WANG) == [("booking_confirmed", MessageState.DELIVERED)]

    serviced.phone(WANG).text("师傅到了请走东门", to=POOL)
    with serviced.services.database.reading() as session:
        answer = session.scalars(select(InboundMessage)).one()
        assert (answer.from_number, answer.body) == (WANG, "师傅到了请走东门")
        assert answer.request_id is not None, "it joins its request's thread"


@pytest.mark.parametrize("word", ["STOP", "退订", "勿扰"])
def test_a_stop_word_that_the_service_has_answered_is_kept_and_not_answered_again(serviced: Town, word: str) -> None:
    book(serviced, WANG)
    phone = serviced.phone(WANG)
    before = len(phone.inbox)

    phone.text(word, to=POOL)
    serviced.wait(1)

    assert find_choice(serviced, WANG) == (True, "sms")
    assert [sms.body[:26] for sms in phone.inbox[before:]] == ["You have successfully been"], "once, by the carrier"
    assert list_sent(serviced, WANG) == [("booking_confirmed", MessageState.DELIVERED)]

    phone.text("HF", to=POOL)
    serviced.wait(1)
    assert find_choice(serviced, WANG) == (False, "sms")
    assert len(phone.inbox) == before + 2


def test_help_that_the_service_has_answered_changes_nothing(serviced: Town) -> None:
    phone = serviced.phone(CHEN)

    phone.text("帮助", to=POOL)
    serviced.wait(1)

    assert [sms.body for sms in phone.inbox] == ["Reply STOP to unsubscribe."]
    assert find_choice(serviced, CHEN) is None
    assert list_sent(serviced, CHEN) == []


def test_who_stopped_at_the_carrier_without_our_knowing_is_not_tried_again(serviced: Town) -> None:
    """A stop whose webhook was lost, or from the time before us: the first refusal (21610) tells."""
    serviced.exchange.messages.opted_out.add((POOL, WANG))

    book(serviced, WANG)

    assert list_sent(serviced, WANG)[0] == ("booking_confirmed", MessageState.FAILED)
    assert find_choice(serviced, WANG) == (True, "carrier")
    assert serviced.phone(WANG).inbox == []


def test_a_technicians_yes_and_help_are_his_reports_whatever_the_service_took_them_for(serviced: Town) -> None:
    serviced.exchange.messaging_services[SERVICE].own_words["HELP"] = "HELP"

    serviced.phone(LI_QIANG).text("HELP", to=POOL)
    serviced.wait(1)

    assert find_choice(serviced, LI_QIANG) is None
    with serviced.services.database.reading() as session:
        assert session.scalars(select(InboundMessage.understood_as)).one() != "help"
