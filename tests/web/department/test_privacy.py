"""A manager hands a customer a copy of their data, and erases it; nobody else does either (S1)."""

import io
import json
import zipfile

from sqlalchemy import select

from models import Customer, FileLook, ServiceRequest
from operations.aftercare.own_requests import withdraw_request
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

PAGE = "/customers/C1/data"


@ON_SQLITE_ALONE
def test_a_manager_hands_out_a_copy_and_erases_what_is_asked_for(town: Town, sign_in: SignIn) -> None:
    call_and_book(town)
    manager = sign_in(Role.MANAGER)

    assert "What we keep" in manager.get("/customers/C1").text
    page = manager.get(PAGE).text
    for words in ("Calls", "Messages sent", "two years", "Erase for good"):
        assert words in page
    answer = manager.get(f"{PAGE}.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        copy = json.loads(archive.read("data.json"))
    assert copy["customers"][0]["name"] == "王小明"
    assert copy["calls"][0]["from_number"] == "+8613800000001"
    assert answer.headers["Cache-Control"] == "private, no-store"

    def erase(number: str) -> str:
        form = {"csrf_token": read_token(manager, PAGE), "number": number}
        return manager.post("/customers/C1/erase", data=form, follow_redirects=True).text

    assert "Nothing was erased" in erase("C2")
    assert "Close these first" in erase("C1")
    with town.services.database.writing() as session:
        assert "copy:C1" in set(session.scalars(select(FileLook.subject)))
        request = session.scalars(select(ServiceRequest)).one()
        withdraw_request(
            session, request=request, house=town.services.house, now=town.clock.now(), source="test", actor="clerk"
        )
    erased = erase("C1")
    assert "Erased" in erased
    assert "王小明" not in erased
    assert "Erase for good" not in erased
    with town.services.database.reading() as session:
        assert session.scalars(select(Customer.name).where(Customer.number == "C1")).one() == "–"


@ON_SQLITE_ALONE
def test_a_clerk_neither_copies_nor_erases(sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)

    assert "What we keep" not in clerk.get("/customers/C1").text
    assert clerk.get(PAGE).status_code == 403
    assert clerk.get(f"{PAGE}.zip").status_code == 403
    form = {"csrf_token": read_token(clerk, "/customers/C1"), "number": "C1"}
    assert clerk.post("/customers/C1/erase", data=form).status_code == 403
