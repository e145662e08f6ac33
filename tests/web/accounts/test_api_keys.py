"""The page of API keys: a key is made, shown once, used, and taken back."""

import re

import pytest
from flask.testing import FlaskClient

from models import ApiKey
from operations.people.api_keys import list_api_keys
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

pytestmark = ON_SQLITE_ALONE
"""What becomes of a key on either database is tested in tests/operations."""


@pytest.fixture
def administrator(sign_in: SignIn) -> FlaskClient:
    """The only one who may give keys out."""
    return sign_in(Role.ADMINISTRATOR)


def form(client: FlaskClient, **fields: object) -> dict[str, object]:
    return {"csrf_token": read_token(client, "/api-keys"), **fields}


def keys(town: Town) -> list[ApiKey]:
    with town.services.database.reading() as session:
        found = list(list_api_keys(session))
        session.expunge_all()
    return found


def test_a_key_is_shown_once_opens_the_api_and_is_worthless_when_taken_back(
    town: Town, administrator: FlaskClient, stranger: FlaskClient
) -> None:
    made = administrator.post("/api-keys", data=form(administrator, name=" ERP ", scopes=["technicians:read"]))
    shown = re.search(r'value="(oc_[\w-]+)"', made.text)
    assert shown is not None
    bearer = {"Authorization": f"Bearer {shown[1]}"}
    before = administrator.get("/api-keys").text

    good, narrow = (stranger.get(f"/api/v1/{path}", headers=bearer).status_code for path in ("technicians", "visits"))
    page = administrator.get("/api-keys").text
    administrator.post("/api-keys/1/revoke", data=form(administrator))
    after = administrator.get("/api-keys").text

    assert made.headers["Cache-Control"] == "no-store"
    assert (good, narrow) == (200, 403)
    assert stranger.get("/api/v1/technicians", headers=bearer).status_code == 401
    assert ("never" in before, "never" in page) == (True, False)
    assert "ERP" in page
    assert "read technicians and skills" in page
    assert '"/api/v1/openapi.json"' in page
    assert shown[1] not in page
    assert ("taken back 20" in page, "taken back 20" in after) == (False, True)
    assert "Take back…" not in after
    trail = administrator.get("/audit?part=rights").text
    assert "API key made" in trail
    assert "API key taken back" in trail
    assert "name: ERP; may: read technicians and skills" in trail
    (kept,) = keys(town)
    assert (kept.name, kept.made_by, kept.scopes) == ("ERP", "administrator", ["technicians:read"])


def test_what_does_not_fit_stands_beside_its_field_with_what_was_typed(town: Town, administrator: FlaskClient) -> None:
    administrator.post("/api-keys", data=form(administrator, name="ERP", scopes=["visits:read"]))
    nothing_chosen = "Choose one thing at least that the key is good for."
    for name, scopes, sentence in (
        ("ERP", ["visits:read"], "There is, or was, a key of this name already."),
        ("Shop", [], nothing_chosen),
        ("Shop", ["everything"], nothing_chosen),
    ):
        refused = administrator.post("/api-keys", data=form(administrator, name=name, scopes=scopes))
        assert refused.status_code == 422
        assert sentence in refused.text
        assert f'value="{name}"' in refused.text
    assert administrator.post("/api-keys", data=form(administrator, name="x" * 61)).status_code == 422
    assert administrator.post("/api-keys/9/revoke", data=form(administrator)).status_code == 404
    assert [key.name for key in keys(town)] == ["ERP"]


def test_nobody_else_sees_or_makes_keys(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    typed = {"csrf_token": read_token(manager, "/account"), "name": "ERP", "scopes": "visits:read"}

    assert manager.get("/api-keys").status_code == 403
    assert manager.post("/api-keys", data=typed).status_code == 403
    assert keys(town) == []
