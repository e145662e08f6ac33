"""A recall of 500 machines: begun on its page, told, booked by link and telephone, called, raised again, 100 % (C8)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pytest
from sqlalchemy import func, select

from models import Asset, CustomerCall, Message, Product, Recall, ServiceRequest, Shift, Site, Stop, Visit
from operations.aftercare.own_requests import end_request
from operations.fieldwork.visits import arrive, complete_visit, start_travel
from policies.customer_calls import CustomerCallKind
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason, RequestState
from policies.roles import Role
from policies.visit_states import PROMISED, VisitState
from tests.factories.customers import make_asset, make_customer, make_site
from tests.factories.numbers import next_number
from tests.journeys.aftersales.people import Colleague, book, customers_link, first_of
from tests.town import EVENING, Town
from tests.web.conftest import browser

pytestmark = pytest.mark.proof
MACHINES, BY_LINK = 500, 5
WANG, SCHOOL, CHEN = "+8613800000001", "+862160000002", "+8613800000003"
LONELY = "LX-3000496"
"""The machine whose owner left no number."""


def number_of(index: int) -> str:
    return f"+8613911{index:06d}"


def test_a_recall_of_five_hundred_machines_goes_through_every_door_to_a_hundred_percent(town: Town) -> None:
    sell_machines(town)
    manager = Colleague(town, Role.MANAGER)
    the_manager_begins_it(manager)
    everybody_but_one_is_told_with_a_link(town, manager)
    the_school_is_called_and_takes_a_time_on_the_telephone(town)
    five_owners_take_a_time_by_link(town)
    mr_wang_calls_the_hotline(town)
    repairs_still_have_their_room(town)
    one_owner_calls_it_off_and_is_spoken_with(town, manager)
    the_owner_without_a_number_is_found(town, manager)
    who_has_a_time_is_visited_and_the_others_bring_theirs_to_the_counter(town)
    it_is_done_and_says_so(town, manager)


def sell_machines(town: Town) -> None:
    while next_number() < MACHINES:
        pass  # the town's own customers have the first numbers
    with town.services.database.writing() as session:
        product = session.scalars(select(Product)).one()
        territory = session.scalars(select(Site)).all()[0].territory
        known = session.scalar(select(func.count()).select_from(Asset)) or 0
        for index in range(MACHINES - known):
            customer = make_customer(session, phone=number_of(index))
            site = make_site(session, customer, territory, place=(31.22 + index % 7 / 500, 121.46))
            make_asset(session, site, product, serial=f"LX-3{index:06d}")
        lonely = session.scalars(select(Asset).where(Asset.serial == LONELY)).one().customer
        for phone in list(lonely.phones):
            session.delete(phone)


def the_manager_begins_it(manager: Colleague) -> None:
    form = {"model": "LX-2", "serial_from": "LX-2", "serial_until": "LX-4", "fault": "no_picture", "notice": "换电源板"}
    page = manager.sends("/campaigns", on="/campaigns", **form)
    assert f"to be told {MACHINES}" in page


def everybody_but_one_is_told_with_a_link(town: Town, manager: Colleague) -> None:
    go_on(town, rounds=5)
    town.clock.set(EVENING + dt.timedelta(hours=10))  # the night is quiet: texts go in the morning, 100 a second
    for _ in range(MACHINES // 100 + 1):
        town.clock.set(town.clock.now() + dt.timedelta(seconds=2))
        town.tick("send_messages")
    texts = [text for index in range(MACHINES - 4) for text in town.phone(number_of(index)).inbox]
    assert len(texts) == MACHINES - 4
    assert all("召回" in text.body and "/v/" in text.body for text in texts)
    page = manager.reads("/campaigns/1")
    assert first_of(r"unreachable</td><td>\s*<a[^>]*>(\d+)", page) == "1"
    assert LONELY in manager.reads("/campaigns")


def the_school_is_called_and_takes_a_time_on_the_telephone(town: Town) -> None:
    """Two owners were told two days ago and have taken no time: they are called, and nobody else."""
    town.clock.set(town.clock.now() + dt.timedelta(hours=2))
    with town.services.database.writing() as session:
        told = select(Recall).join(Asset).where(Asset.serial.in_(["LX-2B901234", "LX-3000100"]))
        for recall in session.scalars(told):
            recall.told_at = town.clock.now() - dt.timedelta(days=2)
    town.tick("call_customers", "send_messages")
    call = town.phone(SCHOOL).pick_up()
    call.hears("召回")
    call.press("1")
    call.hears("请按1")
    call.press("1")
    call.hears("约好了")
    call.hang_up()
    assert has_time(town, "LX-2B901234")
    later = town.phone(number_of(100)).pick_up()
    later.press("2")
    later.hears("链接")
    with town.services.database.reading() as session:
        about = session.scalars(select(CustomerCall.kind)).all()
        assert about == [CustomerCallKind.RECALL] * 2


def five_owners_take_a_time_by_link(town: Town) -> None:
    client = browser(town)
    for index in range(BY_LINK):
        link = customers_link(town, number_of(index), recalled(town, f"LX-3{index:06d}"))
        client.post(f"{link}/times")
        hold = first_of(r'name="hold" value="(\d+)"', client.get(link).text)
        assert client.post(f"{link}/take", data={"hold": hold}).status_code == 302
        assert has_time(town, f"LX-3{index:06d}")


def mr_wang_calls_the_hotline(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for key in ("2", "1", "1", "1"):
        call.press(key)
    call.hang_up()
    assert has_time(town, "LX-2A345678")


def repairs_still_have_their_room(town: Town) -> None:
    """As many recalls as are booked leave each shift the hours that are kept for repairs, and a repair its day."""
    with town.services.database.reading() as session:
        minutes: dict[int, int] = defaultdict(int)
        for stop, visit in session.execute(select(Stop, Visit).join(Visit, Visit.id == Stop.visit_id)):
            minutes[stop.shift_id] += visit.duration_minutes
        for shift_id, planned in minutes.items():
            shift = session.get_one(Shift, shift_id)
            length = (shift.ends_at - shift.starts_at) / dt.timedelta(minutes=1) - shift.break_minutes
            assert planned <= length - 180, "the figure repair_reserve_minutes"
    number = book(town, CHEN, "1", "1", "1", "2", "2")
    with town.services.database.reading() as session:
        repair = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one()
        visit = session.scalars(select(Visit).where(Visit.request_id == repair.id)).one()
        assert repair.kind is RequestKind.REPAIR
        assert visit.window_until_at is not None
        assert visit.window_until_at <= repair.opened_at + dt.timedelta(hours=24)


def one_owner_calls_it_off_and_is_spoken_with(town: Town, manager: Colleague) -> None:
    number = recalled(town, "LX-3000000")
    browser(town).post(f"{customers_link(town, number_of(0), number)}/cancel", data={"sure": "yes"})
    go_on(town)
    page = manager.reads("/campaigns?")
    assert "LX-3000000" in page
    assert "put off by its owner" in page
    press(manager, town, "LX-3000000", "reach")
    go_on(town)
    assert recalled(town, "LX-3000000") != number, "a request of its own, with a text of its own"


def the_owner_without_a_number_is_found(town: Town, manager: Colleague) -> None:
    press(manager, town, LONELY, "reach")
    go_on(town)
    assert recalled(town, LONELY)
    assert "gone abroad" in press(manager, town, "LX-3000495", "give_up", note="gone abroad")


def who_has_a_time_is_visited_and_the_others_bring_theirs_to_the_counter(town: Town) -> None:
    """Visits end as technicians end them; for those at the counter the clerk closes the request with its reason."""
    with town.services.database.writing() as session:
        house, at = town.services.house, town.clock.now()
        for recall in session.scalars(select(Recall).where(Recall.request_id.is_not(None))).all():
            request = recall.request
            assert request is not None
            visit = session.scalars(
                select(Visit).where(Visit.request_id == request.id, Visit.state.in_(PROMISED))
            ).one_or_none()
            if visit is None:
                if request.state is not RequestState.CLOSED:
                    reason = CloseReason.EXCHANGED
                    end_request(session, request=request, reason=reason, house=house, now=at, source="desk", actor="c")
                continue
            visit.state = VisitState.ACKNOWLEDGED
            start_travel(session, visit=visit, house=house, now=at, actor="technician")
            arrive(session, visit=visit, house=house, now=at, actor="technician")
            complete_visit(session, visit=visit, house=house, now=at, actor="technician")


def it_is_done_and_says_so(town: Town, manager: Colleague) -> None:
    assert "100 %" not in manager.reads("/campaigns")
    go_on(town)
    page = manager.reads("/campaigns")
    assert "100 %" in page
    assert f"done {MACHINES - 1}, given up 1" in page
    file = manager.downloads("/campaigns/1.csv").decode()
    assert len(file.splitlines()) == MACHINES + 1
    with town.services.database.reading() as session:
        per_request = session.execute(
            select(func.count(), Message.request_id)
            .where(Message.template == "recall_notice")
            .group_by(Message.request_id)
        ).all()
        assert {count for count, _ in per_request} == {1}, "nobody is told twice of one request"
        assert len(per_request) == MACHINES


def go_on(town: Town, *, rounds: int = 1) -> None:
    """Let the clock take the recall some rounds further."""
    for _ in range(rounds):
        town.clock.set(town.clock.now() + dt.timedelta(minutes=5))
        town.tick("follow_campaigns")


def recalled(town: Town, serial: str) -> str:
    """The number of the request that a recall of this machine waits for."""
    with town.services.database.reading() as session:
        recall = session.scalars(select(Recall).join(Asset).where(Asset.serial == serial)).one()
        return recall.request.number if recall.request else ""


def has_time(town: Town, serial: str) -> bool:
    with town.services.database.reading() as session:
        booked = (
            select(Visit.id)
            .join(Recall, Recall.request_id == Visit.request_id)
            .join(Asset, Asset.id == Recall.asset_id)
        )
        return session.scalar(booked.where(Asset.serial == serial, Visit.state.in_(PROMISED))) is not None


def press(manager: Colleague, town: Town, serial: str, step: str, **form: str) -> str:
    with town.services.database.reading() as session:
        recall_id = session.scalars(select(Recall.id).join(Asset).where(Asset.serial == serial)).one()
    manager.sends(f"/campaigns/recalls/{recall_id}/{step}", on="/campaigns", **form)
    return manager.reads("/campaigns/1?state=given_up")
