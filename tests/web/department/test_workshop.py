"""The workshop's page: taken in, lent, reported, answered; by owner, colleague and stranger (D14, P4, F5)."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Asset, Loaner, ServiceRequest
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused
from tests.web.offices import call_and_book


@pytest.fixture
def number(town: Town) -> str:
    """The number of an open request; a loaner of its machine's model is free."""
    number = call_and_book(town).number
    with town.services.database.writing() as session:
        asset = session.scalars(select(Asset).join(ServiceRequest, ServiceRequest.asset_id == Asset.id)).one()
        session.add(Loaner(serial="LO-1", product_id=asset.product_id, is_active=True))
    return number


def press(client: FlaskClient, address: str, **fields: str) -> int:
    token = read_token(client, "/calls")
    return client.post(f"/workshop{address}", data={"csrf_token": token, **fields}).status_code


def test_a_machine_comes_a_loaner_goes_out_and_both_are_exchanged_back(
    town: Town, dispatcher: FlaskClient, number: str
) -> None:
    due_on = (town.clock.now() + dt.timedelta(days=9)).date().isoformat()

    assert press(dispatcher, "", number=number, condition="scratched") == 302
    assert "is in the workshop already" in refused(dispatcher, "/workshop", number=number)
    assert press(dispatcher, "/loans", number=number, loaner="1", due_on=due_on) == 302
    page = dispatcher.get("/workshop").text
    assert re.search(r"LO-1</td>", page.replace("\n", ""))
    assert press(dispatcher, "/1/repaired", finding="new board") == 302
    assert press(dispatcher, "/1/given_back") == 302
    assert press(dispatcher, "/loans/1", condition="fine") == 302

    page = dispatcher.get("/workshop").text
    assert "No machine is in the workshop." in page
    assert "No loaner is out." in page


def test_a_problem_is_put_before_experts_and_answered(dispatcher: FlaskClient, number: str) -> None:
    assert press(dispatcher, "/exceptions", number=number, problem="restarts all the time", owner="Zhao") == 302
    assert "technical department" in dispatcher.get("/workshop").text
    assert press(dispatcher, "/exceptions/1/climb") == 302
    assert press(dispatcher, "/exceptions/1/answer", answer="new firmware") == 302
    assert "new firmware" in dispatcher.get("/workshop").text
    assert press(dispatcher, "/exceptions/1/solved") == 302
    assert "No exception report is open." in dispatcher.get("/workshop").text


def test_what_never_was_is_not_found_and_a_wrong_date_is_a_bad_request(dispatcher: FlaskClient, number: str) -> None:
    addresses = ("/9/repaired", "/1/sold", "/loans/9", "/exceptions/9/answer", "/exceptions/1/burn")

    assert [press(dispatcher, address, finding="x", answer="x") for address in addresses] == [404] * 5
    assert press(dispatcher, "", number="12345678") == 422
    assert press(dispatcher, "/loans", number=number, loaner="1", due_on="yesterday") == 422


def test_an_auditor_looks_and_changes_nothing(sign_in: SignIn, stranger: FlaskClient, number: str) -> None:
    auditor = sign_in(Role.AUDITOR)

    assert 'action="/workshop' not in auditor.get("/workshop").text
    assert press(auditor, "", number=number) == 403
    assert stranger.get("/workshop").status_code == 302
