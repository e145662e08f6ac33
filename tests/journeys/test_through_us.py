"""Customer and technician of a visit talk through us, and neither sees the other's number (D11, S1)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Call, CallEvent, Customer, Shift, StatusEvent, ToldStop, Visit
from operations.fieldwork.visits import complete_visit
from operations.foundation.links import make_request_link, make_route_link
from policies.languages import Language
from policies.visit_states import VisitState
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town

WANG, SCHOOL = "+8613800000001", "+862160000002"
NIGHT_TECHNICIAN = "+8613900000004"


@pytest.fixture
def told(town: Town) -> Town:
    """A visit tonight, of which customer and technician know."""
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "1"):
        call.press(key)
    call.hang_up()
    town.tick()
    with town.services.database.writing() as session:
        the_visit(session).state = VisitState.ACKNOWLEDGED
    town.clock.set(window_of(town))
    return town


def the_visit(session: Session) -> Visit:
    return session.scalars(select(Visit)).one()


def window_of(town: Town) -> dt.datetime:
    with town.services.database.reading() as session:
        window_from_at = the_visit(session).window_from_at
    assert window_from_at is not None
    return window_from_at


def technician_of(town: Town) -> str:
    with town.services.database.reading() as session:
        technician = the_visit(session).technician
        assert technician is not None
        return technician.phone


def results(town: Town) -> list[str]:
    with town.services.database.reading() as session:
        return [
            step.facts["result"] for step in session.scalars(select(CallEvent).where(CallEvent.kind == "visit_call"))
        ]


def test_a_technician_who_rings_is_offered_his_customer_and_put_through(told: Town) -> None:
    told.phone(WANG).picks_up(talks_seconds=40, whisper_keys="1")

    call = told.phone(technician_of(told)).dial(told.hotline)
    call.hears("要联系哪一位客户")
    call.hears("王小明，光影二号投影机，请按1")
    call.press("1")
    call.hears("正在为您接通")
    call.wait(60)
    call.hears("还有其他需要")
    call.hang_up()

    assert results(told) == ["talked"]
    with told.services.database.reading() as session:
        assert "visit_call_ended" in session.scalars(select(StatusEvent.kind)).all()
        assert all(session.scalars(select(Call.request_id)))


@ON_SQLITE_ALONE
def test_the_menu_is_still_there_for_a_technician(told: Town) -> None:
    call = told.phone(technician_of(told)).dial(told.hotline)
    call.press("2")

    call.hears("报修请按1")
    call.hang_up()


@ON_SQLITE_ALONE
def test_a_customer_reaches_the_technician_by_my_request(told: Town) -> None:
    told.phone(technician_of(told)).picks_up(talks_seconds=20, whisper_keys="1")

    call = told.phone(WANG).dial(told.hotline)
    call.press("2")
    call.press("1")
    call.hears("联系师傅，请按4")
    call.press("4")
    call.wait(60)
    call.hang_up()

    assert results(told) == ["talked"]


@ON_SQLITE_ALONE
def test_who_does_not_take_it_reads_that_the_other_one_rang_and_a_machine_is_not_a_talk(told: Town) -> None:
    technician = technician_of(told)
    told.phone(technician).picks_up(talks_seconds=20)
    call = told.phone(WANG).dial(told.hotline)
    for key in ("2", "1", "4"):
        call.press(key)
    call.wait(40)
    call.hears("对方没有接听")
    call.hang_up()
    told.wait(0.1)

    assert results(told) == ["not_taken"]
    told.phone(technician).receives("客户来过电话")

    told.phone(WANG).is_busy()
    call = told.phone(technician).dial(told.hotline)
    call.press("1")
    call.wait(40)
    call.hang_up()
    told.wait(0.1)
    assert WANG not in told.phone(WANG).receives("上门师傅给您来过电话").body


@ON_SQLITE_ALONE
def test_a_text_is_enough_and_rings_only_the_telephone_the_visit_is_known_by(told: Town) -> None:
    told.phone(technician_of(told)).picks_up(talks_seconds=20, whisper_keys="1")
    told.phone(SCHOOL).text("DH", to=told.hotline)
    told.wait(0.1)
    assert told.phone(SCHOOL).ringing is None

    told.phone(WANG).text("dh", to=told.hotline)
    told.tick()

    call = told.phone(WANG).pick_up()
    call.hears("双方都看不到号码")
    call.press("1")
    call.hears("正在为您接通")
    call.wait(60)
    call.hang_up()
    assert results(told) == ["talked"]


@ON_SQLITE_ALONE
def test_the_customers_link_and_the_technicians_route_ring_who_taps(told: Town) -> None:
    technician = technician_of(told)
    with told.services.database.writing() as session:
        visit = the_visit(session)
        code = visit.code
        own = make_request_link(session, request=visit.request, house=told.services.house, now=told.clock.now())
        shift = session.get_one(Shift, session.scalars(select(ToldStop.shift_id)).first())
        route = make_route_link(session, shift=shift, house=told.services.house, now=told.clock.now())
    client = told.app.test_client()

    own, route = (link.removeprefix("https://onecall.example") for link in (own, route))
    page, day = client.get(own).text, client.get(route).text
    assert f'action="{own}/call"' in page
    assert f'action="{route}/visits/{code}/call"' in day
    for number in (WANG, technician):
        assert number not in page + day
    assert client.get(f"{route}/day.json").get_json()["visits"][0]["can_call"] is True

    asked = client.post(f"{own}/call", follow_redirects=True)
    assert "马上给您来电" in asked.text
    client.post(f"{own}/call")
    told.tick()
    told.phone(WANG).pick_up().hang_up()
    assert told.phone(WANG).ringing is None, "tapped twice, it rings once"

    assert "马上给您来电" in client.post(f"{route}/visits/{code}/call", follow_redirects=True).text
    told.tick()
    told.phone(technician).pick_up().press("2")


@ON_SQLITE_ALONE
def test_with_the_visit_the_way_to_each_other_ends(told: Town) -> None:
    with told.services.database.writing() as session:
        visit = the_visit(session)
        visit.state = VisitState.ON_SITE
        own = make_request_link(session, request=visit.request, house=told.services.house, now=told.clock.now())
        complete_visit(session, visit=visit, house=told.services.house, now=told.clock.now(), actor="technician:T4")
    told.tick()

    call = told.phone(technician_of(told)).dial(told.hotline)
    call.hears("报修请按1")
    call.hang_up()
    call = told.phone(WANG).dial(told.hotline)
    call.press("2")
    call.press("1")
    assert not any("联系师傅" in sentence for sentence in call.listen())
    call.hang_up()
    link = own.removeprefix("https://onecall.example")
    assert "现在还不能接通" in told.app.test_client().post(f"{link}/call", follow_redirects=True).text


@ON_SQLITE_ALONE
def test_in_english_too_and_the_other_side_sees_our_number_alone(told: Town) -> None:
    with told.services.database.writing() as session:
        session.scalars(select(Customer).where(Customer.number == "C1")).one().language = Language.EN
        visit = the_visit(session)
        assert visit.technician is not None
        visit.technician.language = Language.EN
    told.phone(WANG).picks_up(talks_seconds=20, whisper_keys="1")

    call = told.phone(technician_of(told)).dial(told.hotline)
    call.hears("Hello Sun Ye")
    call.hears("Wang Xiaoming, Lumen Two projector, press 1")
    call.press("1")
    call.hears("I am putting you through")
    call.wait(60)
    call.hang_up()
    assert results(told) == ["talked"]
