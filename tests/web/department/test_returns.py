"""Two failed repairs lead to an exchange, a fault in the first week to the money back (C4, C5)."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Asset, Product, Receivable, Return, ServiceRequest, StatusEvent
from operations.aftercare.own_requests import open_repeat
from operations.fieldwork.visits import draft_visit
from operations.matters.requests import close_request, open_request
from operations.people.customers import list_assets
from policies.channels import Channel
from policies.languages import Language
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason
from policies.returns import ReturnState
from policies.roles import Role
from policies.visit_states import VisitState
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book


@pytest.fixture
def bought(town: Town) -> Town:
    """Wang's projector is half a year old, for 4,000 yuan, with an invoice."""
    with town.services.database.writing() as session:
        asset = session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one()
        asset.purchased_on = asset.invoiced_on = dt.date(2026, 5, 20)
        asset.price_cents = 400_000
    return town


def post(client: FlaskClient, address: str, **form: object) -> str:
    token = read_token(client, "/returns")
    answer = client.post(address, data={"csrf_token": token, **form}, follow_redirects=True)
    assert answer.status_code in {200, 422}, answer.status_code
    return answer.text


def repair_in_vain(town: Town, number: str) -> str:
    """Somebody came and called it done, and the customer reports the same matter again; return the new number."""
    with town.services.database.writing() as session:
        request = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one()
        visit = draft_visit(session, request=request)
        visit.state, visit.arrived_at, visit.completed_at = VisitState.COMPLETED, town.clock.now(), town.clock.now()
        close_request(
            session, request=request, reason=CloseReason.SOLVED, now=town.clock.now(), source="test", actor="test"
        )
        again = open_repeat(
            session,
            request=request,
            channel=Channel.HOTLINE,
            language=Language.ZH,
            opened_at=town.clock.now(),
            now=town.clock.now(),
            contact_phone="+8613800000001",
        )
        return again.number


def report(town: Town) -> str:
    call = town.phone("+8613800000001").dial(town.hotline)
    for key in ("1", "1", "1", "2", "2"):
        call.press(key)
    call.hang_up()
    with town.services.database.reading() as session:
        return session.scalars(select(ServiceRequest.number)).one()


def grant_address(page: str) -> str:
    found = re.search(r"/returns/\d+/approved", page)
    assert found, page
    return found[0].removesuffix("/approved")


def test_one_repair_in_vain_is_not_enough_and_two_are_an_exchange(
    bought: Town, dispatcher: FlaskClient, sign_in: SignIn
) -> None:
    second = repair_in_vain(bought, report(bought))
    page = post(dispatcher, "/returns", request=second, remedy="exchange", why="quality")
    assert "not due yet" in page
    wish = grant_address(page)
    assert "The policy refuses it" in post(dispatcher, f"{wish}/approved")
    post(dispatcher, f"{wish}/refused", note="one repair only")

    third = repair_in_vain(bought, second)
    wish = grant_address(post(dispatcher, "/returns", request=third, remedy="exchange", why="quality"))
    post(dispatcher, f"{wish}/approved")
    clerk = sign_in(Role.CLERK)
    post(clerk, f"{wish}/received", condition="burnt board")
    assert "six digits" in post(clerk, f"{wish}/closed", disposition="retire", serial="LX-1")
    page = post(clerk, f"{wish}/closed", disposition="retire", serial="lx-2a999999")

    assert "repairs did not cure it" in page
    with bought.services.database.reading() as session:
        old = session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one()
        assert old.replaced_by is not None
        assert (old.replaced_by.serial, old.replaced_by.invoiced_on) == ("LX-2A999999", dt.date(2026, 5, 20))
        matter = session.scalars(select(ServiceRequest).where(ServiceRequest.number == third)).one()
        assert matter.close_reason is CloseReason.EXCHANGED
        assert session.scalars(select(Receivable)).all() == []
        assert [one.serial for one in list_assets(session, customer_id=old.customer_id)] == ["LX-2A999999"]


def test_a_fault_in_the_first_week_is_refunded_in_full_within_the_managers_limit(
    bought: Town, dispatcher: FlaskClient, sign_in: SignIn
) -> None:
    with bought.services.database.writing() as session:
        asset = session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one()
        asset.purchased_on = asset.invoiced_on = dt.date(2026, 11, 19)
    request = call_and_book(bought)
    page = post(dispatcher, "/returns", request=request.number, remedy="refund", why="quality")
    assert "¥4,000.00" in page
    address = re.search(r"/returns/\d+", page)
    assert address

    assert "above your limit" in post(dispatcher, f"{address[0]}/approved")
    manager = sign_in(Role.MANAGER)
    post(manager, f"{address[0]}/approved", note="in the first week")
    post(manager, f"{address[0]}/received", condition="as described")
    post(manager, f"{address[0]}/closed", disposition="repair")

    with bought.services.database.reading() as session:
        assert session.scalars(select(Return)).one().state is ReturnState.CLOSED
        assert session.scalars(select(Receivable)).one().amount_cents == -400_000
        assert session.scalars(select(ServiceRequest)).one().close_reason is CloseReason.REFUNDED
        kinds = set(session.scalars(select(StatusEvent.kind)))
        assert {"return_requested", "return_approved", "return_received", "return_closed"} <= kinds
    assert "−¥4,000.00" in manager.get("/money").text


def test_a_second_wish_for_the_same_machine_waits_and_a_clerk_cannot_grant(bought: Town, sign_in: SignIn) -> None:
    request = call_and_book(bought)
    clerk = sign_in(Role.CLERK)
    page = post(clerk, "/returns", request=request.number, remedy="refund", why="beyond_repair")

    assert "has not ended" in post(clerk, "/returns", request=request.number, remedy="refund", why="quality")
    address = re.search(r"RMA26-000001", page)
    assert address
    with bought.services.database.reading() as session:
        wish_id = session.scalars(select(Return.id)).one()
    form = {"csrf_token": read_token(clerk, "/returns")}
    assert clerk.post(f"/returns/{wish_id}/approved", data=form).status_code == 403
    assert "/approved" not in page


def test_an_exchange_for_another_model_costs_the_difference_and_stands_in_its_place_at_its_own_price(
    bought: Town, sign_in: SignIn
) -> None:
    request = call_and_book(bought)
    with bought.services.database.writing() as session:
        session.add(Product(model_code="LX-9", name="旗舰机", name_en="Flagship", family="projector"))
        open_request(
            session,
            channel=Channel.PLAN,
            kind=RequestKind.PREVENTIVE,
            language=Language.ZH,
            opened_at=bought.clock.now() - dt.timedelta(days=70),
            now=bought.clock.now(),
            answered_by="plan",
            contact_phone=None,
            asset=session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one(),
        )
    manager = sign_in(Role.MANAGER)
    wish = {"request": request.number, "remedy": "exchange", "why": "quality"}
    assert "choose it and give its price" in post(manager, "/returns", **wish, replacement="LX-9")
    assert "choose it and give its price" in post(manager, "/returns", **wish, replacement_price="5000")
    form = {"csrf_token": read_token(manager, "/returns"), **wish, "replacement": "LX-0", "replacement_price": "5000"}
    assert manager.post("/returns", data=form).status_code == 422
    refused = grant_address(post(manager, "/returns", **wish))
    assert "not due yet" in manager.get("/returns").text, "seventy days of care are no repair"
    post(manager, f"{refused}/refused", note="not yet")
    wish["why"] = "beyond_repair"
    page = post(manager, "/returns", **wish, replacement="LX-9", replacement_price="5000")
    assert "Flagship · ¥1,000.00" in page
    granted = grant_address(page)
    post(manager, f"{granted}/approved")
    post(manager, f"{granted}/received", condition="burnt board")
    post(manager, f"{granted}/closed", disposition="retire", serial="LX-9000001")

    with bought.services.database.reading() as session:
        new = session.scalars(select(Asset).where(Asset.serial == "LX-9000001")).one()
        assert (new.product.model_code, new.price_cents, new.invoiced_on) == ("LX-9", 500_000, dt.date(2026, 5, 20))
        assert session.scalars(select(Receivable)).one().amount_cents == 100_000
