"""The story the house was built for: three calls, one night, one published day."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select

from models import Call, Commitment, Message, ServiceRequest, Visit
from operations.foundation.events import find_broken_link
from policies.commitments import CommitmentKind, CommitmentState
from policies.message_states import MessageState
from policies.request_states import CloseReason
from policies.visit_states import VisitState
from simulator.telephone import Telephone
from tests.town import EVENING, WORKERS, Town

WANG, DR_CHEN = "+8613800000001", "+8613800000003"
VISITOR = "+447700900123"
MORNING = dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC)
"""06:30 in Shanghai."""


def test_one_night_and_one_day_in_both_languages(town: Town) -> None:
    wang, visitor = town.phone(WANG), town.phone(VISITOR)

    mr_wang_books_in_mandarin(town, wang)
    a_visitor_books_in_english_by_serial_number(town, visitor)
    everybody_has_been_answered_in_time(town)

    town.wait_until(MORNING)
    technicians = each_technician_hears_of_the_day_once(town)

    dr_chen_has_an_urgent_fault_at_nine_ten(town, technicians)
    the_technician_of_mr_wang_does_the_visit(town, wang)

    every_clock_was_met_by_recorded_events(town)
    every_message_was_delivered_once(town)


def mr_wang_books_in_mandarin(town: Town, wang: Telephone) -> None:
    call = wang.dial(town.hotline)
    call.hears("王小明，您好")
    call.hears("报修请按1")
    call.hears("For English, press 9")
    assert call.languages == {"cmn-CN", "en-US"}, "Mandarin, and the hint for English in English"
    call.press("1")
    call.hears("光影二号投影机，请按1")
    call.press("1")
    call.hears("没有图像，请按1")
    call.press("1")
    call.hears("请检查电源线是否插好")
    call.press("2")
    call.hears("请长按电源键十秒")
    call.press("2")
    call.hears("明天上午8点到10点，请按2")
    call.press("2")
    call.hears(re.compile("预约好了。报修单号，.*师傅明天上午8点到10点上门，最晚不超过明天晚上10点40分"))
    call.hang_up()
    town.tick()
    wang.receives("11月23日(周一)08:00-10:00上门，最晚不超过11月23日(周一)22:40")


def a_visitor_books_in_english_by_serial_number(town: Town, visitor: Telephone) -> None:
    call = visitor.dial(town.hotline)
    call.hears("For English, press 9")
    call.press("9")
    call.hears("To report a fault, press 1")
    call.press("1")
    call.hears("last six digits")
    call.press("999#")
    call.hears("cannot find that number")
    call.press("12*901234#")
    call.hears("a Lumen Two projector. If that is right, press 1")
    call.press("1")
    call.hears("For no picture, press 1")
    call.press("*")
    call.hears("last six digits")
    call.press("901234#")
    call.press("1")
    call.press("1")
    call.hears("Let us try something first")
    call.press("2")
    call.press("2")
    call.hears("We can come at these times")
    call.press("1")
    call.hears("Your request number is")
    call.stay_silent()
    call.hears("Thank you for calling")
    call.stay_silent()
    assert call.ends().by == "hotline"
    town.tick()
    visitor.receives("OneCall request")
    whoever_works_tonight_accepts(town)


def whoever_works_tonight_accepts(town: Town) -> None:
    for worker in WORKERS:
        phone = town.phone(worker.phone)
        if phone.inbox:
            phone.text("收到", to=town.hotline)
    town.tick()


def everybody_has_been_answered_in_time(town: Town) -> None:
    with town.services.database.reading() as session:
        answers = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.ANSWER)).all()
        assert [clock.state for clock in answers] == [CommitmentState.MET] * 2


def each_technician_hears_of_the_day_once(town: Town) -> list[Telephone]:
    with town.services.database.reading() as session:
        told = {
            visit.technician.phone
            for visit in session.scalars(select(Visit).where(Visit.state == VisitState.DISPATCHED))
            if visit.technician is not None
        }
    phones = [town.phone(number) for number in sorted(told)]
    assert phones
    for phone in phones:
        assert len(phone.inbox) == 1
        assert re.search(r"https://onecall\.example/r/\S+", phone.inbox[0].body)
    town.tick()
    assert all(len(phone.inbox) == 1 for phone in phones), "published twice"
    for phone in phones:
        phone.text("收到", to=town.hotline)
    town.tick()
    return phones


def dr_chen_has_an_urgent_fault_at_nine_ten(town: Town, technicians: list[Telephone]) -> None:
    for phone in technicians:
        assert phone.unread
    town.wait_until(MORNING.replace(hour=1, minute=10) + dt.timedelta(days=1))
    chen = town.phone(DR_CHEN)
    before = promised_windows(town)
    call = chen.dial(town.hotline)
    call.hears("陈医生，您好")
    for key in ("1", "1", "2"):
        call.press(key)
    call.hears("今天")
    call.press("1")
    call.hears("预约好了")
    call.hang_up()
    town.tick()
    after = promised_windows(town)
    assert before.items() <= after.items(), "a promised window moved"
    news = [sms.body for phone in technicians for sms in phone.unread]
    assert len(news) <= 1, "more than the one concerned was told"
    for body in news:
        assert "新增" in body or "new " in body
        assert body.count("/r/") == 1


def promised_windows(town: Town) -> dict[int, tuple[dt.datetime | None, dt.datetime | None]]:
    with town.services.database.reading() as session:
        return {visit.id: (visit.window_from_at, visit.window_until_at) for visit in session.scalars(select(Visit))}


def the_technician_of_mr_wang_does_the_visit(town: Town, wang: Telephone) -> None:
    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).order_by(Visit.id)).first()
        assert visit is not None
        assert visit.technician is not None
        code, number = visit.code, visit.technician.phone
    phone = town.phone(number)
    for words, expected in (
        (f"accept {code}", None),
        (f"２{code.lower()}", "已出发"),
        (f"{code} 到了", "已到达"),
        (f"done {code}", "已完成"),
    ):
        phone.text(words, to=town.hotline)
        town.wait(3)
        if expected:
            wang.receives(expected)
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).first()
        assert request is not None
        assert request.close_reason is CloseReason.SOLVED


def every_clock_was_met_by_recorded_events(town: Town) -> None:
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).first()
        assert request is not None
        on_site = next(c for c in request.commitments if c.kind == CommitmentKind.ON_SITE)
        assert on_site.state is CommitmentState.MET
        assert on_site.started_at == EVENING
        assert on_site.deadline_at == EVENING + dt.timedelta(hours=24)
        assert find_broken_link(session, subject=f"request:{request.id}") is None
        assert all(call.outcome is not None for call in session.scalars(select(Call)))


def every_message_was_delivered_once(town: Town) -> None:
    with town.services.database.reading() as session:
        messages = session.scalars(select(Message)).all()
        assert {message.state for message in messages} == {MessageState.DELIVERED}
        bodies = [(message.to_number, message.body) for message in messages]
    arrived = [(sms.to_number, sms.body) for sms in town.exchange.messages.messages if sms.direction == "outbound-api"]
    assert sorted(arrived) == sorted(bodies)
