"""Whatever callers and agents do, in whatever order: one agent has the caller, and nobody is left over (H12)."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import func, select

from models import Agent, AgentRing, Call, Message, QueueEntry, StatusEvent
from operations.hotline.agent_rings import take_ring_answer
from operations.hotline.outgoing_calls import find_outgoing_message
from policies.person_queue import AgentState, QueueState, RingResult
from simulator.call import SimulatedCall
from simulator.rest_faults import RestFault
from tests.databases import SqliteFolder
from tests.factories.threads import run_together
from tests.journeys.test_a_person import ANNA, CHEN, LI, WANG, ask, bring_agent, state_of
from tests.journeys.test_any_call_ends_well import a_fresh_town
from tests.town import Town

AGENTS, CALLERS = (LI, ANNA), (WANG, CHEN)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(CALLERS), st.sampled_from(["ask", "complain", "1", "2", "*", "hang up"])),
        st.tuples(st.sampled_from(AGENTS), st.sampled_from(["accept", "decline", "ignore", "hang up"])),
        st.tuples(st.just("clock"), st.sampled_from(["tick", "a moment", "a while", "REST down"])),
    ),
    max_size=25,
)


TALK_JOBS = ("send_messages", "serve_queue", "carry_out_line_orders")
"""What the clock does for a talk. The other two dozen jobs have nothing to do here, and did it at every step."""


class Stage:
    """Two callers and two agents, each with a telephone in hand."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.calls: dict[str, SimulatedCall] = {}
        for phone in AGENTS:
            bring_agent(town, phone, phone)

    def act(self, who: str, what: str) -> None:
        if who == "clock":
            self._let_time_pass(what)
        elif who in AGENTS:
            self._act_as_agent(who, what)
        else:
            self._act_as_caller(who, what)

    def end(self) -> None:
        """Everybody hangs up, and time passes until everything is settled."""
        self.town.exchange.rest_faults.clear()
        for number, call in self.calls.items():
            if not call.is_over:
                call.hang_up()
            self._refuse(number)
        for _ in range(12):
            self._wait(0.5)
            for number in (*AGENTS, *CALLERS):
                self._refuse(number)
        self.town.tick()

    def check(self) -> None:
        """At no time do two agents have one caller who did not ask for it."""
        with self.town.services.database.reading() as session:
            doubled = session.execute(
                select(AgentRing.entry_id)
                .where(AgentRing.result == RingResult.ACCEPTED, AgentRing.left_at.is_(None))
                .group_by(AgentRing.entry_id)
                .having(func.count() > 1)
            ).all()
            assert doubled == []

    def _refuse(self, number: str) -> None:
        if self.town.phone(number).ringing:
            self.town.phone(number).ignore()

    def _let_time_pass(self, what: str) -> None:
        if what == "REST down":
            self.town.exchange.rest_faults[:] = [RestFault.UNAVAILABLE] * 3
            return
        self._wait({"tick": 0.02, "a moment": 0.2, "a while": 1.5}[what])

    def _wait(self, minutes: float) -> None:
        self.town.clock.set(self.town.clock.now() + dt.timedelta(minutes=minutes))
        self.town.tick(*TALK_JOBS)

    def _act_as_agent(self, phone: str, what: str) -> None:
        telephone, live = self.town.phone(phone), self.calls.get(phone)
        if what == "hang up":
            if live is not None and not live.is_over:
                live.hang_up()
        elif telephone.ringing:
            if what == "ignore":
                telephone.ignore()
                return
            call = self.calls[phone] = telephone.pick_up()
            call.press("1" if what == "accept" else "2", interrupting=_is_listening(call))
            _hear_a_little(call)

    def _act_as_caller(self, number: str, what: str) -> None:
        live = self.calls.get(number)
        if live is None or live.is_over:
            live = self.calls[number] = self.town.phone(number).dial(self.town.hotline)
            live.listen()
        if what == "hang up":
            live.hang_up()
        else:
            for key in {"ask": "0", "complain": "42"}.get(what, what):
                if live.is_waiting_for_me and _is_listening(live):
                    live.press(key)
        _hear_a_little(live)


def _is_listening(call: SimulatedCall) -> bool:
    return call.moment is not None and bool(call.moment.accepts)


def _hear_a_little(call: SimulatedCall) -> None:
    """Listen for a while, not to the end: music has none."""
    for _ in range(4):
        if not call.is_over and not call.is_waiting_for_me:
            call.hear_on()


def live_through(town: Town, acts: list[tuple[str, str]]) -> None:
    stage = Stage(town)
    for who, what in acts:
        stage.act(who, what)
        stage.check()
    stage.end()
    with town.services.database.reading() as session:
        assert all(call.outcome is not None for call in session.scalars(select(Call)))
        open_entries = session.scalars(select(QueueEntry).where(QueueEntry.state != QueueState.OVER)).all()
        # Only who keeps a place for a call back may still be waiting.
        assert all(entry.live_call_sid is None and entry.call_back_id for entry in open_entries)
        assert not session.scalars(select(Agent).where(Agent.state == AgentState.BUSY)).all()
        on_line = (AgentRing.result == RingResult.ACCEPTED) & AgentRing.left_at.is_(None)
        assert not session.scalars(select(AgentRing).where(on_line)).all()


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
def test_any_order_of_keys_and_hang_ups_leaves_nobody_over(
    sqlite_folder: SqliteFolder, acts: list[tuple[str, str]]
) -> None:
    with a_fresh_town(sqlite_folder) as town:
        live_through(town, acts)


@pytest.mark.proof
@pytest.mark.timeout(600)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
def test_a_hundred_more_orders_leave_nobody_over(sqlite_folder: SqliteFolder, acts: list[tuple[str, str]]) -> None:
    with a_fresh_town(sqlite_folder) as town:
        live_through(town, acts)


def test_of_two_agents_who_accept_at_the_same_instant_one_has_the_caller(town: Town) -> None:
    for phone in AGENTS:
        bring_agent(town, phone, phone, complaints=True)
    caller = town.phone(WANG).dial(town.hotline)
    caller.press("4")
    caller.press("2")
    town.tick()
    with town.services.database.reading() as session:
        message_ids = session.scalars(select(AgentRing.message_id)).all()
    assert len(message_ids) == 2

    def accept(message_id: int | None) -> RingResult:
        with town.services.database.writing() as session:
            message = find_outgoing_message(session, message_id=message_id)
            return take_ring_answer(session, message=message, is_accepted=True, now=town.clock.now())

    results = run_together(*(partial(accept, message_id) for message_id in message_ids))

    assert sorted(results) in (
        [RingResult.ACCEPTED, RingResult.CALLED_OFF],
        [RingResult.ACCEPTED, RingResult.TOO_LATE],
    )
    assert sorted([state_of(town, phone) for phone in AGENTS]) == [AgentState.AVAILABLE, AgentState.BUSY]


def test_while_rest_is_down_the_caller_still_finds_the_agent_at_the_next_round(town: Town) -> None:
    bring_agent(town, LI, "李娜")
    caller = ask(town)
    agent = town.phone(LI).pick_up()
    town.exchange.rest_faults.extend([RestFault.UNAVAILABLE] * 20)

    agent.press("1")
    agent.hear_on()
    town.tick()
    asked_at = caller.seconds
    caller.stay_silent()
    caller.hears("已为您接通")
    caller.listen()

    assert agent.talks_with == {WANG}
    assert caller.seconds - asked_at < 30
    town.exchange.rest_faults.clear()


@pytest.mark.parametrize("lost", ["call-status", "call-progress"])
def test_a_lost_webhook_about_an_end_leaves_nobody_talking_to_nobody(town: Town, lost: str) -> None:
    bring_agent(town, LI, "李娜")
    caller = ask(town)
    agent = town.phone(LI).pick_up()
    agent.press("1")
    agent.listen()
    town.tick()
    caller.listen()

    town.exchange.callbacks.hold()
    (caller if lost == "call-status" else agent).hang_up()
    town.exchange.callbacks.release([])
    town.wait(0.05)

    assert state_of(town, LI) is AgentState.WRAP_UP
    other = agent if lost == "call-status" else caller
    other.hears("通话已结束" if lost == "call-status" else "还有其他需要")


def test_every_webhook_of_a_talk_sent_twice_changes_nothing(town: Town) -> None:
    bring_agent(town, LI, "李娜")
    caller = ask(town)
    agent = town.phone(LI).pick_up()
    agent.press("1")
    agent.listen()
    town.tick()
    caller.listen()

    before = _rows(town)
    for sent in [one for one in town.exchange.webhooks.archive if "/ivr/" in one.webhook.url]:
        town.exchange.webhooks.send_again(sent)

    assert _rows(town) == before
    assert agent.talks_with == {WANG}


def _rows(town: Town) -> list[int]:
    tables = (AgentRing, QueueEntry, Call, Message, StatusEvent)
    with town.services.database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
