"""Everybody whom the hotline rings or writes to sees its number, and nobody else's (D11, S1).

Every journey ends with this look (`town` in tests/conftest.py); here is that it looks at everything there is.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import Agent, FaultCategory, Message, Visit
from operations.hotline.agent_desk import call_colleague
from policies.duty import DutyRole
from policies.message_channels import MessageChannel
from policies.priorities import Severity
from policies.visit_states import VisitState
from tests.databases import ON_SQLITE_ALONE
from tests.journeys.test_a_major_fault import FIRST, report
from tests.journeys.test_a_person import ANNA, CHEN, LI, ask, bring_agent, put_on_duty, take
from tests.shown_numbers import list_shown_numbers
from tests.town import HOTLINE, Town
from tests.web.offices import call_and_book


def talk_to_two_agents_while_another_keeps_a_place(town: Town) -> None:
    bring_agent(town, LI, "李娜")
    bring_agent(town, ANNA, "Anna")
    first = ask(town)
    agent = take(town, LI, first)
    with town.services.database.writing() as session:
        agents = {one.phone: one for one in session.scalars(select(Agent))}
        call_colleague(session, user_id=agents[LI].user_id, agent_id=agents[ANNA].id, now=town.clock.now())
    town.tick()
    colleague = town.phone(ANNA).pick_up()
    colleague.press("1")
    colleague.listen()
    second = ask(town, CHEN)
    second.press("1")
    second.hang_up()
    for leg in (agent, colleague, first):
        leg.hang_up()
    town.wait(1)
    town.tick()
    free = next(phone for phone in (LI, ANNA) if town.phone(phone).ringing)
    back = town.phone(free).pick_up()
    back.press("1")
    back.listen()
    town.wait(0.05)
    town.phone(CHEN).pick_up().hang_up()
    back.hang_up()


def report_a_major_fault(town: Town) -> None:
    put_on_duty(town, FIRST, DutyRole.TECHNICIAN)
    with town.services.database.writing() as session:
        session.scalars(select(FaultCategory).where(FaultCategory.code == "smoke")).one().severity = Severity.MAJOR
    report(town)
    town.phone(FIRST).pick_up().hang_up()


def let_the_technician_ring_the_customer(town: Town) -> None:
    call_and_book(town)
    town.tick()
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit).where(Visit.state == VisitState.BOOKED)).one()
        visit.state = VisitState.ACKNOWLEDGED
        assert visit.technician is not None
        technician = visit.technician.phone
        assert visit.window_from_at is not None
        town.clock.set(visit.window_from_at)
    call = town.phone(technician).dial(town.hotline)
    call.press("1")
    call.wait(60)
    call.hang_up()


@pytest.mark.proof
@ON_SQLITE_ALONE
def test_whoever_is_rung_or_written_to_sees_the_hotlines_number_alone(town: Town) -> None:
    talk_to_two_agents_while_another_keeps_a_place(town)
    report_a_major_fault(town)
    let_the_technician_ring_the_customer(town)

    assert list_shown_numbers(town.exchange) == {"dial": {HOTLINE}, "call": {HOTLINE}, "text": {HOTLINE}}
    with town.services.database.reading() as session:
        ringing = select(Message.template).where(Message.channel == MessageChannel.VOICE)
        rung = set(session.scalars(ringing))
    assert rung >= {"agent_call", "colleague_call", "person_call_back", "duty_alert"}
