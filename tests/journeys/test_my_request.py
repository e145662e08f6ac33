"""My request on the telephone: how it stands, another time, cancelled, solved or not (H6, H17)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from models import Customer, ServiceRequest, StatusEvent, Stop, Visit
from operations.foundation.events import find_broken_link
from policies.request_states import CloseReason, RequestState
from policies.visit_states import VisitState
from simulator.call import SimulatedCall
from tests.town import Town
from tests.web.offices import MORNING, call_and_book, technician_of

WANG, STRANGER = "+8613800000001", "+447700900123"


def ask_after(town: Town, number: str = WANG) -> SimulatedCall:
    call = town.phone(number).dial(town.hotline)
    for key in ("2", "1"):
        call.press(key)
    return call


def request_of(town: Town, number: str) -> ServiceRequest:
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one()
        session.expunge(request)
    return request


def visit_of(town: Town, request: ServiceRequest) -> Visit:
    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).where(Visit.request_id == request.id)).one()
        session.expunge(visit)
    return visit


def count_stops(town: Town) -> int:
    with town.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Stop)) or 0


def press(call: SimulatedCall, *keys: str) -> None:
    for key in keys:
        call.press(key)


def test_mr_wang_asks_when_his_technician_comes_in_both_languages(town: Town) -> None:
    call_and_book(town)

    call = ask_after(town)

    call.hears(re.compile("师傅明天上午.*上门"))
    call.hears("改约时间，请按1")
    call.hang_up()
    english = town.phone(WANG).dial(town.hotline)
    press(english, "9", "2", "1")
    english.hears(re.compile(r"\w+ \w+ comes tomorrow between"))
    english.hang_up()


def test_a_visit_is_moved_and_the_old_place_is_free_in_the_same_step(town: Town) -> None:
    request = call_and_book(town)
    before = visit_of(town, request)
    call = ask_after(town)

    press(call, "1", "2")

    call.hears("预约好了")
    call.stay_silent()
    assert call.ends().by == "hotline"
    town.tick()
    after = visit_of(town, request)
    assert (after.state, count_stops(town)) == (VisitState.BOOKED, 1)
    assert after.window_from_at != before.window_from_at
    assert after.first_window_from_at == before.window_from_at, "the first promise stays on record"
    assert len(town.phone(WANG).inbox) == 2
    with town.services.database.reading() as session:
        moved = session.scalars(select(StatusEvent).where(StatusEvent.kind == "window_moved")).one()
        assert moved.facts["reason"] == "customer"
        assert find_broken_link(session, subject=f"request:{request.id}") is None


def test_whoever_only_listens_to_other_times_keeps_the_visit_he_has(town: Town) -> None:
    request = call_and_book(town)
    before = visit_of(town, request)
    call = ask_after(town)

    press(call, "1", "4")
    call.listen()
    call.hang_up()
    town.exchange.callbacks.deliver()

    after = visit_of(town, request)
    assert (after.state, after.window_from_at) == (VisitState.BOOKED, before.window_from_at)
    assert count_stops(town) == 1


def test_a_technician_who_knew_of_a_visit_hears_that_it_moved(town: Town) -> None:
    request = call_and_book(town)
    town.wait_until(MORNING)
    technician, code = technician_of(town, request)
    assert technician.unread

    call = ask_after(town)
    press(call, "1", "1")
    call.hears("预约好了")
    call.hang_up()
    town.tick()

    told = [sms.body for number in range(1, 5) for sms in town.phone(f"+861390000000{number}").inbox]
    assert any("行程变更" in body and code in body for body in told)
    assert visit_of(town, request).state is VisitState.DISPATCHED


def test_another_day_is_offered_on_that_day_only(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    press(call, "1", "1", "1", "2", "2", "5")
    call.hears("要最早的时间，请按1")
    call.hears("后天，请按3")

    call.press("3")

    call.hears("后天可以在以下时间上门")
    call.press("1")
    call.hears(re.compile("师傅后天.*上门"))
    call.hang_up()


def test_a_visit_is_cancelled_after_asking_once_more(town: Town) -> None:
    request = call_and_book(town)
    town.wait_until(MORNING)
    technician, code = technician_of(town, request)
    call = ask_after(town)
    call.press("2")
    call.hears("确定取消")
    call.press("2")
    call.hears("没有取消")

    press(call, "2", "1")

    call.hears("已取消")
    call.hears("还有其他需要，请按1")
    call.hang_up()
    town.tick()
    closed = request_of(town, request.number)
    assert (closed.state, closed.close_reason) == (RequestState.CLOSED, CloseReason.WITHDRAWN)
    assert visit_of(town, request).state is VisitState.CANCELLED
    assert count_stops(town) == 0
    technician.receives(f"取消{code}")
    town.phone(WANG).receives("已按您的要求取消")


def test_who_is_on_the_way_is_announced_with_name_and_time(town: Town) -> None:
    request = call_and_book(town)
    town.wait_until(MORNING)
    technician, code = technician_of(town, request)
    for report in ("1", "2"):
        technician.text(f"{report}{code}", to=town.hotline)

    call = ask_after(town)

    call.hears(re.compile("师傅已经出发，预计今天上午.*到"))
    call.hang_up()


def repaired(town: Town) -> ServiceRequest:
    request = call_and_book(town)
    town.wait_until(MORNING)
    technician, code = technician_of(town, request)
    for report in ("1", "2", "3", "4"):
        technician.text(f"{report}{code}", to=town.hotline)
        town.wait(30)
    return request


def test_a_customer_confirms_that_it_is_solved(town: Town) -> None:
    request = repaired(town)
    call = ask_after(town)
    call.hears("这张单已经解决结单")

    call.press("1")

    call.hears("已经记录为解决")
    call.hang_up()
    with town.services.database.reading() as session:
        kinds = session.scalars(select(StatusEvent.kind).where(StatusEvent.subject == f"request:{request.id}")).all()
    assert kinds.count("solution_confirmed") == 1


def test_not_solved_opens_the_second_repair_which_is_counted_and_booked_in_the_same_call(town: Town) -> None:
    request = repaired(town)
    call = ask_after(town)

    press(call, "2", "1")

    call.hears("预约好了")
    call.hang_up()
    with town.services.database.reading() as session:
        second = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id.desc())).first()
        assert second is not None
        assert second.repeat_of is not None
        assert second.repeat_of.number == request.number
        assert second.priority > request.priority
        assert second.state is RequestState.BOOKED


def test_reporting_the_same_machine_again_is_recognised_as_a_repeat(town: Town) -> None:
    first = repaired(town)

    second = call_and_book(town)

    with town.services.database.reading() as session:
        assert session.get_one(ServiceRequest, second.id).repeat_of_id == first.id


def give_customer_number(town: Town, number: str) -> None:
    with town.services.database.writing() as session:
        session.scalars(select(Customer).where(Customer.number == "C1")).one().number = number


@pytest.mark.parametrize("proof", ["445566#", "345678#"], ids=["customer number", "serial number"])
def test_a_stranger_with_number_and_proof_hears_how_the_request_stands(town: Town, proof: str) -> None:
    request = call_and_book(town)
    give_customer_number(town, "C445566")
    call = town.phone(STRANGER).dial(town.hotline)
    call.press("2")
    call.hears("请输入八位报修单号")

    press(call, f"{request.number}#", proof)

    call.hears(re.compile("师傅明天上午"))
    call.hang_up()


def test_a_request_number_alone_grants_nothing_and_guessing_is_limited(town: Town) -> None:
    request = call_and_book(town)
    for _ in range(3):
        call = town.phone(STRANGER).dial(town.hotline)
        press(call, "2", f"{request.number}#", "111111#")
        call.hears("核对不上")
        call.press("222222#")
        call.hears("请在提示音后留言")
        call.hang_up()

    call = town.phone(STRANGER).dial(town.hotline)
    press(call, "2", f"{request.number}#", "345678#")

    call.hears("核对不上")
    call.hang_up()


def test_a_number_nobody_has_sounds_like_a_wrong_proof_and_a_slip_is_said_at_once(town: Town) -> None:
    call = town.phone(STRANGER).dial(town.hotline)
    press(call, "2", "12345678#")
    call.hears("这个号码不对")

    press(call, "00000000#", "345678#")

    call.hears("核对不上")
    call.hang_up()


def test_a_visit_without_a_window_can_be_booked_later(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    press(call, "1", "1", "1", "2", "2")
    call.listen()
    call.hang_up()
    town.exchange.callbacks.deliver()
    call = ask_after(town)
    call.hears("还没有约好上门时间")

    press(call, "1", "1")

    call.hears("预约好了")
    call.hang_up()
