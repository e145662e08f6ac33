"""Callers who show no number, and those who want another one called (H3)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import CallBack, Complaint, ServiceRequest, StatusEvent
from simulator.call import SimulatedCall
from tests.town import Town

WANG, KEYED = "+8613800000001", "+8613900000077"


def dial(town: Town, *keys: str, number: str = "anonymous") -> SimulatedCall:
    call = town.phone(number).dial(town.hotline)
    for key in keys:
        call.press(key)
    return call


def the_request(town: Town) -> ServiceRequest:
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        session.expunge(request)
    return request


def test_an_anonymous_caller_keys_a_number_hears_it_back_and_is_texted_there(town: Town) -> None:
    call = dial(town, "1", "901234#", "1")
    call.hears("看不到您的号码")
    call.press("13900000077#")
    call.hears("幺 3 9，0 0 0 0，0 0 7 7")
    for key in ("1", "1", "2", "2", "1"):
        call.press(key)
    call.hears("预约好了")
    call.hang_up()
    town.tick()

    assert the_request(town).contact_phone == KEYED
    town.phone(KEYED).receives("将于")


def test_the_same_in_english(town: Town) -> None:
    call = dial(town, "9", "1", "901234#", "1")
    call.hears("I cannot see your number")
    call.press("13900000077#")
    call.hears("If that is right, press 1")
    call.press("1")
    call.hears("What is wrong with it?")
    call.hang_up()


def test_a_number_keyed_wrongly_is_asked_for_again_and_then_the_call_goes_on_without(town: Town) -> None:
    call = dial(town, "1", "901234#", "1", "12#")
    call.hears("这个号码好像不对")

    call.press("99#")

    call.hears("我们先继续")
    call.hears("请选择故障类型")
    call.hang_up()


def test_a_wrong_read_back_is_entered_again(town: Town) -> None:
    call = dial(town, "1", "901234#", "1", "13900000078#", "2", "13900000077#", "1", "1")
    call.hang_up()

    assert the_request(town).contact_phone == KEYED


def test_a_keyed_number_proves_nothing(town: Town) -> None:
    booked = dial(town, "1", "1", "1", "2", "2", "1", number=WANG)
    booked.hang_up()
    number = the_request(town).number
    # Somebody anonymous keys Mr Wang's own number, then asks for his request.
    call = dial(town, "5", "2", "13800000001#", "1")
    call.say_after_tone("我是王小明")
    for key in ("1", "2", f"{number}#"):
        call.press(key)

    call.hears("为了保护客户资料")
    call.hang_up()


def test_a_promised_call_goes_to_the_keyed_number(town: Town) -> None:
    call = dial(town, "5", "2", "13900000077#", "1")
    call.hears("请在提示音后说说您的问题")
    call.hang_up()

    with town.services.database.reading() as session:
        assert session.scalars(select(CallBack.contact_phone)).all() == [KEYED]


def test_hanging_up_instead_of_keying_a_number_keeps_the_promise_to_call(town: Town) -> None:
    dial(town, "5", "2").hang_up()

    with town.services.database.reading() as session:
        assert session.scalars(select(CallBack.contact_phone)).all() == [None]


def test_somebody_calling_for_another_gives_the_number_of_whoever_is_there(town: Town) -> None:
    call = dial(town, "1", "901234#", "1", "1", "2", "2", "1", number="+447700900123")
    call.hears("换联系电话请按3")
    for key in ("3", "13900000077#", "1"):
        call.press(key)
    call.hears("还有其他需要")
    call.hang_up()
    town.tick()

    town.phone(KEYED).receives("将于")
    with town.services.database.reading() as session:
        assert "contact_changed" in set(session.scalars(select(StatusEvent.kind)))


@pytest.mark.parametrize(("key", "hears"), [("0", "留言时请说出您的电话号码"), ("4", "请问是哪方面的问题")])
def test_an_anonymous_caller_who_wants_a_person_is_asked_to_say_the_number(town: Town, key: str, hears: str) -> None:
    call = dial(town, key)

    call.hears(hears)
    call.hang_up()


def test_a_complaint_of_this_call_is_answered_at_the_keyed_number(town: Town) -> None:
    call = dial(town, "4", "1")
    call.hears("看不到您的号码")
    for key in ("13900000077#", "1"):
        call.press(key)
    call.hears("谢谢您告诉我们。投诉编号")
    call.say_after_tone("等了三天")
    call.hears("小时内答复您")
    call.hang_up()

    with town.services.database.reading() as session:
        assert session.scalars(select(Complaint.contact_phone)).one() == KEYED


def test_who_keys_no_number_for_a_complaint_is_asked_to_say_it_and_the_complaint_stands(town: Town) -> None:
    call = dial(town, "9", "4", "1", "12#", "99#")
    call.hears("Very well, let us go on")
    call.hears("Your complaint has the number")
    call.hears("Please say your number too")
    call.does_not_hear("To leave none")
    call.say_after_tone("I waited for three days. My number is 139 0000 0077.")
    call.hears("That is recorded")
    call.hang_up()

    with town.services.database.reading() as session:
        assert session.scalars(select(Complaint.contact_phone)).all() == [None]
