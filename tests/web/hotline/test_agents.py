"""The page of those who take calls: presence, who waits, the caller's file, a talk handed over (H12)."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Agent, QueueEntry, ServiceRequest
from policies.languages import Language
from policies.person_queue import AgentState, QueueEnd, QueueState
from policies.roles import Role
from simulator.answering import AnsweredCall
from simulator.call import SimulatedCall
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

WANG = "+8613800000001"
MINE, HERS = "+8613700000001", "+8613700000002"


def press(client: FlaskClient, path: str, **form: str) -> str:
    """Press a button of the page, and return what the page shows then."""
    token = read_token(client, "/agent")
    return client.post(path, data={"csrf_token": token, **form}, follow_redirects=True).text


def take_calls(client: FlaskClient, phone: str, **more: str) -> str:
    return press(client, "/agent/state", state="available", phone=phone, **more)


def call_and_ask(town: Town, *keys: str) -> SimulatedCall:
    """Mr Wang chooses his projector, unless he presses other keys, and asks for a person."""
    call = town.phone(WANG).dial(town.hotline)
    for key in (*(keys or ("1", "1")), "0"):
        call.press(key)
    call.listen()
    town.tick()
    return call


def pick_up(town: Town, phone: str, *keys: str) -> AnsweredCall:
    call = town.phone(phone).pick_up()
    for key in keys:
        call.press(key)
    call.listen()
    town.wait(0.05)
    return call


def settle(town: Town, *calls: SimulatedCall) -> None:
    """Let orders be carried out, and everybody listen until there is nothing more to hear."""
    town.wait(0.05)
    for call in calls:
        call.listen()


def state(town: Town) -> QueueState:
    with town.services.database.reading() as session:
        return session.scalars(select(QueueEntry.state)).one()


@pytest.fixture
def clerk(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.CLERK)


@pytest.fixture
def colleague(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.MANAGER)


def test_who_takes_calls_says_at_which_telephone(town: Town, clerk: FlaskClient) -> None:
    assert "You take no calls yet" in clerk.get("/agent").text

    page = take_calls(clerk, "+86 137-0000-0001", takes_complaints="yes")

    assert "available" in page
    with town.services.database.reading() as session:
        agent = session.scalars(select(Agent)).one()
        assert (agent.phone, agent.takes_complaints, agent.state) == (MINE, True, AgentState.AVAILABLE)
    assert ">away<" in press(clerk, "/agent/state", state="away")


@pytest.mark.parametrize("phone", ["", "137", "client:anna", "00861370000", "+86 call me"])
def test_a_telephone_that_cannot_ring_is_refused_with_what_to_write(town: Town, clerk: FlaskClient, phone: str) -> None:
    page = take_calls(clerk, phone)

    assert "with its country code" in page
    with town.services.database.reading() as session:
        assert session.scalars(select(Agent)).all() == []


def test_the_page_shows_the_callers_file_while_the_telephone_rings(town: Town, clerk: FlaskClient) -> None:
    take_calls(clerk, MINE)
    call_and_ask(town, "1", "1", "1")

    page = clerk.get("/agent/live").text

    with town.services.database.reading() as session:
        number = session.scalars(select(ServiceRequest.number)).one()
    about = f"Lumen Two projector, no picture, request {number}"
    for words in ("Wang Xiaoming", WANG, about, "LX-2A345678", "waiting"):
        assert words in page


def test_who_takes_a_caller_in_the_page_needs_no_key(town: Town, clerk: FlaskClient) -> None:
    take_calls(clerk, MINE)
    caller = call_and_ask(town)
    with town.services.database.reading() as session:
        entry_id = session.scalars(select(QueueEntry.id)).one()

    press(clerk, f"/agent/take/{entry_id}")
    agent = pick_up(town, MINE)
    settle(town, caller)

    agent.does_not_hear("接手请按1")
    assert agent.talks_with == {WANG}
    assert "talking" in clerk.get("/agent").text


def test_whose_telephone_cannot_be_called_and_who_did_not_answer_read_so(town: Town, clerk: FlaskClient) -> None:
    satellite = "+881612345678"
    take_calls(clerk, satellite)
    call_and_ask(town)
    town.wait(0.05)
    assert town.phone(satellite).ringing is None
    assert "Your telephone could not be called at" in clerk.get("/agent/live").text

    town.wait(0.05)
    assert "could not be called" not in take_calls(clerk, MINE)
    town.wait(1.1)
    town.phone(MINE).ignore()
    town.wait(0.05)
    assert "nobody answered, so you take no calls now" in clerk.get("/agent/live").text


def test_a_caller_somebody_else_has_taken_is_gone(town: Town, clerk: FlaskClient, colleague: FlaskClient) -> None:
    take_calls(clerk, MINE)
    caller = call_and_ask(town)
    take_calls(colleague, HERS)
    pick_up(town, MINE, "1")
    settle(town, caller)

    assert "has been taken or has gone" in press(colleague, "/agent/take/1")
    assert "has been taken or has gone" in press(colleague, "/agent/take/99")


def test_a_talk_is_held_put_to_a_colleague_joined_and_handed_over(
    town: Town, clerk: FlaskClient, colleague: FlaskClient
) -> None:
    take_calls(clerk, MINE)
    caller = call_and_ask(town)
    mine = pick_up(town, MINE, "1")
    settle(town, caller)
    take_calls(colleague, HERS)

    press(clerk, "/agent/colleague/2")
    settle(town)
    assert state(town) is QueueState.ON_HOLD
    caller.hears("请稍候，马上回来")
    hers = pick_up(town, HERS, "1")
    assert mine.talks_with == {HERS}
    assert caller.talks_with == set()

    press(clerk, "/agent/talk/fetch")
    settle(town, caller)
    assert caller.talks_with == {MINE, HERS}

    press(clerk, "/agent/talk/hand_over")
    settle(town, caller, hers)
    assert mine.is_over
    assert caller.talks_with == {HERS}

    hers.hang_up()
    settle(town, caller)
    caller.hears("还有其他需要")
    with town.services.database.reading() as session:
        assert session.scalars(select(QueueEntry.end)).one() is QueueEnd.TALKED
    assert not town.exchange.findings.found


def test_a_colleague_who_goes_or_does_not_come_leaves_the_caller_with_the_first(
    town: Town, clerk: FlaskClient, colleague: FlaskClient
) -> None:
    take_calls(clerk, MINE)
    caller = call_and_ask(town)
    mine = pick_up(town, MINE, "1")
    settle(town, caller)
    take_calls(colleague, HERS)
    press(clerk, "/agent/colleague/2")
    settle(town)
    pick_up(town, HERS, "1").hang_up()
    settle(town, mine, caller)
    assert caller.talks_with == {MINE}

    town.wait(1)
    press(clerk, "/agent/colleague/2")
    settle(town)
    assert town.phone(HERS).ringing
    press(clerk, "/agent/talk/dismiss")
    settle(town, caller)

    assert town.phone(HERS).ringing is None
    assert caller.talks_with == {MINE}


def test_nobody_hands_over_what_they_do_not_have(clerk: FlaskClient) -> None:
    for action in ("hold", "fetch", "dismiss", "hand_over"):
        assert "You are not in a talk" in press(clerk, f"/agent/talk/{action}")
    assert "You are not in a talk" in press(clerk, "/agent/colleague/1")
    take_calls(clerk, MINE)
    assert "You are not in a talk" in press(clerk, "/agent/talk/hand_over")
    token = read_token(clerk, "/agent")
    assert clerk.post("/agent/talk/record", data={"csrf_token": token}).status_code == 404


def test_an_auditor_takes_no_calls(sign_in: SignIn) -> None:
    assert sign_in(Role.AUDITOR).get("/agent").status_code == 403


def test_the_live_part_costs_nothing_while_nothing_has_changed(town: Town, clerk: FlaskClient) -> None:
    take_calls(clerk, MINE)
    tag = clerk.get("/agent/live").headers["ETag"]

    assert clerk.get("/agent/live", headers={"If-None-Match": tag}).status_code == 304
    call_and_ask(town)
    assert clerk.get("/agent/live", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("language", list(Language))
def test_the_page_speaks_both_languages(sign_in: SignIn, language: Language) -> None:
    client = sign_in(Role.CLERK, language=language)
    page = client.get("/agent", headers={"Accept-Language": str(language)}).text

    assert re.search("Nobody waits" if language is Language.EN else "没有人在等候", page)
