"""A parcel from the desk to the customer's door, asked for by telephone on the way (P3, H10)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.follow_parcels import follow_parcels
from jobs.left_undone import LeftUndone
from models import Shipment
from operations.clients.courier_client import CourierDown
from policies.roles import Role
from policies.shipments import ShipmentState, Sighting
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused
from tests.web.offices import WANG, call_and_book


class Courier:
    """A courier that says what it is told to say, or nothing at all."""

    def __init__(self) -> None:
        self.sightings: list[Sighting] | None = []

    def find_sightings(self, *, courier: str, tracking_number: str) -> Sequence[Sighting]:
        if self.sightings is None:
            raise CourierDown(f"{courier} {tracking_number}")
        return self.sightings


def press(client: FlaskClient, address: str, **fields: str) -> int:
    token = read_token(client, "/calls")
    return client.post(address, data={"csrf_token": token, **fields}).status_code


def hears(town: Town, words: str) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for key in ("3", "3"):
        call.press(key)
    call.hears(words)
    call.hang_up()


def test_a_parcel_is_sent_is_late_and_comes(town: Town, sign_in: SignIn) -> None:
    number = call_and_book(town).number
    clerk, courier = sign_in(Role.CLERK), Courier()
    wired = replace(town.services, courier=courier)
    expected_on = (town.clock.now() + dt.timedelta(days=1)).date().isoformat()
    form = {"number": number, "direction": "to_customer", "courier": "sf", "contents": "lamp", "tracking": "SF1"}
    assert press(clerk, "/shipments", **form, expected_on=expected_on) == 302
    assert "belongs to another parcel" in refused(clerk, "/shipments", **form, expected_on=expected_on)
    hears(town, "还没有交给快递")

    courier.sightings = [Sighting(ShipmentState.SENT, town.clock.now())]
    assert follow_parcels(wired) == 1
    hears(town, "正在路上")

    courier.sightings = None
    town.clock.set(town.clock.now() + dt.timedelta(days=3))
    with pytest.raises(LeftUndone, match="1 parcels"):
        follow_parcels(wired)
    hears(town, "晚了")
    assert "ask the courier" in clerk.get("/shipments").text

    assert press(clerk, "/shipments/1", state="delivered") == 302
    hears(town, "已经签收")
    assert "No parcel is on its way." in clerk.get("/shipments").text
    with town.services.database.reading() as session:
        assert session.scalars(select(Shipment)).one().state is ShipmentState.DELIVERED


def test_what_cannot_be_true_of_a_parcel_is_not_believed(town: Town, sign_in: SignIn) -> None:
    """Seen in another year: the clock of 24 hours would have stopped before it began (D1)."""
    number = call_and_book(town).number
    clerk, courier = sign_in(Role.CLERK), Courier()
    form = {"number": number, "direction": "to_customer", "courier": "sf", "contents": "lamp", "tracking": "SF1"}
    press(clerk, "/shipments", **form)
    for days in (-400, 400):
        courier.sightings = [Sighting(ShipmentState.DELIVERED, town.clock.now() + dt.timedelta(days=days))]
        with pytest.raises(LeftUndone):
            follow_parcels(replace(town.services, courier=courier))
        town.clock.set(town.clock.now() + dt.timedelta(minutes=31))

    with town.services.database.reading() as session:
        assert session.scalars(select(Shipment)).one().state is ShipmentState.PREPARED


def test_nonsense_is_refused_and_an_auditor_only_looks(town: Town, sign_in: SignIn) -> None:
    number = call_and_book(town).number
    clerk, auditor = sign_in(Role.CLERK), sign_in(Role.AUDITOR)
    form = {"number": number, "direction": "to_customer", "courier": "sf", "contents": "lamp"}

    assert press(clerk, "/shipments", **{**form, "direction": "sideways"}) == 422
    assert press(clerk, "/shipments", **{**form, "courier": ""}) == 422
    assert press(clerk, "/shipments", **form, expected_on="soon") == 422
    assert press(clerk, "/shipments", **{**form, "number": "1"}) == 422
    assert press(clerk, "/shipments/9", state="lost") == 404
    assert press(auditor, "/shipments", **form) == 403
    assert 'action="/shipments' not in auditor.get("/shipments").text


def test_a_lost_machine_is_paid_for_claimed_from_its_courier_and_paid_by_it(town: Town, sign_in: SignIn) -> None:
    number = call_and_book(town).number
    clerk, manager, parts = sign_in(Role.CLERK), sign_in(Role.MANAGER), sign_in(Role.PARTS)
    form = {"number": number, "direction": "from_customer", "courier": "sf", "contents": "projector", "tracking": "SF1"}
    press(clerk, "/shipments", **form)
    claim = {"value": "2000", "insured": "2000", "carriage": "30", "reference": "R-7"}
    assert "neither lost nor damaged" in refused(parts, "/shipments/1/claims", **claim)
    press(clerk, "/shipments/1", state="lost")
    assert "compensate the customer, claim" in clerk.get("/shipments").text
    hears(town, "同事联系您")

    assert "above your limit" in refused(clerk, "/shipments/1/compensation", compensation="1500")
    assert press(manager, "/shipments/1/compensation", compensation="1500") == 302
    assert "has been paid for already" in refused(manager, "/shipments/1/compensation", compensation="1500")
    hears(town, "赔偿已经记在您的账上")
    assert "not above the worth" in refused(parts, "/shipments/1/claims", **claim, loss="2000.01")
    assert press(parts, "/shipments/1/claims", **claim) == 302
    assert "PC-000001 R-7" in parts.get("/shipments").text
    assert "1 claims against couriers" in clerk.get("/work").text
    hears(town, "赔偿已经记在您的账上")

    assert "choose refused" in refused(clerk, "/shipments/claims/1/granted", granted="2030.01")
    assert press(clerk, "/shipments/claims/1/granted", granted="1800", answer="wear") == 302
    page = clerk.get("/shipments").text
    assert "No parcel is on its way." in page
    assert "No claim waits for a courier." in page
    assert "courier&#39;s compensation" in clerk.get("/money").text
    assert press(clerk, "/money/receivables/2", amount="1800", method="transfer") == 302
    assert "courier&#39;s compensation" not in clerk.get("/money").text
    assert "1,800.00" in manager.get("/reports").text
    assert press(sign_in(Role.AUDITOR), "/shipments/claims/1/withdrawn", answer="x") == 403
    assert press(clerk, "/shipments/claims/1/sideways", answer="x") == 404
