"""Complaints, questions, warranty, charges, parcels and callers outside our area, on the telephone (H7-H10, H13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from models import Asset, Call, CallBack, CallEvent, Commitment, Complaint, Escalation, ServiceRequest, Shift, Site
from policies.agreements import AgreementKind
from policies.call_backs import CallBackReason
from policies.call_states import CallOutcome
from policies.commitments import CommitmentKind, CommitmentState
from policies.complaints import ComplaintCategory, ComplaintState
from policies.escalations import EscalationReason
from policies.purchases import SaleKind
from simulator.call import SimulatedCall
from tests.factories.agreements import make_agreement
from tests.town import Town

WANG = "+8613800000001"


def dial(town: Town, *keys: str, number: str = WANG) -> SimulatedCall:
    call = town.phone(number).dial(town.hotline)
    for key in keys:
        call.press(key)
    return call


def speak_and_leave(town: Town, call: SimulatedCall, words: str) -> None:
    call.say_after_tone(words)
    call.hears("还有其他需要，请按1")
    call.stay_silent()
    assert call.ends().by == "hotline"
    town.tick()


def clock_of(town: Town, kind: CommitmentKind) -> Commitment:
    with town.services.database.reading() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == kind)).one()
        session.expunge(clock)
    return clock


def test_a_complaint_is_recorded_by_key_and_voice_numbered_and_its_clock_runs_from_the_call(town: Town) -> None:
    began_at = town.clock.now()
    call = dial(town, "4")
    call.hears("很抱歉让您不满意")
    call.press("2")
    call.hears("投诉编号")

    speak_and_leave(town, call, "师傅态度不好")

    with town.services.database.reading() as session:
        complaint = session.scalars(select(Complaint)).one()
        assert (complaint.category, complaint.state) == (ComplaintCategory.ATTITUDE, ComplaintState.OPEN)
        assert complaint.customer is not None
        assert complaint.call is not None
        assert complaint.call.outcome is CallOutcome.COMPLAINT
        assert len(complaint.call.recordings) == 1
        number = complaint.number
    clock = clock_of(town, CommitmentKind.COMPLAINT)
    assert (clock.state, clock.started_at) == (CommitmentState.RUNNING, began_at)
    assert clock.deadline_at == began_at + dt.timedelta(hours=24)
    town.phone(WANG).receives(f"编号{number}")


def test_a_complaint_stands_even_when_the_caller_hangs_up_before_a_word(town: Town) -> None:
    call = dial(town, "4", "1")

    call.hang_up()

    town.exchange.callbacks.deliver()
    with town.services.database.reading() as session:
        assert session.scalars(select(Complaint)).one().category is ComplaintCategory.RESPONSE_TIME
        assert session.scalars(select(ServiceRequest)).all() == []


def test_a_complaint_nobody_answers_in_a_day_breaks_its_clock(town: Town) -> None:
    dial(town, "4", "5").hang_up()

    town.wait(25 * 60)

    assert clock_of(town, CommitmentKind.COMPLAINT).state is CommitmentState.BROKEN


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (("5", "2"), CallBackReason.PRESALES),
        (("5", "3"), CallBackReason.ORDER),
        (("5", "4"), CallBackReason.QUESTION),
        (("3", "4"), CallBackReason.PARTS_ORDER),
        (("3", "3", "1"), CallBackReason.PARCEL_MISSING),
        (("3", "3", "3"), CallBackReason.PARCEL_OUT_OF_AREA),
        (("3", "2", "1", "1"), CallBackReason.PRICE),
    ],
)
def test_what_a_menu_cannot_answer_is_called_back_about_within_half_an_hour(
    town: Town, keys: tuple[str, ...], reason: CallBackReason
) -> None:
    call = dial(town, *keys)
    call.hears("30分钟内给您回电")

    speak_and_leave(town, call, "请告诉我价格")

    with town.services.database.reading() as session:
        call_back = session.scalars(select(CallBack)).one()
        assert (call_back.reason, call_back.contact_phone, call_back.made_at) == (reason, WANG, None)
        assert session.scalars(select(Call)).one().outcome is CallOutcome.CALL_BACK
        assert session.scalars(select(ServiceRequest)).all() == []
    clock = clock_of(town, CommitmentKind.CALL_BACK)
    assert clock.deadline_at - clock.started_at == dt.timedelta(minutes=30)


def test_parcels_are_not_pretended(town: Town) -> None:
    call = dial(town, "3", "3")

    call.hears("系统里没有您的包裹记录")
    call.hang_up()


def test_an_english_caller_complains_and_is_called_back_about_a_parcel(town: Town) -> None:
    call = dial(town, "9", "4")
    call.hears("I am sorry that we let you down")
    call.press("2")
    call.hears("Your complaint has the number")
    call.say_after_tone("The technician was rude.")
    call.hears("If there is anything else, press 1")
    for key in ("1", "3", "3"):
        call.press(key)
    call.hears("I have no record of a parcel for you")
    call.press("2")
    call.hears("We will call you back within 30 minutes")
    call.hang_up()
    town.tick()

    assert clock_of(town, CommitmentKind.COMPLAINT).state is CommitmentState.RUNNING
    assert clock_of(town, CommitmentKind.CALL_BACK).state is CommitmentState.RUNNING
    town.phone(WANG).receives("complaint")


def test_a_caller_without_a_number_is_asked_to_say_one(town: Town) -> None:
    call = dial(town, "5", "2", number="anonymous")

    call.hears("看不到您的号码")
    call.hang_up()


def test_a_common_question_is_answered_at_once_in_both_languages(town: Town) -> None:
    call = dial(town, "5", "1", "1")
    call.hears("怎么连接手机，请按1")
    call.press("1")
    call.hears("请打开无线投屏")
    call.press("1")
    call.hears("还有其他需要")
    call.hang_up()
    english = dial(town, "9", "5", "1", "1", "1")
    english.hears("Switch on wireless casting")
    english.press("2")

    english.hears("We will call you back within 30 minutes")

    english.hang_up()


def buy(town: Town, purchased_on: dt.date | None, *, invoiced: bool) -> None:
    with town.services.database.writing() as session:
        asset = session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one()
        asset.purchased_on, asset.invoiced_on = purchased_on, purchased_on if invoiced else None


@pytest.mark.parametrize(
    ("purchased_on", "invoiced", "said", "charges"),
    [
        (dt.date(2026, 9, 3), True, ("整机保修到2027年9月2号", "配件保修到2027年3月2号"), "都免费"),
        (dt.date(2026, 3, 3), True, ("整机保修到2027年3月2号", "配件的保修已经在2026年9月2号到期"), "都免费"),
        (dt.date(2026, 3, 3), False, ("还没有购买凭证",), "凭发票或者保修卡"),
        (dt.date(2024, 3, 3), True, ("整机保修已经在2025年3月2号到期",), "先报价，您同意了才修"),
        (None, False, ("没有光影二号投影机的购买日期",), "凭发票或者保修卡"),
    ],
)
def test_the_warranty_is_said_with_its_date_and_reason_and_what_it_means_for_the_price(
    town: Town, purchased_on: dt.date | None, *, invoiced: bool, said: tuple[str, ...], charges: str
) -> None:
    buy(town, purchased_on, invoiced=invoiced)
    call = dial(town, "3", "1", "1")
    for words in said:
        call.hears(words)

    call.press("1")

    call.hears(charges)
    call.press("2")
    call.hears("请选择故障类型")
    call.hang_up()


def test_warranty_dates_are_said_as_english_people_say_them(town: Town) -> None:
    buy(town, dt.date(2026, 3, 3), invoiced=True)

    call = dial(town, "9", "3", "1", "1")

    call.hears("Your Lumen Two projector is covered until March 2, 2027.")
    call.hang_up()


def sign(town: Town, **terms: Any) -> None:  # noqa: ANN401
    """Wang's old projector gets a service agreement through 2026."""
    buy(town, dt.date(2020, 3, 3), invoiced=True)
    with town.services.database.writing() as session:
        make_agreement(session, session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one(), **terms)


def test_what_an_agreement_pays_and_what_is_left_of_it_is_said_and_kept_in_the_calls_log(town: Town) -> None:
    sign(town, allowance_visits=4, main_part_percent=50)
    call = dial(town, "3", "1", "1")
    call.hears("整机保修已经在2021年3月2号到期")
    call.hears("服务协议有效期到2026年12月31号")
    call.hears("共有4次上门，还剩4次")

    call.press("1")

    call.hears("人工、上门免费")
    call.hears("主要零件按协议优惠")
    call.hears("辅件和损耗件要收费")
    call.hang_up()
    with town.services.database.reading() as session:
        told = session.scalars(select(CallEvent).where(CallEvent.kind == "cover_told")).first()
        assert told is not None
        assert told.facts["main_part"] == "50% in_agreement"


def test_between_two_agreements_a_person_chooses_and_the_caller_is_told_so(town: Town) -> None:
    sign(town)
    sign(town, kind=AgreementKind.PACKAGE)
    call = dial(town, "9", "3", "1", "1")
    call.hears("More than one service agreement applies")

    call.press("1")

    call.hears("A colleague will settle with you which one is used")
    call.hang_up()


def test_a_clearance_sale_is_said_to_be_charged_whatever_its_date(town: Town) -> None:
    buy(town, dt.date(2026, 9, 3), invoiced=True)
    with town.services.database.writing() as session:
        session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one().sale_kind = SaleKind.CLEARANCE
    call = dial(town, "3", "1", "1")
    call.hears("特价处理的机器，不享受保修")

    call.press("1")

    call.hears("先报价，您同意了才修")
    call.hang_up()


def test_outside_every_territory_the_request_is_taken_and_handed_on_honestly(town: Town) -> None:
    with town.services.database.writing() as session:
        for site in session.scalars(select(Site)):
            site.territory_id = None
    call = dial(town, "1", "1", "1", "2", "2")

    call.hears("不在我们直接上门的区域")
    call.hears("还有其他需要")
    call.hang_up()

    with town.services.database.reading() as session:
        escalation = session.scalars(select(Escalation)).one()
        assert escalation.reason is EscalationReason.OUT_OF_AREA
        assert session.scalars(select(CallBack)).one().reason is CallBackReason.OUT_OF_AREA
        assert escalation.request.asset is not None


def test_when_nothing_fits_in_time_it_is_said_the_best_is_booked_and_a_dispatcher_sees_it(town: Town) -> None:
    with town.services.database.writing() as session:
        for shift in session.scalars(select(Shift)):
            shift.starts_at += dt.timedelta(hours=40)
            shift.ends_at += dt.timedelta(hours=40)
            shift.break_from_at = shift.break_until_at = None
    call = dial(town, "1", "1", "1", "2", "2")
    call.hears("24小时内的时间已约满")

    call.press("1")

    call.hears("预约好了")
    call.hang_up()
    with town.services.database.reading() as session:
        assert session.scalars(select(Escalation)).one().reason is EscalationReason.BEYOND_COMMITMENT


def test_whoever_asks_for_a_later_day_himself_is_no_escalation(town: Town) -> None:
    call = dial(town, "1", "1", "1", "2", "2", "5", "3", "1")

    call.hears("预约好了")
    call.hang_up()
    with town.services.database.reading() as session:
        assert session.scalars(select(Escalation)).all() == []


def test_two_matters_in_one_call_are_two_requests(town: Town) -> None:
    call = dial(town, "1", "1", "1", "1")
    call.hears("已记录为电话解决")

    for key in ("1", "1", "1", "2", "1"):
        call.press(key)

    call.hears("预约好了")
    call.hang_up()
    with town.services.database.reading() as session:
        faults = [one.fault_category for one in session.scalars(select(ServiceRequest).order_by(ServiceRequest.id))]
        assert [fault.code for fault in faults if fault] == ["no_picture", "smoke"]


def test_another_choice_of_fault_in_one_call_corrects_the_request_instead_of_opening_a_second(town: Town) -> None:
    call = dial(town, "1", "1", "1", "*", "2", "1")

    call.hears("预约好了")
    call.hang_up()
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert request.fault_category is not None
        assert request.fault_category.code == "smoke"
