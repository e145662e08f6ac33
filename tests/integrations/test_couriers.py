"""Couriers answer by file or over HTTP; what cannot be right is said, not guessed (P3)."""

import datetime as dt
import json
from pathlib import Path

import pytest
import requests
from requests.adapters import BaseAdapter

from integrations.couriers import FileCourier, HttpCourier, open_courier
from operations.clients.courier_client import CourierDown
from policies.shipments import ShipmentState, Sighting

AT = dt.datetime(2026, 5, 11, tzinfo=dt.UTC)
SAID = {"state": "sent", "at": "2026-05-11T08:00:00+08:00"}


class Answers(BaseAdapter):
    """A courier's server that always says the same, and remembers what it was asked."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__()
        self.status, self.body = status, body
        self.asked: list[tuple[str, str | None]] = []

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        self.asked.append((request.url or "", request.headers.get("Authorization")))
        response = requests.Response()
        response.status_code, response.url, response.request = self.status, request.url or "", request
        response._content = self.body.encode()
        return response

    def close(self) -> None:
        """Nothing is open."""


def ask(status: int, body: str) -> tuple[list[Sighting], Answers]:
    answers = Answers(status, body)
    courier = HttpCourier("https://courier.example/v1", "secret")
    courier.http.mount("https://", answers)
    return list(courier.find_sightings(courier="sf", tracking_number="SF 1/2")), answers


def test_a_gateway_is_asked_with_its_token_and_its_sightings_are_read() -> None:
    found, answers = ask(200, json.dumps({"sightings": [SAID]}))

    assert found == [Sighting(ShipmentState.SENT, AT)]
    assert answers.asked == [("https://courier.example/v1/parcels/sf/SF%201%2F2", "Bearer secret")]


def test_an_unknown_number_has_no_sightings() -> None:
    assert ask(404, "")[0] == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, ""),
        (200, "not json"),
        (200, "[]"),
        (200, '{"sightings": [{"state": "teleported", "at": "2026-05-11T08:00:00+08:00"}]}'),
        (200, '{"sightings": [{"state": "sent", "at": "2026-05-11 08:00"}]}'),
        (200, '{"sightings": [{"state": "sent"}]}'),
    ],
)
def test_what_cannot_be_right_is_said(status: int, body: str) -> None:
    with pytest.raises(CourierDown):
        ask(status, body)


def test_a_folder_of_files_is_read_for_one_parcel(tmp_path: Path) -> None:
    lines = ["courier,tracking_number,state,at", "sf,SF1,sent,2026-05-11T08:00+08:00", "sf,SF2,lost,2026-05-11T00:00Z"]
    (tmp_path / "day.csv").write_text("\n".join(lines), "utf-8")
    courier = open_courier(tmp_path.as_uri())

    assert courier.find_sightings(courier="sf", tracking_number="SF1") == [Sighting(ShipmentState.SENT, AT)]
    assert courier.find_sightings(courier="yto", tracking_number="SF1") == []
    (tmp_path / "bad.csv").write_text("courier,tracking_number,state,at\nsf,SF1,sent,today", "utf-8")
    with pytest.raises(CourierDown, match=r"bad\.csv"):
        courier.find_sightings(courier="sf", tracking_number="SF1")


def test_an_address_says_which_courier_it_is() -> None:
    assert isinstance(open_courier("file:///var/couriers"), FileCourier)
    http = open_courier("https://token@courier.example:8443/v1/")
    assert isinstance(http, HttpCourier)
    assert (http.address, http.token) == ("https://courier.example:8443/v1", "token")
    with pytest.raises(ValueError, match="ftp"):
        open_courier("ftp://courier.example")
