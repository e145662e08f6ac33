"""The page of recalls, by owner, colleague and stranger (C8)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.follow_campaigns import find_defects, follow_campaigns
from models import Asset, FaultCategory, Product, Recall
from operations.matters.requests import close_request
from policies.campaigns import RecallState
from policies.request_states import CloseReason
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused


@pytest.fixture
def form(town: Town) -> dict[str, str]:
    """A recall of every machine of the town."""
    with town.services.database.reading() as session:
        product = session.scalars(select(Product).join(Asset, Asset.product_id == Product.id)).first()
        fault = session.scalars(select(FaultCategory)).first()
        assert product is not None
        assert fault is not None
        model, code = product.model_code, fault.code
    return {"model": model, "serial_from": "a", "serial_until": "zz", "fault": code, "notice": "new power board"}


def press(client: FlaskClient, address: str, **fields: str) -> int:
    token = read_token(client, "/calls")
    return client.post(f"/campaigns{address}", data={"csrf_token": token, **fields}).status_code


def the_owner_withdraws(town: Town, *, recall_id: int) -> None:
    with town.services.database.writing() as session:
        request = session.get_one(Recall, recall_id).request
        assert request is not None
        close_request(
            session,
            request=request,
            reason=CloseReason.WITHDRAWN,
            now=town.clock.now(),
            source="desk",
            actor="clerk",
        )


def test_a_recall_begins_and_its_owners_are_told_by_the_clock(
    town: Town, dispatcher: FlaskClient, form: dict[str, str]
) -> None:
    assert press(dispatcher, "", **form) == 302
    assert "is in another recall already" in refused(dispatcher, "/campaigns", **form)
    assert follow_campaigns(town.services) == 3
    assert find_defects(town.services) == 0
    assert "requested 3" in dispatcher.get("/campaigns").text
    assert press(dispatcher, "/recalls/1/give_up", note="scrapped") == 302

    with town.services.database.reading() as session:
        states = session.scalars(select(Recall.state).order_by(Recall.id)).all()
    assert states == [RecallState.GIVEN_UP, RecallState.REQUESTED, RecallState.REQUESTED]
    assert "33 %" in dispatcher.get("/campaigns").text

    the_owner_withdraws(town, recall_id=2)
    assert follow_campaigns(town.services) == 1
    assert follow_campaigns(town.services) == 0, "no request comes again by itself"
    assert "put off by its owner" in dispatcher.get("/campaigns").text
    assert press(dispatcher, "/recalls/2/reach") == 302
    assert follow_campaigns(town.services) == 1
    assert "requested 2" in dispatcher.get("/campaigns").text

    page = dispatcher.get("/campaigns/1?state=given_up").text
    assert "scrapped" in page
    assert "LX-2A345678" in page
    assert "LX-2B901234" not in page, "one state at a time"
    assert dispatcher.get("/campaigns/1.csv").text.count("LX-2") == 3
    for path in ("9", "1?state=x", "9.csv", "1.pdf"):
        assert dispatcher.get(f"/campaigns/{path}").status_code == 404


def test_a_batch_is_pasted_and_what_is_not_on_file_is_named(dispatcher: FlaskClient, form: dict[str, str]) -> None:
    batch = {**form, "serial_from": "", "serial_until": "", "serials": "lx-2a345678，LX-2B901234\nLX-2A345678"}
    assert "Not on file: LX-0." in refused(dispatcher, "/campaigns", **{**batch, "serials": "LX-2A345678 LX-0"})
    assert "one of the two" in refused(dispatcher, "/campaigns", **{**batch, "serial_from": "a"})
    assert press(dispatcher, "", **batch) == 302
    page = dispatcher.get("/campaigns").text
    assert "batch: LX-2A345678 – LX-2B901234" in page
    assert "to be told 2" in page


def test_nonsense_is_refused_and_an_auditor_only_looks(
    sign_in: SignIn, stranger: FlaskClient, form: dict[str, str]
) -> None:
    manager, auditor = sign_in(Role.MANAGER), sign_in(Role.AUDITOR)

    assert press(manager, "", **{**form, "notice": ""}) == 422
    assert press(manager, "", **{**form, "model": "X"}) == 422
    assert [press(manager, address) for address in ("/recalls/9/reach", "/recalls/1/burn", "/defects/9")] == [404] * 3
    turned = {**form, "serial_from": "z", "serial_until": "a"}
    assert "wrong way round" in refused(manager, "/campaigns", **turned)
    assert press(auditor, "", **form) == 403
    assert 'action="/campaigns' not in auditor.get("/campaigns").text
    assert stranger.get("/campaigns").status_code == 302
