"""The pages of webhooks: an address is added, its secret shown once, tested, and what came of it is listed."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from jobs.tell_hooks import tell_hooks
from operations.foundation.hook_deliveries import HookAddressRefused, HookUnreachable
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

pytestmark = ON_SQLITE_ALONE
"""What a delivery does on either database is tested in tests/operations."""


class FakePoster:
    """Other systems: one that takes everything, and one that does not answer."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str]] = []

    def check(self, address: str) -> None:
        if not address.startswith("https://"):
            raise HookAddressRefused("not_encrypted")

    def post(self, *, address: str, secret: str, reference: str, body: bytes) -> int:  # noqa: ARG002
        self.posted.append((address, body.decode()))
        if "silent" in address:
            raise HookUnreachable("ConnectTimeoutError")
        return 204


@pytest.fixture
def poster(town: Town) -> FakePoster:
    """What stands in for the internet in this town."""
    poster = FakePoster()
    town.app.extensions["onecall"] = replace(town.services, hook_poster=poster)
    return poster


def form(client: FlaskClient, **fields: object) -> dict[str, object]:
    return {"csrf_token": read_token(client, "/hooks"), **fields}


def test_an_address_is_added_tested_and_told_of_the_next_request(
    town: Town, sign_in: SignIn, poster: FakePoster
) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    wanted = {"address": "https://other.example/in", "kinds": ["call_received", "request_opened"]}
    refused = administrator.post("/hooks", data=form(administrator, **wanted))
    wanted["kinds"] = ["request_opened", "window_promised"]
    added = administrator.post("/hooks", data=form(administrator, **wanted))
    administrator.post("/hooks", data=form(administrator, address="https://silent.example", kinds=["request_opened"]))
    administrator.post("/hooks/1", data=form(administrator, do="test"))

    call = town.phone("+8613800000001").dial(town.hotline)
    for key in ("1", "1", "1", "2", "1"):
        call.press(key)
    call.hang_up()
    tell_hooks(replace(town.services, hook_poster=poster))

    assert refused.status_code == 422, "not every event can be posted"
    assert "shown this once" in added.text
    told = [body for address, body in poster.posted if address == "https://other.example/in"]
    assert '"kind": "test"' in told[0]
    assert any('"kind": "request_opened"' in body for body in told)
    page = administrator.get("/hooks/1").text
    assert "taken" in page
    assert "shown this once" not in page
    assert "ConnectTimeoutError" in administrator.get("/hooks/2").text
    assert "webhook added" in administrator.get("/audit").text


def test_what_does_not_fit_stands_beside_its_field(sign_in: SignIn, poster: FakePoster) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    answer = administrator.post("/hooks", data=form(administrator, address="http://other.example"))

    assert answer.status_code == 422
    assert '<p id="t-address" class="field-trouble">The address must begin with https://.</p>' in answer.text
    assert '<p id="t-kinds" class="field-trouble">Choose one kind of events at least.</p>' in answer.text
    assert 'value="http://other.example"' in answer.text
    assert poster.posted == []


def test_a_hook_is_switched_off_and_strange_deeds_are_refused(sign_in: SignIn, poster: FakePoster) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    administrator.post("/hooks", data=form(administrator, address="https://other.example", kinds=["request_opened"]))

    off = administrator.post("/hooks/1", data=form(administrator, do="off"), follow_redirects=True)

    assert "Switch on" in off.text
    assert administrator.post("/hooks/1", data=form(administrator, do="explode")).status_code == 422
    assert administrator.post("/hooks/1", data=form(administrator, do="again", delivery="9")).status_code == 404
    assert administrator.get("/hooks/9").status_code == 404
    assert poster.posted == []
