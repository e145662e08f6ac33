"""Somebody wants to speak with a person, and does (H12)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import Agent, AgentRing, Call, CallEvent, QueueEntry
from operations.agents import sign_on
from operations.users import add_user
from policies.call_states import CallDirection, CallOutcome
from policies.languages import Language
from policies.person_queue import AgentState, QueueEnd, RingResult
from policies.roles import Role
from simulator.answering import AnsweredCall
from simulator.call import SimulatedCall
from tests.town import Town

WANG, CHEN = "+8613800000001", "+8613800000003"
LI, ANNA = "+8613700000001", "+8613700000002"
PASSWORD = "correct horse battery"


def bring_agent(
    town: Town, phone: str, name: str, *, language: Language = Language.ZH, complaints: bool = False
) -> int:
    """Somebody of the office sits down and takes calls at this telephone."""
    with town.services.database.writing() as session:
        user = add_user(
            session, name=name, display_name=name, password=PASSWORD, role=Role.CLERK, language=language
        )  # fmt: skip
        agent = sign_on(session, user_id=user.id, phone=phone, takes_complaints=complaints, now=town.clock.now())
        return agent.id


@pytest.fixture
def staffed(town: Town) -> Town:
    """The town, with one agent at a desk."""
    bring_agent(town, LI, "李娜")
    return town


def ask(town: Town, number: str = WANG, *keys: str) -> SimulatedCall:
    """Call the hotline, press some keys, then 0, and listen to what is said while waiting."""
    call = town.phone(number).dial(town.hotline)
    for key in (*keys, "0"):
        call.press(key)
    call.listen()
    town.tick()
    return call


def take(town: Town, phone: str, caller: SimulatedCall) -> AnsweredCall:
    """The agent picks up and accepts; the caller is brought into the room."""
    call = town.phone(phone).pick_up()
    call.press("1")
    call.listen()
    town.tick()
    caller.listen()
    return call


def state_of(town: Town, phone: str) -> AgentState:
    with town.services.database.reading() as session:
        return session.scalars(select(Agent.state).where(Agent.phone == phone)).one()


def the_entry(town: Town) -> QueueEntry:
    with town.services.database.reading() as session:
        entry = session.scalars(select(QueueEntry).order_by(QueueEntry.id.desc())).first()
        assert entry is not None
        session.expunge(entry)
    return entry


def test_a_caller_who_presses_zero_is_announced_to_an_agent_and_they_talk(staffed: Town) -> None:
    caller = ask(staffed, WANG, "1", "1")
    caller.hears("您是下一位")

    agent = staffed.phone(LI).pick_up()
    agent.hears("王小明")
    agent.hears("光影二号投影机")
    agent.press("1")
    agent.hears("已接通客户")
    agent.listen()
    staffed.tick()
    caller.hears("已为您接通")
    caller.listen()

    assert agent.talks_with == {WANG}
    assert state_of(staffed, LI) is AgentState.BUSY


def test_when_the_agent_hangs_up_the_caller_is_asked_what_else_and_both_ends_are_on_record(staffed: Town) -> None:
    caller = ask(staffed)
    agent = take(staffed, LI, caller)

    agent.wait(95)
    agent.hang_up()
    staffed.tick()

    caller.hears("还有其他需要")
    caller.hang_up()
    staffed.tick()
    assert state_of(staffed, LI) is AgentState.WRAP_UP
    with staffed.services.database.reading() as session:
        outcomes = {call.direction: call.outcome for call in session.scalars(select(Call))}
        steps = [event.kind for event in session.scalars(select(CallEvent).order_by(CallEvent.id))]
    assert outcomes == {CallDirection.INBOUND: CallOutcome.TALKED, CallDirection.OUTGOING: CallOutcome.ANSWERED}
    assert {"person_asked", "agent_rung", "person_answered", "talk_ended"} <= set(steps)
    assert the_entry(staffed).end is QueueEnd.TALKED
    staffed.wait(1)
    assert state_of(staffed, LI) is AgentState.AVAILABLE
    assert not staffed.exchange.findings.found


def test_when_the_caller_hangs_up_the_agent_is_told_and_free_again(staffed: Town) -> None:
    caller = ask(staffed)
    agent = take(staffed, LI, caller)

    caller.hang_up()
    staffed.tick()
    staffed.tick()

    agent.hears("通话已结束")
    assert agent.ends().by == "hotline"
    assert the_entry(staffed).end is QueueEnd.TALKED
    assert state_of(staffed, LI) is AgentState.WRAP_UP


def test_a_caller_whom_nobody_can_take_leaves_a_message_at_once(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)

    call.press("0")

    call.hears("请在提示音后留言")


def test_who_hangs_up_while_waiting_frees_the_place_and_the_ringing_telephone(staffed: Town) -> None:
    caller = ask(staffed)
    assert staffed.phone(LI).ringing

    caller.hang_up()
    staffed.tick()

    assert the_entry(staffed).end is QueueEnd.HUNG_UP
    assert staffed.phone(LI).ringing is None
    assert state_of(staffed, LI) is AgentState.AVAILABLE


def test_a_declined_and_a_silent_telephone_pass_the_caller_on(staffed: Town) -> None:
    bring_agent(staffed, ANNA, "anna", language=Language.EN)
    caller = ask(staffed)

    staffed.phone(LI).ignore()
    staffed.wait(0.1)

    assert state_of(staffed, LI) is AgentState.AWAY
    agent = staffed.phone(ANNA).pick_up()
    agent.hears("Wang Xiaoming")
    agent.press("1")
    agent.listen()
    staffed.tick()
    caller.listen()
    assert caller.talks_with == {ANNA}
    with staffed.services.database.reading() as session:
        results = [ring.result for ring in session.scalars(select(AgentRing).order_by(AgentRing.id))]
    assert results == [RingResult.SILENT, RingResult.ACCEPTED]
