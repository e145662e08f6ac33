"""A show has stopped in the middle of the night: the duty ladder is called until somebody takes it (H11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from ivr.fallback import create_fallback_app
from models import Commitment, DutyTurn, FaultCategory, MajorFault, Message, ServiceRequest, StatusEvent
from operations.foundation.events import find_broken_link
from operations.matters.major_faults import record_measure, report_major_faults
from operations.matters.requests import close_request
from policies.commitments import CommitmentKind, CommitmentState
from policies.duty import DutyRole, MajorFaultState
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.priorities import Severity
from policies.request_states import CloseReason
from simulator.rest_faults import RestFault
from simulator.telephone import NothingArrived, Telephone
from simulator.transport import WsgiTransport
from tests.town import ADDRESS, EVENING, TOKEN, Town

CUSTOMER = "+8613800000001"
FIRST, EXPERT, MANAGER = "+8613900000011", "+8613900000012", "+8613900000013"


@pytest.fixture
def night(town: Town) -> Town:
    """The town, with three people on duty, and a fault that is a major one."""
    people = (
        (DutyRole.MANAGER, "郑经理", "Ms Zheng", MANAGER, Language.ZH),
        (DutyRole.TECHNICIAN, "李强", "Li Qiang", FIRST, Language.ZH),
        (DutyRole.EXPERT, "奥山", "Sam Okafor", EXPERT, Language.EN),
    )
    with town.services.database.writing() as session:
        for role, name, name_en, phone, language in people:
            turn = DutyTurn(
                role=role, position=1, name=name, name_en=name_en, phone=phone, language=language,
                from_at=EVENING - dt.timedelta(hours=2), until_at=EVENING + dt.timedelta(hours=12),
            )  # fmt: skip
            session.add(turn)
        stopped = session.scalars(select(FaultCategory).where(FaultCategory.code == "smoke")).one()
        stopped.severity = Severity.MAJOR
    return town


def report(town: Town) -> None:
    """The customer calls, names the major fault, and hangs up."""
    call = town.phone(CUSTOMER).dial(town.hotline)
    for key in ("1", "1", "2"):
        call.press(key)
    call.hears("马上呼叫值班工程师")
    call.hang_up()
    town.tick()


def fault_of(town: Town) -> MajorFault:
    with town.services.database.reading() as session:
        fault = session.scalars(select(MajorFault)).one()
        session.refresh(fault, ["accepted_turn"])
        session.expunge_all()
    return fault


def measure_clock(town: Town) -> Commitment:
    with town.services.database.reading() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.MEASURE)).one()
        session.expunge(clock)
    return clock


def kinds(town: Town) -> list[str]:
    with town.services.database.reading() as session:
        return [event.kind for event in session.scalars(select(StatusEvent).order_by(StatusEvent.id))]


def a_moment_later(town: Town) -> None:
    town.exchange.callbacks.deliver()
    town.wait(0.1)


def ringing(town: Town) -> list[str]:
    return [number for number in (FIRST, EXPERT, MANAGER) if town.phone(number).ringing]


def test_the_technician_on_duty_is_called_takes_it_and_everybody_is_told(night: Town) -> None:
    report(night)

    night.phone(CUSTOMER).receives("属重大故障")
    assert ringing(night) == [FIRST]
    call = night.phone(FIRST).pick_up()
    call.hears("有重大故障")
    call.hears("冒烟或者异味")
    call.hears("接手请按1")
    call.press("1")
    call.hears("已由您接手")
    a_moment_later(night)
    assert fault_of(night).state is MajorFaultState.ACCEPTED
    assert "南京西路1号" in night.phone(FIRST).receives("由您负责").body
    night.phone(CUSTOMER).receives("由李强负责")
    night.wait(30)
    assert ringing(night) == []


@contextmanager
def the_fallback_alone(town: Town) -> Iterator[None]:
    """Let the web process be away, so that nothing but the fallback's own process answers Twilio."""
    spool = town.services.spool_file.parent
    app = create_fallback_app(public_base_url=ADDRESS, auth_token=TOKEN, spool_folder=spool, now=town.clock.now)
    findings, webhooks = town.exchange.findings, town.exchange.webhooks
    real, findings.is_strict, webhooks.transport = webhooks.transport, False, WsgiTransport(app, ADDRESS)
    try:
        yield
    finally:
        findings.is_strict, webhooks.transport = True, real
        findings.found.clear()


def test_who_picks_up_while_the_web_process_is_away_hears_so_and_the_ladder_goes_on(night: Town) -> None:
    report(night)

    with the_fallback_alone(night):
        call = night.phone(FIRST).pick_up()
        call.hears("很抱歉，系统暂时有问题。再见")
        call.hears("something is wrong at our end. Goodbye")
        assert call.ends().by == "hotline"
        night.exchange.callbacks.deliver()
    night.wait(10)

    assert FIRST not in ringing(night)
    assert ringing(night)
    assert fault_of(night).state is not MajorFaultState.ACCEPTED


def test_an_english_speaking_expert_hears_english(night: Town) -> None:
    report(night)
    night.phone(FIRST).decline()
    a_moment_later(night)

    call = night.phone(EXPERT).pick_up()

    call.hears("major fault")
    call.hears("smoke or a burnt smell")
    call.press("1")
    call.hears("It is yours")


def test_the_clock_stops_on_the_measure_and_not_on_the_promise(night: Town) -> None:
    report(night)
    night.phone(FIRST).pick_up().press("1")
    assert measure_clock(night).state is CommitmentState.RUNNING

    night.wait(60)
    with night.services.database.writing() as session:
        request = session.scalars(select(ServiceRequest)).one()
        record_measure(
            session, request_id=request.id, measure="远程断电，备用机已发出", by="T1",
            house=night.services.house, now=night.clock.now(),
        )  # fmt: skip
    a_moment_later(night)

    clock = measure_clock(night)
    assert clock.state is CommitmentState.MET
    assert clock.deadline_at - clock.started_at == dt.timedelta(hours=4)
    night.phone(CUSTOMER).receives("已采取措施")


def test_without_a_measure_the_clock_breaks_after_four_hours_although_somebody_accepted(night: Town) -> None:
    report(night)
    night.phone(FIRST).pick_up().press("1")

    night.wait(4 * 60 + 1)

    assert measure_clock(night).state is CommitmentState.BROKEN


@pytest.mark.parametrize("refusal", ["declines by key", "refuses the call", "lets it ring", "is a machine", "silence"])
def test_whoever_does_not_accept_is_followed_by_the_next_at_once(night: Town, refusal: str) -> None:
    report(night)
    phone = night.phone(FIRST)
    if refusal == "declines by key":
        call = phone.pick_up()
        call.press("2")
        call.hears("我们联系下一位")
    elif refusal == "refuses the call":
        phone.decline()
    elif refusal == "lets it ring":
        phone.ignore()
    else:
        call = phone.pick_up(answered_by="machine_start" if refusal == "is a machine" else "human")
        for _ in range(2):
            call.stay_silent()
        call.hears("没有收到您的选择")
        call.ends()

    a_moment_later(night)

    assert ringing(night) == [EXPERT]
    assert fault_of(night).state is MajorFaultState.RINGING


def test_a_call_whose_end_nobody_reports_is_overtaken_by_the_clock(night: Town) -> None:
    report(night)
    night.exchange.callbacks.hold()

    night.wait(2)

    assert night.phone(EXPERT).ringing is not None


def test_at_the_end_stands_the_manager_and_then_the_ladder_begins_again(night: Town) -> None:
    report(night)
    for number in (FIRST, EXPERT, MANAGER):
        night.phone(number).ignore()
        a_moment_later(night)
    night.phone(CUSTOMER).receives("暂时无人接听")
    assert ringing(night) == []
    assert "duty_exhausted" in kinds(night)

    night.wait(6)

    assert ringing(night) == [FIRST]
    night.phone(FIRST).pick_up().press("1")
    assert fault_of(night).state is MajorFaultState.ACCEPTED


def test_who_accepts_late_has_it_as_long_as_nobody_else_does(night: Town) -> None:
    report(night)
    late = night.phone(FIRST).pick_up()
    night.wait(2)
    second = night.phone(EXPERT).pick_up()

    late.press("1")
    second.press("1")

    late.hears("已由您接手")
    second.hears("A colleague has it already")
    assert kinds(night).count("duty_accepted") == 1


def test_repeating_is_possible_and_decides_nothing(night: Town) -> None:
    report(night)
    call = night.phone(FIRST).pick_up()

    call.press("3")

    call.hears("有重大故障")
    assert fault_of(night).state is MajorFaultState.RINGING


def test_a_request_closed_meanwhile_wakes_nobody_else(night: Town) -> None:
    report(night)
    with night.services.database.writing() as session:
        request = session.scalars(select(ServiceRequest)).one()
        close_request(
            session, request=request, reason=CloseReason.WITHDRAWN, now=night.clock.now(), source="web", actor="clerk"
        )
    night.phone(FIRST).ignore()

    night.wait(5)

    assert ringing(night) == []
    assert fault_of(night).state is MajorFaultState.WITHDRAWN


def test_a_restart_between_any_two_steps_calls_nobody_twice(night: Town) -> None:
    report(night)
    # Every tick is what a new clock process would do: all it knows is in the rows.
    for _ in range(5):
        a_moment_later(night)
    assert len([call for call in night.exchange.outgoing if call.to_number == FIRST]) == 1
    night.phone(FIRST).decline()
    for _ in range(5):
        a_moment_later(night)

    assert [call.to_number for call in night.exchange.outgoing] == [FIRST, EXPERT]


@pytest.mark.parametrize("fault", [RestFault.SILENT_AFTER_ACCEPTING, RestFault.ERROR_AFTER_ACCEPTING])
def test_an_answer_lost_on_the_way_makes_no_second_call(night: Town, fault: RestFault) -> None:
    # The first text to the customer goes before the call.
    call = night.phone(CUSTOMER).dial(night.hotline)
    for key in ("1", "1", "2"):
        call.press(key)
    call.hang_up()
    with night.services.database.writing() as session:
        report_major_faults(session, house=night.services.house, now=night.clock.now())
    with night.services.database.writing() as session:
        for message in session.scalars(select(Message).where(Message.channel == MessageChannel.SMS)):
            message.not_before_at = night.clock.now() + dt.timedelta(minutes=10)
    night.exchange.rest_faults.append(fault)
    a_moment_later(night)

    night.wait(0.5)

    assert [made.to_number for made in night.exchange.outgoing] == [FIRST]
    night.phone(FIRST).pick_up().press("1")
    assert fault_of(night).state is MajorFaultState.ACCEPTED


def test_the_calls_are_in_the_log_and_the_proof_stays_whole(night: Town) -> None:
    report(night)
    night.phone(FIRST).decline()
    a_moment_later(night)
    night.phone(EXPERT).pick_up().press("1")
    night.exchange.callbacks.deliver()

    with night.services.database.reading() as session:
        spoken = session.scalars(
            select(Message).where(Message.channel == MessageChannel.VOICE).order_by(Message.id)
        ).all()
        assert [message.state for message in spoken] == [MessageState.UNDELIVERED, MessageState.DELIVERED]
        request = session.scalars(select(ServiceRequest)).one()
        assert find_broken_link(session, subject=f"request:{request.id}") is None


def test_a_stranger_cannot_take_a_fault_by_an_unsigned_webhook(night: Town) -> None:
    report(night)
    with night.services.database.reading() as session:
        reference = session.scalars(select(Message.id).where(Message.channel == MessageChannel.VOICE)).one()

    answer = night.app.test_client().post(f"/ivr/outgoing/{reference}?turn=1", data={"CallSid": "CA1", "Digits": "1"})

    assert answer.status_code == 403
    assert fault_of(night).state is MajorFaultState.RINGING


def test_nobody_on_duty_is_said_and_tried_again(town: Town) -> None:
    with town.services.database.writing() as session:
        smoke = session.scalars(select(FaultCategory).where(FaultCategory.code == "smoke")).one()
        smoke.severity = Severity.MAJOR
    report(town)

    town.phone(CUSTOMER).receives("暂时无人接听")
    assert fault_of(town).state is MajorFaultState.RINGING


def test_an_ordinary_fault_wakes_nobody(night: Town) -> None:
    call = night.phone(CUSTOMER).dial(night.hotline)
    for key in ("1", "1", "1"):
        call.press(key)
    call.hang_up()
    a_moment_later(night)

    assert ringing(night) == []
    with pytest.raises(NothingArrived):
        Telephone(number=CUSTOMER, exchange=night.exchange).receives("重大故障")
