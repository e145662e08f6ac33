"""The JSON API: by key and scope, the same operations as the pages, problems as documents (S2)."""

from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models import ServiceRequest
from operations.people.api_keys import make_api_key, revoke_api_key
from policies.api_scopes import ApiScope
from tests.databases import ON_SQLITE_ALONE
from tests.town import EVENING, Town
from tests.web.offices import WANG, call_and_book, publish_day, technician_of
from web.api.door import WRONG_KEYS

pytestmark = ON_SQLITE_ALONE
"""One kind of database is enough at the door: what operations do is tested on both."""

NEW = {"key": "order-0001", "serial": "LX-2A345678", "fault": "no_picture", "contact_phone": WANG, "note": "没有图像"}


class Caller:
    """Another system with a key."""

    def __init__(self, town: Town, client: FlaskClient, *scopes: ApiScope, name: str = "") -> None:
        name = name or f"system {len(scopes)}"
        with town.services.database.writing() as session:
            self.key = make_api_key(session, name=name, scopes=scopes, by="Li", source="page", now=EVENING)
        self.client = client

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        given = {
            "Authorization": f"Bearer {self.key}",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=given)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> TestResponse:
        return self.ask("POST", path, body if body is not None else {}, **headers)


@pytest.fixture
def caller(town: Town, stranger: FlaskClient) -> Caller:
    return Caller(town, stranger, *ApiScope)


def routes(town: Town) -> list[tuple[str, str]]:
    return [
        (method, rule.rule.replace("<number>", "12345678").replace("<code>", "K7PD").removeprefix("/api/v1"))
        for rule in town.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) & {"GET", "POST"}
    ]


def test_every_route_has_a_scope_and_is_closed_without_a_key(town: Town, stranger: FlaskClient) -> None:
    unscoped = [
        rule.endpoint
        for rule in town.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and not hasattr(town.app.view_functions[rule.endpoint], "scope")
    ]
    statuses = {stranger.open(f"/api/v1{path}", method=method, json={}).status_code for method, path in routes(town)}

    assert unscoped == []
    assert statuses == {401}


def test_a_key_opens_only_what_it_is_good_for(town: Town, stranger: FlaskClient) -> None:
    narrow = Caller(town, stranger, ApiScope.TECHNICIANS_READ)

    statuses = {path: narrow.ask(method, path, {}).status_code for method, path in routes(town)}

    assert statuses.pop("/technicians") == 200
    assert set(statuses.values()) == {403}


def test_a_key_that_was_taken_back_is_worthless(town: Town, caller: Caller) -> None:
    before = caller.get("/technicians").status_code
    with town.services.database.writing() as session:
        revoke_api_key(session, name=f"system {len(ApiScope)}", by="Li", source="page", now=EVENING)

    assert (before, caller.get("/technicians").status_code) == (200, 401)


def test_guessing_keys_is_stopped_even_for_the_right_one(caller: Caller) -> None:
    right, caller.key = caller.key, "oc_wrong"
    statuses = [caller.get("/requests").status_code for _ in range(WRONG_KEYS)]
    caller.key = right

    assert statuses == [401] * WRONG_KEYS
    assert caller.get("/requests").status_code == 429


def test_an_address_that_does_not_exist_is_told_as_a_document(stranger: FlaskClient) -> None:
    answers = [stranger.get("/api/v1/nothing"), stranger.post("/api/v1/openapi.json"), stranger.get("/api/v9/requests")]

    assert [answer.status_code for answer in answers] == [404, 405, 404]
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}
    assert stranger.get("/nothing").mimetype == "text/html"


def test_a_key_that_asks_too_often_waits_a_minute_and_another_does_not(town: Town, stranger: FlaskClient) -> None:
    busy = Caller(town, stranger, ApiScope.TECHNICIANS_READ)
    calm = Caller(town, stranger, ApiScope.TECHNICIANS_READ, ApiScope.VISITS_READ)

    statuses = {busy.get("/technicians?limit=1").status_code for _ in range(600)}
    refused = busy.get("/technicians?limit=1")

    assert statuses == {200}
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert refused.mimetype == "application/problem+json"
    assert calm.get("/technicians?limit=1").status_code == 200


def test_a_session_of_the_pages_opens_nothing_here(dispatcher: FlaskClient) -> None:
    assert dispatcher.get("/api/v1/requests").status_code == 401


def test_a_fault_is_reported_once_however_often_it_is_sent_and_booked(town: Town, caller: Caller) -> None:
    first, again = caller.post("/requests", NEW), caller.post("/requests", NEW)
    number = first.get_json()["number"]
    windows = caller.post(f"/requests/{number}/windows").get_json()["items"]
    booked = caller.post(f"/requests/{number}/bookings", {"hold_id": windows[0]["hold_id"]})
    lost = caller.post(f"/requests/{number}/bookings", {"hold_id": 999_999})

    assert (first.status_code, again.get_json()["number"]) == (201, number)
    assert booked.get_json()["window_from_at"] == windows[0]["from_at"]
    assert (booked.status_code, lost.status_code) == (201, 409)
    assert caller.get(f"/requests/{number}").get_json()["state"] == "booked"
    assert [one["request"] for one in caller.get(f"/visits?request={number}").get_json()["items"]] == [number]
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == 1


@pytest.mark.parametrize("change", [{"serial": "nothing"}, {"fault": "nothing"}])
def test_what_does_not_exist_is_a_conflict_and_stores_nothing(
    change: dict[str, str], town: Town, caller: Caller
) -> None:
    refused = caller.post("/requests", NEW | change)
    corrected = caller.post("/requests", NEW)

    assert (refused.status_code, corrected.status_code) == (409, 201)
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == 1


def test_a_wrong_field_is_named_and_not_repeated(caller: Caller) -> None:
    answer = caller.post("/requests", NEW | {"contact_phone": "secret-number", "surprise": 1})

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {one["field"] for one in answer.get_json()["problems"]} == {"contact_phone", "surprise"}
    assert "secret-number" not in answer.text


def test_a_request_is_called_off_only_in_the_form_that_was_read(town: Town, caller: Caller) -> None:
    request = call_and_book(town)
    read = caller.get(f"/requests/{request.number}")
    stale = caller.post(f"/requests/{request.number}/withdrawal", If_Match='"another"')
    done = caller.post(f"/requests/{request.number}/withdrawal", If_Match=read.headers["ETag"])
    again = caller.post(f"/requests/{request.number}/withdrawal")

    assert [one.status_code for one in (stale, done, again)] == [412, 200, 409]
    assert caller.get(f"/requests/{request.number}").get_json()["close_reason"] == "withdrawn"


def test_who_is_on_the_way_is_not_called_back(town: Town, caller: Caller) -> None:
    request = call_and_book(town)
    publish_day(town)
    phone, code = technician_of(town, request)
    phone.text(f"2{code}", to=town.hotline)

    assert caller.post(f"/requests/{request.number}/withdrawal").status_code == 409
    assert caller.post(f"/requests/{request.number}/windows").status_code == 409


def test_what_has_not_changed_is_not_sent_again(town: Town, caller: Caller) -> None:
    request = call_and_book(town)
    tag = caller.get(f"/requests/{request.number}").headers["ETag"]

    assert caller.get(f"/requests/{request.number}", If_None_Match=tag).status_code == 304


def test_a_list_is_read_page_by_page_and_nothing_twice(caller: Caller) -> None:
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page: dict[str, Any] = caller.get(f"/technicians?limit=3&after={after}").get_json()
        seen += [one["number"] for one in page["items"]]
        after = page["next"]

    assert seen == ["T1", "T2", "T3", "T4"]


def test_messages_say_neither_whom_nor_what(town: Town, caller: Caller) -> None:
    call_and_book(town)

    text = caller.get("/messages").text

    assert "booking_confirmed" in text
    assert WANG not in text
    assert "王小明" not in text


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.proof
@pytest.mark.parametrize("scopes", [frozenset(ApiScope), frozenset()], ids=["with rights", "without rights"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_whatever_is_sent_no_answer_is_outside_the_document(
    mode: GenerationMode, scopes: frozenset[ApiScope], town: Town, stranger: FlaskClient
) -> None:
    call_and_book(town)
    caller = Caller(town, stranger, *scopes)
    town.app.testing = False
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", town.app)
    asked: list[str] = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(max_examples=15, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:  # noqa: ANN401 (a case of a library without such a name)
            answer = case.call_and_validate(headers={"Authorization": f"Bearer {caller.key}"}, checks=CHECKS)
            asked.append(f"{case.method} {answer.status_code}")

        try:
            ask()
        except Unsatisfiable:
            continue  # nothing can be wrong about a route that takes nothing
    assert len(asked) > 100
    assert any("403" in one for one in asked) or scopes
