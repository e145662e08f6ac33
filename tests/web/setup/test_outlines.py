"""The page of a territory's border: who draws, what stands beside a corner, whose change is refused (D2, T3)."""

import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from integrations.roads.gcj02 import gcj02_of
from models import Site, Territory
from policies.languages import Language
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.setup.test_registers import shown_in
from web.foundation.map_tiles import MapTiles

pytestmark = ON_SQLITE_ALONE
"""What is kept is tested on both databases in tests/operations."""

PAGE = "/registers/territories/outline?key=centre"
CORNERS = [("31.1", "121.3"), ("31.1", "121.6"), ("31.3", "121.6"), ("31.3", "121.3")]


def draw(client: FlaskClient, corners: list[tuple[str, str]], shown: dict[str, str], sites: str = "") -> TestResponse:
    form = {
        "sites": sites,
        "csrf_token": read_token(client, PAGE),
        "shown_values": json.dumps(shown),
        "latitude": [latitude for latitude, _ in corners],
        "longitude": [longitude for _, longitude in corners],
    }
    return client.post("/registers/territories/outline", data=form)


def ground_in(page: str) -> dict[str, Any]:
    """What the map of a page is drawn from."""
    found: dict[str, Any] = json.loads(str(BeautifulSoup(page, "html.parser").select("#map")[0]["data-ground"]))
    return found


def outline_of(town: Town) -> object:
    with town.services.database.reading() as session:
        return session.scalars(select(Territory.outline).where(Territory.code == "centre")).one()


def test_a_border_is_kept_shown_on_the_board_and_told_before_and_after(town: Town, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    board = sign_in(Role.DISPATCHER)
    first = administrator.get(PAGE).text
    shown = shown_in(first)
    before = board.get("/day/map?map=1").json

    answer = draw(administrator, [*CORNERS, ("", "")], shown)
    again = draw(administrator, CORNERS[:3], shown)

    assert "No border is drawn" in first
    assert answer.status_code == 302
    assert outline_of(town) == [[31.1, 121.3], [31.1, 121.6], [31.3, 121.6], [31.3, 121.3]]
    assert (again.status_code, "somebody else was quicker" in again.text) == (422, True)
    assert "from “–” to “31.1,121.3 · 31.1,121.6 · 31.3,121.6 · 31.3,121.3”" in again.text
    assert "Last changed by administrator" in again.text
    saved = [[float(latitude), float(longitude)] for latitude, longitude in CORNERS]
    assert ground_in(again.text)["present"] == [{"degrees": corner, "at": corner} for corner in saved]
    assert ground_in(first)["present"] == []
    assert "Take over the saved border" in again.text
    assert "31.1,121.3; 31.1,121.6; 31.3,121.6; 31.3,121.3</ins>" in administrator.get("/audit").text
    assert re.search(
        r"As saved: (\d+) of this territory\S+ \1 sites lie inside, and 0 of", administrator.get(PAGE).text
    )
    after = board.get("/day/map?map=1").json
    assert before is not None
    assert after is not None
    (territory,) = after["territories"]
    assert territory["rings"][0][:2] == [[31.1, 121.3], [31.1, 121.6]]
    assert before["territories"] != after["territories"]
    assert "centre" in administrator.get("/registers/territories").text
    assert draw(administrator, CORNERS[:3], shown_in(again.text), "keep").status_code == 302, "once more takes over"
    moved = draw(administrator, CORNERS, shown_in(again.text)).text
    assert "from “31.3,121.3” to “–”" in moved, "only the corners that differ"
    assert draw(administrator, [], shown_in(moved), "keep").status_code == 302
    assert outline_of(town) is None


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ([("31.1", "121.3"), ("north", "121.6"), ("31.3", "121.6")], 't-latitude-2" class="field-trouble">'),
        ([("31.1", "121.3"), ("31.1", "181"), ("31.3", "121.6")], 't-longitude-2" class="field-trouble">'),
        ([("31.1", "121.3"), ("31.1", ""), ("31.3", "121.6")], 't-longitude-2" class="field-trouble">'),
        (CORNERS[:2], "needs at least 3 corners"),
        ([CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3]], "begin at corners 1, 3"),
    ],
)
def test_what_is_wrong_with_a_border_stands_beside_its_corner_and_what_was_typed_stays(
    town: Town, sign_in: SignIn, corners: list[tuple[str, str]], said: str
) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    answer = draw(administrator, corners, shown_in(administrator.get(PAGE).text))

    assert answer.status_code == 422
    assert said in answer.text
    kept = re.findall(r'<input name="(?:latitude|longitude)" value="([^"]*)"', answer.text)
    assert kept[: len(corners) * 2] == [text for corner in corners for text in corner]
    assert outline_of(town) is None


def test_an_auditor_sees_a_border_and_draws_none_others_see_nothing(sign_in: SignIn, stranger: FlaskClient) -> None:
    auditor = sign_in(Role.AUDITOR, language=Language.ZH)
    page = auditor.get(PAGE)

    assert "的边界" in page.text
    assert 'id="add-corner"' not in page.text
    assert auditor.post("/registers/territories/outline", data={"csrf_token": read_token(auditor)}).status_code == 403
    assert sign_in(Role.CLERK).get(PAGE).status_code == 403
    assert stranger.get(PAGE).status_code == 302
    assert auditor.get("/registers/territories/outline?key=nowhere").status_code == 404


def test_a_form_that_no_page_of_ours_has_made_is_refused(sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    shown = shown_in(administrator.get(PAGE).text)

    assert draw(administrator, CORNERS, {"territory_code": "centre"}).status_code == 400
    assert draw(administrator, CORNERS * 51, shown).status_code == 400
    assert draw(administrator, CORNERS, {**shown, "territory_code": "nowhere"}).status_code == 404


def test_a_click_on_shifted_tiles_is_a_place_on_the_ground(town: Town, sign_in: SignIn) -> None:
    town.app.extensions["map_tiles"] = MapTiles("https://tiles.example/{z}/{x}/{y}", place=gcj02_of)
    manager = sign_in(Role.MANAGER)
    page = manager.get(PAGE)
    shown_at = gcj02_of(31.23, 121.47)
    address = "/registers/territories/outline/point"

    ours = manager.get(f"{address}?latitude={shown_at[0]}&longitude={shown_at[1]}&to=ours").json
    tiles = manager.get(f"{address}?latitude=31.23&longitude=121.47&to=tiles").json

    assert ours == pytest.approx([31.23, 121.47], abs=1e-7)
    assert tiles == pytest.approx(shown_at)
    assert manager.get(f"{address}?latitude=x&longitude=1").status_code == 400
    assert f'data-point="{address}"' in page.text
    assert "https://tiles.example" in page.headers["Content-Security-Policy"]


def test_a_border_that_would_move_sites_says_how_many_first_and_moves_them_when_told(
    town: Town, sign_in: SignIn
) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    with town.services.database.writing() as session:
        centre = session.scalars(select(Territory)).one()
        sites = session.scalars(select(Site).order_by(Site.id)).all()
        session.add(Territory(area_id=centre.area_id, code="ring", name="环", name_en="Ring", districts=["环"]))
        session.flush()
        for site in sites:
            site.territory_id = session.scalars(select(Territory.id).where(Territory.code == "ring")).one()
    shown = shown_in(administrator.get(PAGE).text)

    asked = draw(administrator, CORNERS, shown)
    before = outline_of(town)
    kept = draw(administrator, CORNERS, shown, sites="move")

    assert (asked.status_code, before, kept.status_code) == (200, None, 302)
    assert f"{len(sites)} sites come to this territory and 0 go to its neighbours" in asked.text
    assert 'name="sites" value="move"' in asked.text
    assert f"{len(sites)} sites have moved" in administrator.get(PAGE).text
    assert "<del>ring</del> → <ins>centre</ins>" in administrator.get("/audit").text
    with town.services.database.reading() as session:
        assert set(session.scalars(select(Territory.code).join(Site, Site.territory_id == Territory.id))) == {"centre"}
