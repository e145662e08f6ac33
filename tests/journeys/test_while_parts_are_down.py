"""Planner, database or Twilio's REST go down in mid-call: what the caller hears, and what is left (rule 11)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url, select

from models import Area, Call, CallBack, Escalation, Recording, ServiceRequest, SlotHold, Visit
from policies.call_states import CallOutcome
from policies.languages import Language
from policies.offers import HoldState
from policies.visit_states import PROMISED
from simulator.call import SimulatedCall
from simulator.rest_faults import RestFault
from tests.ivr.test_fallback import a_database_that_is_down
from tests.journeys.test_a_person import LI, bring_agent
from tests.town import Town

WANG, SCHOOL = "+8613800000001", "+862160000002"
TO_THE_OFFER, TO_THE_BOOKING = ("1", "1", "1", "2", "2"), "1"
IN_BOTH = pytest.mark.parametrize("language", list(Language))
HEARD = {
    Language.ZH: {
        "no_window": "现在排不出上门时间。报修单",
        "sorry": "很抱歉，系统暂时有问题",
        "offer": "我们可以在以下时间上门",
        "booked": "预约好了",
        "queue": "您是下一位",
        "kept": "您的位置为您保留",
        "turn": "轮到您了",
    },
    Language.EN: {
        "no_window": "I cannot find a time for the visit now. Request",
        "sorry": "something is wrong at our end",
        "offer": "We can come at these times",
        "booked": "is booked",
        "queue": "You are next",
        "kept": "You keep your place",
        "turn": "It is your turn",
    },
}


def speak(town: Town, language: Language) -> dict[str, str]:
    """Let Mr Wang prefer this language; return what he will hear in it."""
    call = town.phone(WANG).dial(town.hotline)
    if language is Language.EN:
        call.press("9")
    call.hang_up()
    return HEARD[language]


@contextmanager
def as_in_production(town: Town) -> Iterator[None]:
    town.app.testing = False
    yield
    town.app.testing = True


@IN_BOTH
def test_with_the_planner_down_a_caller_keeps_the_request_and_is_called_back(town: Town, language: Language) -> None:
    words = speak(town, language)
    with town.services.database.writing() as session:
        session.scalars(select(Area)).one().time_zone = "Nowhere/At_All"

    with as_in_production(town):
        call = town.phone(WANG).dial(town.hotline)
        for key in TO_THE_OFFER:
            call.press(key)
        call.hears(words["no_window"])
        call.hang_up()

    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert request.contact_phone == WANG
        assert session.scalars(select(Escalation.request_id)).all() == [request.id]
        assert session.scalars(select(CallBack.request_id)).all() == [request.id]
        assert session.scalars(select(Visit.state).where(Visit.state.in_(PROMISED))).all() == []


@IN_BOTH
def test_with_the_planner_down_at_the_choice_a_caller_keeps_the_request_and_is_called_back(
    town: Town, language: Language
) -> None:
    words = speak(town, language)

    with as_in_production(town):
        call = town.phone(WANG).dial(town.hotline)
        for key in TO_THE_OFFER:
            call.press(key)
        call.hears(words["offer"])
        with town.services.database.writing() as session:
            session.scalars(select(Area)).one().time_zone = "Nowhere/At_All"
        call.press(TO_THE_BOOKING)
        call.hears(words["no_window"])
        call.hang_up()

    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert session.scalars(select(Escalation.request_id)).all() == [request.id]
        assert session.scalars(select(CallBack.request_id)).all() == [request.id]
        assert session.scalars(select(Visit.state).where(Visit.state.in_(PROMISED))).all() == []
        # What was held for the caller is free for others.
        assert session.scalars(select(SlotHold.state).where(SlotHold.state == HoldState.HELD)).all() == []


@IN_BOTH
def test_with_the_database_down_in_mid_call_a_message_is_kept_and_comes_in(town: Town, language: Language) -> None:
    words = speak(town, language)
    call = town.phone(WANG).dial(town.hotline)
    for key in TO_THE_OFFER:
        call.press(key)
    call.hears(words["offer"])

    with a_database_that_is_down(town):
        call.press(TO_THE_BOOKING)
        call.hears(words["sorry"])
        call.say_after_tone("请在上午来", seconds=6)
        call.listen()
    town.wait(30)

    with town.services.database.reading() as session:
        assert session.scalars(select(Recording.duration_seconds)).all() == [6]
        assert session.scalars(select(Visit.id).where(Visit.state.in_(PROMISED))).all() == []
        assert session.scalars(select(ServiceRequest.contact_phone).distinct()).all() == [WANG]


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
@IN_BOTH
def test_a_database_that_restarts_between_any_two_keys_is_a_short_pause(
    town: Town, language: Language, database_url: str
) -> None:
    words = speak(town, language)
    call = town.phone(WANG).dial(town.hotline)
    for key in TO_THE_OFFER:
        with a_restart_of(database_url):
            call.press(key)
    call.hears(words["offer"])
    with a_restart_of(database_url):
        call.press(TO_THE_BOOKING)
        call.hears(words["booked"])
    with a_restart_of(database_url):
        call.hang_up()

    with town.services.database.reading() as session:
        assert len(session.scalars(select(Visit.id).where(Visit.state.in_(PROMISED))).all()) == 1
        assert session.scalars(select(Call.outcome).order_by(Call.id.desc())).first() is CallOutcome.BOOKED


@contextmanager
def a_restart_of(database_url: str) -> Iterator[None]:
    """Do to the house what a restart of its database does: all connections end, new ones are refused for a while."""
    url = make_url(database_url)
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [url.database])
        back = threading.Timer(0.3, admin.execute, [f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'])
        back.start()
        yield
        back.join()


@IN_BOTH
def test_with_rest_down_a_booking_is_spoken_at_once_and_its_text_comes_later(town: Town, language: Language) -> None:
    words = speak(town, language)
    town.exchange.rest_faults[:] = [RestFault.UNAVAILABLE] * 50
    call = town.phone(WANG).dial(town.hotline)
    for key in (*TO_THE_OFFER, TO_THE_BOOKING):
        call.press(key)
    call.hears(words["booked"])
    call.hang_up()
    town.tick()
    assert town.phone(WANG).inbox == []

    town.exchange.rest_faults.clear()
    town.wait(10)

    assert len(town.phone(WANG).inbox) == 1


def wait_with_rest_down(town: Town, language: Language) -> SimulatedCall:
    """An agent is there and Mr Wang wants a person, but Twilio takes no orders."""
    bring_agent(town, LI, "李娜", language=language)
    town.exchange.rest_faults[:] = [RestFault.UNAVAILABLE] * 50
    call = town.phone(WANG).dial(town.hotline)
    call.press("0")
    return call


@IN_BOTH
def test_with_rest_down_a_caller_waits_with_a_place_and_the_agent_rings_when_it_is_back(
    town: Town, language: Language
) -> None:
    words = speak(town, language)
    call = wait_with_rest_down(town, language)
    call.hears(words["queue"])
    town.tick()
    assert town.phone(LI).ringing is None

    town.exchange.rest_faults.clear()
    call.wait(15)
    town.tick()
    town.wait(0.5)

    assert town.phone(LI).ringing is not None
    call.hang_up()


@IN_BOTH
def test_with_rest_down_a_kept_place_stays_and_the_promised_call_is_made_when_it_is_back(
    town: Town, language: Language
) -> None:
    words = speak(town, language)
    call = wait_with_rest_down(town, language)
    call.hears(words["queue"])
    call.press("1")
    call.hears(words["kept"])
    call.hang_up()
    town.wait(2)
    assert town.phone(LI).ringing is None

    town.exchange.rest_faults.clear()
    town.wait(2)
    agent = town.phone(LI).pick_up()
    town.exchange.rest_faults[:] = [RestFault.UNAVAILABLE] * 2
    agent.press("1")
    agent.listen()
    for _ in range(4):
        town.wait(0.2)
    customer = town.phone(WANG).pick_up()
    customer.hears(words["turn"])
    customer.press("1")
    customer.listen()

    assert customer.talks_with == {LI}
    with town.services.database.reading() as session:
        assert session.scalars(select(CallBack.made_by)).all() == ["李娜"]
