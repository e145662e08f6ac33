"""Whatever takes a file: told by what is in it, by its size and number, kept under our own name out of the web (S2)."""

import ast
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from integrations.files.folder import KEY, FolderFiles
from models import ServiceRequest, StoredFile, Technician
from policies.files import LARGEST_BYTES
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.factories.pictures import photo
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.links.test_customer_page import form
from tests.web.links.test_field_page import Page
from tests.web.offices import WANG, call_and_book
from web.links.customer_page import MOST_PHOTOS

pytestmark = ON_SQLITE_ALONE
"""What is taken does not depend on the database."""

File = tuple[str, bytes]
"""A file as a browser sends it: its name and what is in it."""

Send = Callable[..., TestResponse]
PROJECT = Path(__file__).parents[2]
WEB = PROJECT / "web"
DOORS = {
    "web.field_page.photos": "technician",
    "web.customer_page.photos": "customer",
    "web.report_form.send": "form",
    "web.registers.take": "register",
}
"""Every page that takes a file, and what it is called here."""

TAKE_NO_FILE = {"web.field_page.entries"}
"""What takes more than a form of words, and no file: entries as JSON."""

MASKED = (
    (b"", "empty"),
    (b"MZ\x90\x00 not what its name says", "program"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "drawing with a script"),
    (b"<!doctype html><script>alert(1)</script>", "page"),
    (b"\xff\xd8\xff\xe0" + b"JFIF" + bytes(40), "beginning of a photo"),
    (b"PK\x03\x04" + bytes(60), "beginning of a workbook"),
)
NAMES = (
    "../../../../web/static/evil.jpg",
    "..\\..\\evil.jpg",
    "/etc/cron.d/evil.jpg",
    "a%0d%0aX-Evil: 1.jpg",
    "x" * 300,
)


@pytest.fixture(params=sorted(DOORS.values()))
def send(request: pytest.FixtureRequest, town: Town, sign_in: SignIn, stranger: FlaskClient) -> Send:
    """Return what sends files to one of the doors."""
    if request.param == "technician":
        page = Page(town, stranger)
        return lambda *files, **more: page.client.post(
            f"{page.path}/photos", query_string=page.photo_query(), data=files[0][1], **more
        )
    if request.param == "register":
        keeper = sign_in(Role.ADMINISTRATOR)
        token = {"csrf_token": read_token(keeper, "/registers/technicians"), "do": "take"}
        return lambda *files, **more: post(keeper, "/registers/technicians/file", token, "file", files, **more)
    if request.param == "customer":
        call_and_book(town)
        link = re.search(rf"{ADDRESS}(/v/\S+)", town.phone(WANG).inbox[-1].body)
        assert link
        return lambda *files, **more: post(stranger, f"{link[1]}/photos", {}, "photos", files, **more)
    return lambda *files, **more: post(stranger, "/report/", form(stranger), "photos", files, **more)


def post(
    client: FlaskClient, path: str, fields: dict[str, str], name: str, files: tuple[File, ...], **more: object
) -> TestResponse:
    sent = {**fields, name: [FileStorage(io.BytesIO(content), called) for called, content in files]}
    boundary, body = encode_multipart(MultiDict(sent))
    return client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"', **more)


def kept(town: Town) -> tuple[int, list[str], list[str]]:
    """How many files there are by the books, which lie in the store, and who works here."""
    with town.services.database.reading() as session:
        rows = session.scalar(select(func.count()).select_from(StoredFile)) or 0
        team = list(session.scalars(select(Technician.name).order_by(Technician.number)))
    return rows, sorted(town.services.files.list_keys()), team


def is_refused(answer: TestResponse) -> bool:
    if answer.is_json:
        return str(answer.get_json()["outcome"]) == "refused"
    return answer.status_code in {413, 422} or "nothing was taken in" in answer.text


def name_for(send_to: str) -> str:
    return "rows.xlsx" if send_to == "register" else "photo.jpg"


def test_no_page_takes_a_file_that_is_not_tried_here(town: Town) -> None:
    views = town.app.view_functions.items()
    large = {endpoint for endpoint, view in views if getattr(view, "largest_bytes", None)}
    readers = {
        path.stem
        for path in WEB.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"request.files", "request.stream"}
    }

    assert large == set(DOORS) | TAKE_NO_FILE
    assert readers <= {endpoint.split(".")[1] for endpoint in DOORS}


def test_what_is_not_what_its_name_says_is_refused_and_nothing_is_kept(
    town: Town, send: Send, request: pytest.FixtureRequest
) -> None:
    name = name_for(request.node.callspec.params["send"])
    before = kept(town)

    for content, what in MASKED:
        assert is_refused(send((name, content))), what
        assert kept(town) == before, what


def test_too_large_a_file_is_refused_before_it_is_read_to_its_end(
    town: Town, send: Send, request: pytest.FixtureRequest
) -> None:
    door = next(endpoint for endpoint, name in DOORS.items() if name == request.node.callspec.params["send"])
    largest = vars(town.app.view_functions[door])["largest_bytes"]
    name, before = name_for(DOORS[door]), kept(town)

    too_long = send((name, b"x"), environ_overrides={"CONTENT_LENGTH": str(largest + 1)})
    picture = photo() + bytes(LARGEST_BYTES)
    too_large = send((name, picture)) if door != "web.registers.take" else too_long

    assert too_long.status_code == 413
    assert too_large is too_long or is_refused(too_large)
    assert kept(town) == before


def test_a_path_in_a_name_leads_nowhere(town: Town, send: Send, request: pytest.FixtureRequest) -> None:
    is_register = request.node.callspec.params["send"] == "register"
    store = town.services.files
    assert isinstance(store, FolderFiles)
    ours = {path for path in WEB.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    rows = b"technician_number,nothing\r\n" if is_register else b""

    for shade, name in enumerate(NAMES):
        answer = send((name, rows or photo((shade * 20, 9, 9))))
        assert answer.status_code in ({200, 422} if is_register else {200, 302, 429}), name

    lying = [path for path in store.folder.rglob("*") if path.is_file()]
    assert all(KEY.fullmatch(path.name) for path in lying)
    assert bool(lying) is not is_register
    assert not store.folder.resolve().is_relative_to(WEB), "nothing that was sent lies where pages are served from"
    assert {path for path in WEB.rglob("*") if path.is_file() and "__pycache__" not in path.parts} == ours
    with town.services.database.reading() as session:
        assert not [name for name in session.scalars(select(StoredFile.name)) if name], "nor is its name kept"


@pytest.mark.parametrize("send", ["customer", "form"], indirect=True)
def test_too_many_files_at_once_are_refused_and_none_is_dropped_unseen(town: Town, send: Send) -> None:
    before = kept(town)
    with town.services.database.reading() as session:
        requests = session.scalar(select(func.count()).select_from(ServiceRequest))

    answer = send(*[(f"{shade}.jpg", photo((shade, 9, 9))) for shade in range(MOST_PHOTOS + 1)])

    assert answer.status_code == 422
    assert "最多 6 张" in answer.text or "Six photos" in answer.text
    assert kept(town) == before
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == requests


def test_two_files_at_once_for_one_register_are_refused(town: Town, sign_in: SignIn) -> None:
    keeper = sign_in(Role.ADMINISTRATOR)
    good = keeper.get("/registers/technicians.csv").data.replace(b"Zhao Min", b"Zhao Min Jun")
    fields = {"csrf_token": read_token(keeper, "/registers/technicians"), "do": "take"}

    answer = post(keeper, "/registers/technicians/file", fields, "file", (("a.csv", good), ("b.csv", b"junk")))

    assert answer.status_code in {400, 422}
    with town.services.database.reading() as session:
        assert "Zhao Min Jun" not in session.scalars(select(Technician.name_en)).all()
