"""Somebody wants to speak with a person, and does (H12)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import Agent, AgentRing, Call, CallBack, CallEvent, Commitment, Complaint, DutyTurn, QueueEntry
from operations.people.agents import sign_on
from operations.people.users import add_user
from policies.call_backs import CallBackReason
from policies.call_states import CallDirection, CallOutcome
from policies.commitments import CommitmentKind, CommitmentState
from policies.complaints import ComplaintState
from policies.duty import DutyRole
from policies.languages import Language
from policies.person_queue import AgentState, QueueEnd, RingResult
from policies.roles import Role
from simulator.answering import AnsweredCall
from simulator.call import SimulatedCall
from tests.town import EVENING, Town

WANG, CHEN = "+8613800000001", "+8613800000003"
LI, ANNA = "+8613700000001", "+8613700000002"
MANAGER = "+8613900000013"
MONDAY_MORNING = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
"""10:00 in Shanghai."""
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
    agent.hears("光影二号投影机，已等候30秒")
    agent.press("1")
    agent.hears("已接通客户")
    agent.listen()
    staffed.tick()
    caller.hears("已为您接通")
    caller.listen()

    assert agent.talks_with == {WANG}
    assert state_of(staffed, LI) is AgentState.BUSY


def test_of_a_caller_who_has_hardly_waited_the_agent_is_not_told_how_long(staffed: Town) -> None:
    caller = staffed.phone(WANG).dial(staffed.hotline)
    for key in ("1", "1", "0"):
        caller.press(key)
    staffed.tick()

    staffed.phone(LI).pick_up().hears("王小明，光影二号投影机。")
    caller.hang_up()


@pytest.mark.parametrize(
    ("language", "matter"),
    [(Language.ZH, "光影二号投影机、没有图像、报修单"), (Language.EN, "Lumen Two projector, no picture, request")],
)
def test_an_agent_hears_the_machine_the_fault_and_the_number_the_menu_has_gathered(
    town: Town, language: Language, matter: str
) -> None:
    bring_agent(town, LI, "Li", language=language)
    caller = ask(town, WANG, "1", "1", "1")

    town.phone(LI).pick_up().hears(matter)
    caller.hang_up()


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
    agent.hears("waiting for")
    agent.press("1")
    agent.listen()
    staffed.tick()
    caller.listen()
    assert caller.talks_with == {ANNA}
    with staffed.services.database.reading() as session:
        results = [ring.result for ring in session.scalars(select(AgentRing).order_by(AgentRing.id))]
    assert results == [RingResult.SILENT, RingResult.ACCEPTED]


def test_who_asks_to_be_called_back_keeps_the_place_and_is_called_when_it_is_reached(staffed: Town) -> None:
    first = ask(staffed)
    agent = take(staffed, LI, first)
    second = ask(staffed, CHEN)
    second.hears("您是下一位")

    second.press("1")
    second.hears("您的位置为您保留")
    second.hang_up()
    third = ask(staffed, "+8613800000099")
    third.hears("您前面还有1位客户")
    fourth = ask(staffed, "+8613800000098", "9")
    fourth.hears("There are 2 callers before you")
    third.hang_up()
    staffed.wait(0.1)
    fourth.hear_on()
    fourth.hears("There is one caller before you")
    fourth.hang_up()
    agent.hang_up()
    first.hang_up()
    staffed.wait(1)
    staffed.tick()

    agent = staffed.phone(LI).pick_up()
    agent.hears("陈医生")
    agent.press("1")
    agent.listen()
    staffed.wait(0.05)
    back = staffed.phone(CHEN).pick_up()
    back.hears("轮到您了")
    back.press("1")
    back.listen()
    assert back.talks_with == {LI}
    agent.hang_up()
    staffed.wait(0.05)
    back.hears("感谢您的来电")
    with staffed.services.database.reading() as session:
        call_back = session.scalars(select(CallBack)).one()
        assert (call_back.made_by, call_back.reason) == ("李娜", CallBackReason.PERSON)
    assert not staffed.exchange.findings.found


def test_who_kept_a_place_and_does_not_answer_stays_on_the_desk(staffed: Town) -> None:
    caller = ask(staffed)
    declined = staffed.phone(LI).pick_up()
    declined.press("2")
    declined.hears("我们呼叫下一位同事")
    caller.press("1")
    caller.hang_up()
    staffed.wait(2)
    agent = staffed.phone(LI).pick_up()
    agent.press("1")
    agent.listen()
    staffed.wait(0.05)

    staffed.phone(WANG).ignore()
    staffed.wait(0.05)

    agent.hears("通话已结束")
    with staffed.services.database.reading() as session:
        assert session.scalars(select(CallBack)).one().made_at is None
        assert session.scalars(select(QueueEntry)).one().end is QueueEnd.NOT_REACHED


def test_who_rather_leaves_a_message_leaves_the_queue_for_it(staffed: Town) -> None:
    caller = ask(staffed)

    caller.press("2")
    caller.hears("请在提示音后留言")
    caller.does_not_hear("没有人能直接接听")

    staffed.tick()
    assert staffed.phone(LI).ringing is None
    with staffed.services.database.reading() as session:
        assert session.scalars(select(QueueEntry)).one().end is QueueEnd.LEFT_A_MESSAGE


@pytest.mark.parametrize("at", [MONDAY_MORNING, EVENING])
@pytest.mark.parametrize(
    ("keys", "says", "never_says"),
    [
        ((), ("客户太多，现在排不进去了", "请在提示音后留言", "30分钟内回电"), ("人工座席现在休息", "没有人能")),
        (
            ("9",),
            ("that there is no room for more", "Please leave a message", "within 30 minutes"),
            ("Our desk is closed", "Nobody can take"),
        ),
    ],
)
def test_whom_a_full_queue_does_not_take_hears_so_by_day_and_by_night_and_is_called_back(
    staffed: Town, at: dt.datetime, keys: tuple[str, ...], says: tuple[str, ...], never_says: tuple[str, ...]
) -> None:
    staffed.clock.set(at)
    ask(staffed)
    for queue in staffed.exchange.queues.values():
        queue.max_size = 1

    late = ask(staffed, CHEN, *keys)

    for sentence in says:
        late.hears(sentence)
    for sentence in never_says:
        late.does_not_hear(sentence)
    late.say_after_tone("请给我回电")
    late.hang_up()
    with staffed.services.database.reading() as session:
        ends = session.scalars(select(QueueEntry.end).order_by(QueueEntry.id)).all()
        assert ends == [None, QueueEnd.QUEUE_FULL]


def test_who_has_waited_at_night_for_whom_nobody_came_is_not_told_that_the_desk_is_closed(staffed: Town) -> None:
    staffed.clock.set(EVENING)
    caller = ask(staffed)
    staffed.phone(LI).ignore()

    staffed.wait(11 * 60)
    caller.listen()

    caller.hears("现在还是没有同事能接听")
    caller.hears("30分钟内回电")
    caller.does_not_hear("人工座席现在休息")


def test_star_goes_back_to_the_menu(staffed: Town) -> None:
    caller = ask(staffed)

    caller.press("*")

    caller.hears("报修请按1")


def test_an_english_caller_waits_and_talks_in_english(staffed: Town) -> None:
    call = staffed.phone("+447700900123").dial(staffed.hotline)
    call.press("9")
    call.press("0")
    call.hears("You are next")
    call.hears("To be called back instead of waiting, press 1")
    staffed.tick()

    agent = staffed.phone(LI).pick_up()
    agent.hears("一位没有档案的客户")
    agent.press("1")
    agent.listen()
    staffed.tick()

    call.hears("You are connected")


def test_a_complaint_rings_two_telephones_at_once_and_is_answered_within_three_rings(staffed: Town) -> None:
    bring_agent(staffed, ANNA, "anna", language=Language.EN, complaints=True)
    caller = complain(staffed)
    caller.hears("您的投诉已记录")
    assert staffed.phone(LI).ringing
    assert staffed.phone(ANNA).ringing

    agent = staffed.phone(ANNA).pick_up()
    agent.press("1", interrupting=True)
    agent.listen()
    staffed.tick()
    caller.listen()

    assert caller.talks_with == {ANNA}
    assert staffed.phone(LI).ringing is None
    agent.hang_up()
    staffed.tick()
    caller.hears("还有其他需要")
    with staffed.services.database.reading() as session:
        assert session.scalars(select(Complaint)).one().state is ComplaintState.ANSWERED
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.HUMAN)).one()
        assert clock.state is CommitmentState.MET


def test_a_complaint_nobody_answers_reaches_the_manager_on_duty_and_then_the_tape(staffed: Town) -> None:
    put_on_duty(staffed, MANAGER, DutyRole.MANAGER)
    caller = complain(staffed)
    staffed.phone(LI).ignore()

    staffed.wait(0.3)
    assert staffed.phone(MANAGER).ringing
    staffed.phone(MANAGER).ignore()
    staffed.wait(0.5)

    caller.hears("投诉编号")
    caller.say_after_tone("师傅没有来")
    with staffed.services.database.reading() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.HUMAN)).one()
        assert clock.state is CommitmentState.BROKEN


def test_outside_office_hours_the_telephone_on_duty_rings_and_after_it_the_tape(town: Town) -> None:
    put_on_duty(town, MANAGER, DutyRole.MANAGER)
    caller = ask(town)
    town.phone(MANAGER).decline()
    town.wait(0.05)

    caller.hears("请在提示音后留言")

    caller = ask(town, CHEN)
    duty = town.phone(MANAGER).pick_up()
    duty.press("1")
    duty.listen()
    town.tick()
    caller.listen()
    assert caller.talks_with == {MANAGER}


def test_in_office_hours_nobody_on_duty_is_woken_for_a_question(town: Town) -> None:
    put_on_duty(town, MANAGER, DutyRole.MANAGER)
    town.clock.set(MONDAY_MORNING)

    caller = ask(town)

    caller.hears("请在提示音后留言")
    assert town.phone(MANAGER).ringing is None


def complain(town: Town) -> SimulatedCall:
    """Call the hotline and complain about how one was treated."""
    call = town.phone(WANG).dial(town.hotline)
    call.press("4")
    call.press("2")
    town.tick()
    return call


def put_on_duty(town: Town, phone: str, role: DutyRole) -> None:
    """Somebody has the telephone on duty tonight and tomorrow."""
    with town.services.database.writing() as session:
        session.add(
            DutyTurn(
                role=role, position=1, name="郑经理", name_en="Ms Zheng", phone=phone, language=Language.ZH,
                from_at=EVENING - dt.timedelta(hours=2), until_at=EVENING + dt.timedelta(hours=24),
            )
        )  # fmt: skip
