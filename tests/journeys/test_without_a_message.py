"""Nobody is recorded who does not want to be: a key goes on without a spoken message (H12, H14)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import Call, CallBack, Complaint, Recording, ServiceRequest
from operations.hotline.person_queue import Opening, find_next_opening
from policies.call_backs import CallBackReason
from policies.call_states import CallOutcome
from simulator.call import SimulatedCall
from tests.town import EVENING, Town

WANG, KEYED = "+8613800000001", "+8613900000077"
IN_OFFICE_HOURS = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)


def dial(town: Town, *keys: str, number: str = WANG) -> SimulatedCall:
    call = town.phone(number).dial(town.hotline)
    for key in keys:
        call.press(key)
    return call


def promised(town: Town) -> list[tuple[CallBackReason, str | None]]:
    """Return the calls we promised, after making sure that nothing was recorded and no request opened."""
    with town.services.database.reading() as session:
        assert session.scalars(select(Recording)).all() == []
        assert session.scalars(select(ServiceRequest)).all() == []
        return [(one.reason, one.contact_phone) for one in session.scalars(select(CallBack))]


@pytest.mark.parametrize(
    ("keys", "says", "done"),
    [
        ((), "留言会录音，不想留言请按1", "我们会在30分钟内给您回电"),
        (("9",), "Messages are recorded. To leave none, press 1", "We will call you back within 30 minutes"),
    ],
)
def test_whoever_leaves_no_message_is_called_back_all_the_same(
    town: Town, keys: tuple[str, ...], says: str, done: str
) -> None:
    call = dial(town, *keys, "0")
    call.hears(says)
    call.press("1")
    call.hears(done)
    call.hang_up()

    assert promised(town) == [(CallBackReason.PERSON, WANG)]
    with town.services.database.reading() as session:
        assert session.scalars(select(Call.outcome)).one() is CallOutcome.CALL_BACK


def test_whoever_shows_no_number_is_asked_for_one_instead_of_a_message(town: Town) -> None:
    call = dial(town, "0", "1", number="anonymous")
    call.hears("请输入能联系到您的电话号码")
    for keys in ("13900000077#", "1"):
        call.press(keys)
    call.hears("还有其他需要")
    call.hang_up()

    assert promised(town) == [(CallBackReason.PERSON, KEYED)]


def test_whoever_gives_neither_number_nor_message_is_asked_for_a_message_once_more(town: Town) -> None:
    call = dial(town, "0", "1", "1#", "1#", "0", number="anonymous")

    call.hears("请在提示音后留言")
    call.does_not_hear("不想留言")
    call.hang_up()


def test_a_complaint_and_a_question_stand_without_a_message(town: Town) -> None:
    call = dial(town, "4", "1")
    call.hears("不想留言请按1")
    call.press("1")
    call.hears("小时内答复您")
    for key in ("1", "5", "2"):
        call.press(key)
    call.hears("不想留言请按1")
    call.press("1")
    call.hears("我们会在30分钟内给您回电")
    call.hang_up()

    assert promised(town) == [(CallBackReason.PRESALES, WANG)]
    with town.services.database.reading() as session:
        assert len(session.scalars(select(Complaint)).all()) == 1


def test_the_hash_key_goes_to_the_tone_at_once_and_star_goes_back(town: Town) -> None:
    call = dial(town, "0")
    call.press("#", interrupting=True)
    call.say_after_tone("机器坏了")
    call.hears("留言已收到")
    call.hang_up()

    call = dial(town, "0", "*")
    call.hears("报修请按1")
    call.hang_up()


@pytest.mark.parametrize(
    ("at", "keys", "says"),
    [
        (EVENING, (), "人工座席现在休息，明天上午9点上班"),
        (EVENING, ("9",), "Our desk is closed and opens tomorrow at 9 AM"),
        (IN_OFFICE_HOURS, (), None),
    ],
)
def test_who_finds_nobody_in_hears_when_somebody_is_in_again(
    town: Town, at: dt.datetime, keys: tuple[str, ...], says: str | None
) -> None:
    town.clock.set(at)
    call = dial(town, *keys, "0")

    if says is None:
        call.does_not_hear("上班")
    else:
        call.hears(says)
        # Once is enough: the desk is closed, so nobody can answer.
        call.does_not_hear("没有人能直接接听")
        call.does_not_hear("Nobody can take your call")
    call.hang_up()


def test_the_office_opens_after_the_holidays_and_is_closed_over_noon(town: Town) -> None:
    before_the_national_holidays = dt.datetime(2026, 9, 30, 13, 0, tzinfo=dt.UTC)
    at_noon = dt.datetime(2026, 11, 23, 4, 30, tzinfo=dt.UTC)

    with town.services.database.reading() as session:
        after_holidays = find_next_opening(session, now=before_the_national_holidays)
        after_noon = find_next_opening(session, now=at_noon)

    assert after_holidays == Opening(dt.datetime(2026, 10, 8, 1, 0, tzinfo=dt.UTC), "Asia/Shanghai")
    assert after_noon == Opening(dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC), "Asia/Shanghai")
