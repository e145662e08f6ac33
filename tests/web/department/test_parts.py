"""The parts keeper's page (P1, P2, P5), asked by owner, colleague and stranger."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Area, Part, PartOrder, Requisition, StockLevel, StockPlace, Technician, Visit
from operations.parts.part_orders import order_parts
from operations.parts.requisitions import request_parts
from policies.parts import RequisitionState
from policies.roles import Role
from tests.factories.instants import NIGHT
from tests.factories.parts import make_part, make_van, make_warehouse, stock_up
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused
from tests.web.offices import call_and_book


@pytest.fixture
def stocked(town: Town) -> Town:
    """A warehouse with two lamps, of which a technician wants one; three more are on their way."""
    with town.services.database.writing() as session:
        area, technician = session.scalars(select(Area)).one(), session.scalars(select(Technician)).first()
        assert technician is not None
        warehouse, van, lamp = make_warehouse(session, area), make_van(session, technician), make_part(session)
        stock_up(session, warehouse, lamp, 2)
        level = session.scalars(select(StockLevel)).one()
        level.reorder_point, level.reorder_up_to = 3, 9
        request_parts(session, from_place=warehouse, to_place=van, wanted={lamp.id: 1}, by=technician.number, now=NIGHT)
        order_parts(session, part=lamp, place=warehouse, quantity=1, by="keeper", now=NIGHT)
    return town


def press(client: FlaskClient, address: str, **fields: str) -> int:
    token = read_token(client, "/calls")
    return client.post(address, data={"csrf_token": token, **fields}).status_code


def say_after(client: FlaskClient, address: str, **fields: str) -> str:
    """Press a button, and return the page that follows."""
    token = read_token(client, "/calls")
    return client.post(address, data={"csrf_token": token, **fields}, follow_redirects=True).text


def test_a_wish_is_approved_and_issued_and_leaves_the_page(stocked: Town, dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/parts").text
    assert "Projector lamp" in page
    assert "to be approved" in page

    answers = [press(dispatcher, f"/parts/requisitions/1/{step}") for step in ("approve", "issue")]

    assert answers == [302, 302]
    assert "Somebody has dealt with it already" in refused(dispatcher, "/parts/requisitions/1/issue")
    with stocked.services.database.reading() as session:
        assert session.scalars(select(Requisition)).one().state is RequisitionState.ISSUED


def test_what_arrives_is_received_as_it_was_counted_and_what_runs_low_is_ordered(
    stocked: Town, dispatcher: FlaskClient
) -> None:
    assert press(dispatcher, "/parts/shortages") == 302
    assert press(dispatcher, "/parts/orders/1", units="0") == 422
    assert press(dispatcher, "/parts/orders/1", units="2") == 302

    with stocked.services.database.reading() as session:
        assert session.scalars(select(StockLevel)).one().quantity == 4
        assert [order.quantity for order in session.scalars(select(PartOrder).order_by(PartOrder.id))] == [1, 6]


@pytest.mark.usefixtures("stocked")
def test_stock_is_found_by_part_or_place(dispatcher: FlaskClient) -> None:
    assert "Nothing found." not in dispatcher.get("/parts?q=lamp+central").text
    assert "Nothing found." in dispatcher.get("/parts?q=100%25").text


@pytest.mark.usefixtures("stocked")
def test_an_auditor_looks_and_moves_nothing(sign_in: SignIn, stranger: FlaskClient) -> None:
    auditor = sign_in(Role.AUDITOR)

    assert "Approve" not in auditor.get("/parts").text
    assert press(auditor, "/parts/requisitions/1/approve") == 403
    assert stranger.get("/parts").status_code == 302


@pytest.mark.usefixtures("stocked")
def test_what_never_was_is_not_found(dispatcher: FlaskClient) -> None:
    answers = [press(dispatcher, f"/parts/{what}", units="1") for what in ("requisitions/9/issue", "orders/9")]

    assert [*answers, press(dispatcher, "/parts/requisitions/1/burn")] == [404, 404, 404]


def test_the_keeper_moves_counts_reverses_and_sets_when_to_order(stocked: Town, dispatcher: FlaskClient) -> None:
    with stocked.services.database.reading() as session:
        part = session.scalars(select(Part.number)).one()
        codes = {str(place.kind): place.code for place in session.scalars(select(StockPlace))}
        van_of = session.scalars(select(StockPlace.technician_id).where(StockPlace.technician_id.is_not(None))).one()
    store, van = codes["warehouse"], codes["van"]

    assert press(dispatcher, "/parts/moves", kind="use", part=part, units="1") == 422
    moved = {"kind": "transfer", "part": part.lower(), "from": store, "to": van}
    assert "Not so many there" in say_after(dispatcher, "/parts/moves", **moved, units="9")
    assert "for tomorrow" in say_after(dispatcher, "/parts/moves", **moved, units="1", note="for tomorrow")
    scrap = {"kind": "scrap", "part": "NONE-1", "units": "1", "from": store}
    assert "has no part NONE-1" in say_after(dispatcher, "/parts/moves", **scrap)
    press(dispatcher, "/parts/moves/counts", place=store, part=part, units="0")
    levels = {"place": van, "part": part, "reorder_point": "3"}
    assert "Order up to more" in say_after(dispatcher, "/parts/moves/levels", **levels, reorder_up_to="2")
    for asked in (f"place={van}&part=none", f"place=nowhere&part={part}"):
        assert 'class="flash trouble"' in dispatcher.get(f"/parts/moves/levels?{asked}", follow_redirects=True).text
    assert "whole number" in refused(dispatcher, "/parts/moves/levels", **{**levels, "reorder_point": "many"})
    press(dispatcher, "/parts/moves/levels", **levels, reorder_up_to="4")
    assert f"place={van}&amp;part={part}" in dispatcher.get("/parts").text, "each level leads to its form"
    press(dispatcher, "/parts/moves/requisitions", technician=str(van_of), part=part, units="2")
    press(dispatcher, "/parts/moves/2/reversal", note="wrong van")
    assert "reversed already" in say_after(dispatcher, "/parts/moves/2/reversal", note="again")
    assert "wrong van" in dispatcher.get(f"/parts/moves?part={part}").text
    with stocked.services.database.reading() as session:
        held = {one.place.code: one.quantity for one in session.scalars(select(StockLevel))}
        points = {one.place.code: (one.reorder_point, one.reorder_up_to) for one in session.scalars(select(StockLevel))}
    assert held == {store: 1, van: 0}
    assert points[van] == (3, 4)


def test_parts_are_kept_for_a_visit_and_both_pages_say_where_they_come_from(
    stocked: Town, dispatcher: FlaskClient, sign_in: SignIn
) -> None:
    number = call_and_book(stocked).number
    with stocked.services.database.writing() as session:
        visit = session.scalars(select(Visit)).one()
        make_van(session, session.get_one(Technician, visit.technician_id))
        part, code = session.scalars(select(Part.number)).one(), visit.code
    address = f"/requests/{number}/parts"

    assert "No parts are kept" in dispatcher.get(address).text
    kept = {"visit": code, "part": part, "required": "1"}
    assert "Please say how many" in say_after(dispatcher, address, **kept, units="0")
    assert "Central warehouse" in say_after(dispatcher, address, **kept, units="1")
    assert press(dispatcher, address, visit="ZZZZ", part=part, units="1", required="1") == 422

    assert number in dispatcher.get("/parts").text
    assert press(sign_in(Role.AUDITOR), address, visit=code, part=part, units="1", required="1") == 403
    assert press(dispatcher, f"{address}/1") == 302
    assert press(dispatcher, f"{address}/9") == 404
    assert "No parts are kept" in dispatcher.get(address).text
