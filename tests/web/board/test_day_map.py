"""The map beside the board, and the only other host that its pictures may come from (D9, S2)."""

from flask.testing import FlaskClient

from integrations.roads.gcj02 import gcj02_of
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.offices import call_and_book, publish_day, technician_of
from web.foundation.map_tiles import MapTiles

TOMORROW = "2026-11-23"
BOARD = f"/?on={TOMORROW}&map=1"
MAP = f"/day/map?on={TOMORROW}&map=1"


def test_a_booked_visit_is_a_numbered_stop_of_its_technicians_route(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    _, code = technician_of(town, request)

    board, drawn = dispatcher.get(BOARD).text, dispatcher.get(MAP)

    assert drawn.json is not None
    (route,) = drawn.json["routes"]
    (stop,) = route["stops"]
    assert f'id="{stop["key"]}"' in board  # its block on the timeline, which says the rest
    assert f'id="{route["lane"]}"' in board
    assert f"<b>{code}</b>" in board[board.index(f'id="{stop["key"]}"') :][:900]
    assert stop["request"] == f"r{request.number}"
    assert (stop["number"], stop["at"], stop["state"]) == (1, [31.231, 121.460], "booked")
    assert f'<i class="route-colour c{route["colour"]}">' in board
    assert [shape["name"] for shape in drawn.json["territories"]] == ["Centre"]
    assert dispatcher.get(MAP, headers={"If-None-Match": drawn.headers["ETag"]}).status_code == 304


def test_what_was_done_stays_on_the_route_in_the_order_of_the_day(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    publish_day(town)
    phone, code = technician_of(town, request)
    for report in ("accept", "on the way", "arrived", "done"):
        phone.text(f"{report} {code}", to=town.hotline)
        town.wait(minutes=10)

    drawn = dispatcher.get("/day/map?map=1").json

    assert drawn is not None
    assert [[stop["state"] for stop in route["stops"]] for route in drawn["routes"]] == [["completed"]]


def test_a_board_without_a_map_neither_loads_nor_answers_one(dispatcher: FlaskClient) -> None:
    assert "leaflet" not in dispatcher.get("/").text
    assert dispatcher.get("/day/map").status_code == 404


def test_the_map_is_for_the_office(stranger: FlaskClient, sign_in: SignIn) -> None:
    assert stranger.get(MAP).status_code == 302
    assert sign_in(Role.TECHNICIAN).get(MAP).status_code == 403


def test_tiles_come_from_the_host_that_was_named_and_only_on_the_board(town: Town, dispatcher: FlaskClient) -> None:
    town.app.extensions["map_tiles"] = MapTiles("https://{s}.tiles.example/{z}/{x}/{y}.png", "© somebody")

    with_map, without = dispatcher.get(BOARD), dispatcher.get(f"/?on={TOMORROW}")

    assert "img-src 'self' data: https://*.tiles.example;" in f"{with_map.headers['Content-Security-Policy']};"
    assert "tiles.example" not in without.headers["Content-Security-Policy"]
    assert 'data-credit="© somebody"' in with_map.text


def test_on_chinese_tiles_everything_stands_where_chinese_maps_have_it(town: Town, dispatcher: FlaskClient) -> None:
    call_and_book(town)
    town.app.extensions["map_tiles"] = MapTiles("https://tiles.example/{z}/{x}/{y}", place=gcj02_of)

    drawn = dispatcher.get(MAP).json

    assert drawn is not None
    assert drawn["routes"][0]["stops"][0]["at"] == list(gcj02_of(31.231, 121.460))
