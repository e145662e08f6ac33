"""What a technician's page sends: once, checked field by field, by nobody but whom the link was sent to (D11, S2)."""

import datetime as dt
import json
import re
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models import FieldEntry, StatusEvent, StoredFile, Visit
from operations.fieldwork.field_entries import REASONS
from policies.field_entries import EntryKind
from policies.visit_states import VisitState
from tests.databases import SqliteFolder
from tests.factories.pictures import photo
from tests.town import ADDRESS, Town
from tests.web.offices import call_and_book, publish_day, state_of, technician_of
from web.foundation.static_files import FOLDER
from web.layout.wrong_links import WRONG_LINKS
from web.links.field_forms import DATA

LINE = {"kind": "labour", "description": "x", "quantity": 1, "unit_cents": 1}
AGREED = {"total_cents": 1, "method": "x", "minutes": 1, "signer": "x", "signature": str(uuid.uuid4())}
SAID = "2026-11-23T09:00:00+08:00"


class Page:
    """The page of a technician with one stop, as its script speaks with us."""

    def __init__(self, town: Town, client: FlaskClient) -> None:
        self.request = call_and_book(town)
        publish_day(town)
        phone, self.code = technician_of(town, self.request)
        found = re.search(rf"{ADDRESS}(/r/\S+)", phone.inbox[-1].body)
        assert found
        self.client, self.path = client, found[1]

    def entry(self, kind: str, key: str = "", **data: object) -> dict[str, Any]:
        return {
            "key": key or str(uuid.uuid4()),
            "kind": kind,
            "visit": self.code,
            "at": SAID,
            "seen": None,
            "data": data,
        }

    def send(self, *entries: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.post("entries", {"sent_at": SAID, "entries": list(entries)})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.get_json()["results"]
        return results

    def post(self, path: str, body: object) -> TestResponse:
        return self.client.post(f"{self.path}/{path}", data=json.dumps(body), content_type="application/json")

    def photograph(self, content: bytes, *, key: str = "", kind: str = "after") -> TestResponse:
        return self.client.post(f"{self.path}/photos", query_string=self.photo_query(key=key, kind=kind), data=content)

    def photo_query(self, *, key: str = "", kind: str = "after") -> dict[str, str]:
        return {"key": key or str(uuid.uuid4()), "visit": self.code, "at": SAID, "sent_at": SAID, "kind": kind}

    def day(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{self.path}/day.json").get_json()
        return found


@pytest.fixture
def engine(sqlite_folder: SqliteFolder) -> SqliteFolder:
    """One kind of database is enough at the door: what operations do is tested on both."""
    return sqlite_folder


@pytest.fixture
def page(town: Town, stranger: FlaskClient) -> Page:
    return Page(town, stranger)


def test_the_day_holds_everything_a_cellar_needs(page: Page) -> None:
    day = page.day()

    [visit] = day["visits"]
    assert visit["code"] == page.code
    assert visit["serial"] == "LX-2A345678"
    assert any("uri.amap.com" in one["href"] for one in visit["maps"])
    assert len([item for item in day["checklist"] if item["group"] == "nine_donts"]) == 9
    assert day["sentences"]["field.done"]
    assert {f"entry.{kind}" for kind in EntryKind} <= set(day["sentences"])
    assert {f"entry_refusal.{reason}" for reason in REASONS.values()} <= set(day["sentences"])
    assert "+8613800000001" not in json.dumps(day), "the customer's number stays with us"


def test_entries_are_carried_out_in_their_order_and_once(town: Town, page: Page) -> None:
    entries = [page.entry("accept"), page.entry("departed"), page.entry("arrived")]

    results = [page.send(*entries) for _ in range(3)]

    assert [one["outcome"] for one in results[0]] == ["taken"] * 3
    assert results[0] == results[1] == results[2]
    assert state_of(town, page.request) is VisitState.ON_SITE
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FieldEntry)) == 3
        kinds = list(session.scalars(select(StatusEvent.kind).where(StatusEvent.source == "field")))
    assert kinds == ["visit_on_the_way", "visit_arrived"]


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("serial", {"serial": "x" * 41, "check": "keypad"}, "serial"),
        ("serial", {"serial": "x", "check": "guess"}, "check"),
        ("charges", {"lines": [LINE | {"quantity": 0}]}, "lines.0.quantity"),
        ("charges", {"lines": [LINE | {"unit_cents": -1}]}, "lines.0.unit_cents"),
        ("departed", {"latitude": 91}, "latitude"),
        ("incomplete", {"reason": "tired"}, "reason"),
        ("late", {"minutes": 0}, "minutes"),
        ("charges_agreed", AGREED | {"method": " "}, "method"),
        ("charges_agreed", AGREED | {"minutes": 0}, "minutes"),
        ("ask_experts", {"problem": " "}, "problem"),
        ("decline", {}, "note"),
        ("decline", {"note": " "}, "note"),
        ("decline", {"note": "x" * 161}, "note"),
        ("done", {"surprise": 1}, "surprise"),
        ("photo", {}, None),
        ("everything", {}, "kind"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named_and_hinders_no_other(
    kind: str, data: dict[str, Any], field: str | None, page: Page
) -> None:
    refused, taken = page.send(page.entry(kind, **data), page.entry("accept"))

    assert (refused["outcome"], refused["reason"]) == ("refused", "malformed")
    assert field is None or field in [problem["field"] for problem in refused["problems"]]
    assert taken["outcome"] == "taken"


@pytest.mark.parametrize("wrong_by", [dt.timedelta(days=-1), dt.timedelta(days=1)])
def test_a_telephones_clock_that_is_wrong_by_a_day_moves_nothing(
    town: Town, page: Page, wrong_by: dt.timedelta
) -> None:
    town.clock.set(town.clock.now() + dt.timedelta(hours=1))
    sent_at = town.clock.now() + wrong_by
    left_at, arrived_at = sent_at - dt.timedelta(minutes=30), sent_at - dt.timedelta(minutes=10)
    entries = [
        page.entry("departed") | {"at": left_at.isoformat()},
        page.entry("arrived") | {"at": arrived_at.isoformat()},
    ]

    page.post("entries", {"sent_at": sent_at.isoformat(), "entries": entries})

    with town.services.database.reading() as session:
        happened = list(session.scalars(select(FieldEntry.happened_at).order_by(FieldEntry.id)))
    assert happened == [town.clock.now() - dt.timedelta(minutes=minutes) for minutes in (30, 10)]


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"sent_at": "soon", "entries": []}', '{"sent_at": "2026-11-23T09:00:00"}']
)
def test_a_body_that_is_none_of_ours_is_refused_as_a_whole(body: str, page: Page) -> None:
    answer = page.client.post(f"{page.path}/entries", data=body)

    assert answer.status_code == 422
    assert answer.get_json()["problems"]


def test_every_kind_of_entry_has_its_fields() -> None:
    assert set(DATA) == set(EntryKind) - {EntryKind.PHOTO}


def test_a_photo_is_kept_once_outside_the_web_root_and_is_what_it_shows(town: Town, page: Page) -> None:
    key = str(uuid.uuid4())

    answers = [page.photograph(photo() + b"<script>", key=key) for _ in range(3)]

    assert [answer.get_json()["outcome"] for answer in answers] == ["taken"] * 3
    with town.services.database.reading() as session:
        [key_of_file] = session.scalars(select(StoredFile.key)).all()
    assert b"script" not in town.services.files.read(key_of_file)
    assert page.day()["visits"][0]["report"]["photos"]["after"] == 1


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"%PDF-1.7", b"GIF89a"])
def test_what_is_no_photo_is_refused_by_its_content(content: bytes, town: Town, page: Page) -> None:
    answer = page.photograph(content)

    assert (answer.get_json()["outcome"], answer.get_json()["reason"]) == ("refused", "not_a_picture")
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_an_entry_about_somebody_elses_visit_is_refused(town: Town, page: Page) -> None:
    other = call_and_book(town, "+8613800000003")
    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).where(Visit.request_id == other.id)).one()
        mine = session.scalars(select(Visit).where(Visit.code == page.code)).one()
        assert visit.technician_id is not None
        code, is_mine = visit.code, visit.technician_id == mine.technician_id
    page_of_other = page.entry("accept") | {"visit": code}

    [result] = page.send(page_of_other)

    assert (result["outcome"], result["reason"]) == ("refused", "unknown_visit") or is_mine


@pytest.mark.parametrize("path", ["day.json", "entries", "photos", "visits/K7PD/windows", "visits/K7PD/next"])
def test_a_wrong_link_opens_none_of_it(path: str, page: Page) -> None:
    wrong = page.path[:-1] + ("a" if page.path[-1] != "a" else "b")
    method = "GET" if path == "day.json" else "POST"
    body = {"sent_at": SAID, "entries": [page.entry("accept")], "hold_id": 1}

    answer = page.client.open(f"{wrong}/{path}", method=method, data=json.dumps({} if "windows" in path else body))

    assert answer.status_code in {410, 422}, "422 says only that the form is wrong, before any link is looked at"
    assert page.code not in answer.text


def test_guessing_links_by_the_pages_script_is_stopped_as_well(stranger: FlaskClient) -> None:
    statuses = {stranger.get(f"/r/guess{number}/day.json").status_code for number in range(WRONG_LINKS + 1)}

    assert statuses == {410, 429}


def test_the_next_visit_is_offered_held_and_booked_while_the_technician_is_there(page: Page) -> None:
    refused = page.post(f"visits/{page.code}/windows", {"not_before_on": None})
    page.send(page.entry("departed"), page.entry("arrived"))
    offered = page.post(f"visits/{page.code}/windows", {"not_before_on": "2026-11-24"}).get_json()["windows"]
    lost = page.post(f"visits/{page.code}/next", {"hold_id": 999_999})

    booked = page.post(f"visits/{page.code}/next", {"hold_id": offered[0]["hold_id"]})
    again = page.post(f"visits/{page.code}/next", {"hold_id": offered[0]["hold_id"]})

    assert refused.status_code == 409, "he is not there yet"
    assert lost.status_code == 409
    assert booked.get_json()["words"] == offered[0]["words"] == again.get_json()["words"]
    assert page.post("visits/ZZZZ/windows", {}).status_code == 404


def test_the_page_may_use_camera_and_place_and_no_other_page_may(page: Page) -> None:
    assert "camera=(self)" in page.client.get(page.path).headers["Permissions-Policy"]
    assert "camera=()" in page.client.get("/sign-in").headers["Permissions-Policy"]


def test_the_page_can_be_put_among_the_apps_and_opens_without_a_link(page: Page) -> None:
    manifest = page.client.get("/r/manifest.webmanifest")
    worker = page.client.get("/r/worker.js")
    home = page.client.get("/r/")

    assert manifest.get_json(force=True)["start_url"] == "/r/"
    assert manifest.get_json(force=True)["display"] == "standalone"
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert home.status_code == 200
    assert "data-secret" not in home.text


def test_the_page_stays_small_enough_for_an_old_telephone(page: Page) -> None:
    shown = page.client.get(page.path).text
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"]+\.js[^"]*)"', shown))

    sizes = {address: _size(page.client, address) for address in addresses}
    folder = {f"js/field/{path.name}" for path in (FOLDER / "js" / "field").iterdir()}
    assert folder <= {address.split("/", 4)[-1] for address in addresses}, "each is kept for the cellar"
    assert sum(sizes.values()) < 100_000
    reader = re.findall(r'name="code-reader" content="([^"]+)/index\.js"', shown)[0]
    assert _size(page.client, f"{reader}/index.js") + _size(page.client, f"{reader}/zbar.wasm") < 300_000


def _size(client: FlaskClient, address: str) -> int:
    with client.get(address) as answer:
        assert answer.status_code == 200, address
        return len(answer.data)


def test_compiled_code_runs_on_the_technicians_page_alone(page: Page) -> None:
    assert "script-src 'self' 'wasm-unsafe-eval'" in page.client.get(page.path).headers["Content-Security-Policy"]
    assert "wasm" not in page.client.get("/sign-in").headers["Content-Security-Policy"]


def test_a_link_that_has_ended_takes_no_more_entries(town: Town, page: Page) -> None:
    town.clock.set(town.clock.now() + dt.timedelta(hours=24))

    answer = page.post("entries", {"sent_at": SAID, "entries": [page.entry("accept")]})

    assert answer.status_code == 410
