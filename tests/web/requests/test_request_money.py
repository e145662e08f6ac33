"""Money on the pages, as the manual's stories: in warranty, with a charge agreed, under an agreement (M1-M3)."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Agreement, Asset, ServiceRequest, Settlement
from policies.agreements import AgreementKind, AgreementState
from policies.roles import Role
from tests.factories.agreements import make_agreement
from tests.factories.prices import make_price_list
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

REPAIR = {"code": ["TRAVEL", "LABOUR", "BOARD"], "quantity": ["1", "1.5", "1"]}


@pytest.fixture
def priced(town: Town) -> Town:
    """Wang's projector is out of warranty, and a price list is in force."""
    with town.services.database.writing() as session:
        make_price_list(session)
        asset = find_asset(session)
        asset.purchased_on = asset.invoiced_on = dt.date(2020, 3, 3)
    return town


def find_asset(session) -> Asset:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return session.scalars(select(Asset).where(Asset.serial_tail == "345678")).one()


def post(client: FlaskClient, request: ServiceRequest, act: str, **form: object) -> str:
    page = f"/requests/{request.number}/money"
    answer = client.post(f"{page}/{act}", data={"csrf_token": read_token(client, page), **form}, follow_redirects=True)
    assert answer.status_code in {200, 422}, answer.text
    return answer.text


def last_settlement(page: str) -> str:
    found = re.search(r'id="s(\d+)"', page)
    assert found, page
    return found[1]


def test_a_repair_under_warranty_is_settled_for_nothing_with_every_line_shown(
    priced: Town, dispatcher: FlaskClient
) -> None:
    request = call_and_book(priced)
    with priced.services.database.writing() as session:
        asset = find_asset(session)
        asset.purchased_on = asset.invoiced_on = dt.date(2026, 9, 3)

    page = post(dispatcher, request, "settle", **REPAIR)

    assert "R26-000001" in page
    assert page.count("¥680.00") == 3, "price, amount, not charged"
    assert "under warranty" in page
    assert "<b>¥0.00</b>" in page


def test_a_charge_is_told_agreed_worked_and_receipted_and_a_dearer_one_waits(
    priced: Town, dispatcher: FlaskClient, sign_in: SignIn
) -> None:
    request = call_and_book(priced)

    page = post(dispatcher, request, "quote", **REPAIR)
    assert "¥910.00" in page
    page = post(dispatcher, request, f"{last_settlement(page)}/agree", customer="Mrs Wang")
    assert "Agreed before the work by Mrs Wang" in page
    dearer = {"code": [*REPAIR["code"], "CABLE"], "quantity": [*REPAIR["quantity"], "8"]}
    page = post(dispatcher, request, "settle", **dearer)
    assert "difference waits for approval" in page
    assert request.number in dispatcher.get("/money").text

    refused = post(dispatcher, request, f"{last_settlement(page)}/approve", reason="eight cables")
    assert "above your limit" in refused
    manager = sign_in(Role.MANAGER)
    page = post(manager, request, f"{last_settlement(page)}/approve", reason="eight cables")

    assert "R26-000001" in page
    assert "manager: eight cables" in page
    assert "¥1,190.00" in manager.get("/money").text
    page = post(manager, request, f"{last_settlement(page)}/reverse", reason="wrong machine")
    assert "R26-000002" in page
    assert "−¥1,190.00" in page


def test_between_two_agreements_the_clerk_chooses_and_the_visit_is_taken(priced: Town, sign_in: SignIn) -> None:
    request = call_and_book(priced)
    with priced.services.database.writing() as session:
        asset = find_asset(session)
        make_agreement(session, asset)
        chosen = make_agreement(session, asset, kind=AgreementKind.PACKAGE, allowance_visits=2).lines[0]
        line_id, number = chosen.id, chosen.agreement.number
    clerk = sign_in(Role.CLERK)

    assert "choose one of them first" in post(clerk, request, "quote", **REPAIR)
    post(clerk, request, "decide", line=line_id, reason="asked Mrs Wang")
    page = post(clerk, request, "settle", **REPAIR)

    assert "the agreement pays" in page
    assert "R26-000001" in page
    assert "1 of 2 left" in clerk.get(f"/agreements/{number}").text


def test_misuse_found_on_site_makes_it_charged_and_says_so(priced: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(priced)
    with priced.services.database.writing() as session:
        asset = find_asset(session)
        asset.purchased_on = asset.invoiced_on = dt.date(2026, 9, 3)

    page = post(dispatcher, request, "decide", cause=["misuse"], reason="water inside")

    assert page.count("a chargeable cause") == 4
    assert "water inside" in page


def test_a_quantity_that_is_no_number_and_a_settlement_of_another_request_are_refused(
    priced: Town, dispatcher: FlaskClient
) -> None:
    request = call_and_book(priced)
    other = call_and_book(priced, "+862160000002")
    assert "A number, please" in post(dispatcher, request, "quote", code="TRAVEL", quantity="one")

    quoted = last_settlement(post(dispatcher, request, "quote", **REPAIR))

    token = read_token(dispatcher, f"/requests/{other.number}/money")
    form = {"csrf_token": token, "customer": "Somebody"}
    assert dispatcher.post(f"/requests/{other.number}/money/{quoted}/agree", data=form).status_code == 404
    with priced.services.database.reading() as session:
        assert session.scalars(select(Settlement)).one().agreed_by is None


def test_an_auditor_looks_and_may_not_touch_and_a_stranger_sees_nothing(
    priced: Town, sign_in: SignIn, stranger: FlaskClient
) -> None:
    request = call_and_book(priced)
    auditor = sign_in(Role.AUDITOR)

    page = auditor.get(f"/requests/{request.number}/money")

    assert page.status_code == 200
    assert "/quote" not in page.text
    form = {"csrf_token": read_token(auditor, "/"), **REPAIR}
    assert auditor.post(f"/requests/{request.number}/money/quote", data=form).status_code == 403
    assert stranger.get(f"/requests/{request.number}/money").status_code == 302
    assert stranger.get("/money").status_code == 302


def test_a_draft_is_approved_by_another_and_its_instalments_are_owed_and_paid(priced: Town, sign_in: SignIn) -> None:
    with priced.services.database.writing() as session:
        number = make_agreement(session, find_asset(session), state=AgreementState.DRAFT, made_by="clerk").number
    manager = sign_in(Role.MANAGER)
    form = {"csrf_token": read_token(manager, f"/agreements/{number}")}

    answer = manager.post(f"/agreements/{number}/approve", data=form, follow_redirects=True)

    assert "approved" in answer.text
    owed = manager.get("/money").text
    assert owed.count("¥3,000.00") == 8
    receivable = re.search(r"/money/receivables/(\d+)", owed)
    assert receivable
    paid = manager.post(
        receivable[0], data={**form, "amount": "1000.00", "method": "transfer"}, follow_redirects=True
    ).text
    assert "¥2,000.00" in paid
    too_much = manager.post(
        receivable[0], data={**form, "amount": "2000.01", "method": "cash"}, follow_redirects=True
    ).text
    assert "more than what is open" in too_much
    with priced.services.database.reading() as session:
        assert session.scalars(select(Agreement)).one().approved_by == "manager"


def test_a_missed_response_under_an_agreement_is_computed_shown_and_credited(priced: Town, sign_in: SignIn) -> None:
    with priced.services.database.writing() as session:
        number = make_agreement(session, find_asset(session), response_hours=4).number
    call_and_book(priced)
    manager = sign_in(Role.MANAGER)
    priced.wait(5 * 60)
    form = {"csrf_token": read_token(manager, f"/agreements/{number}")}

    page = manager.post(f"/agreements/{number}/penalties", data=form, follow_redirects=True).text
    assert "response missed" in page
    assert "¥120.00" in page
    address = re.search(rf"/agreements/{number}/penalties/\d+", page)
    assert address
    manager.post(address[0], data=form)

    assert "−¥120.00" in manager.get("/money").text
