"""Every list of the office can be taken along: CSV for other systems, XLSX for people, nothing a formula (C1, T3)."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from models import Customer
from models.database import Database
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn

PAGE = "/customers?words=13800000001"
CUSTOMERS = "/customers?words=13800000001&list=found&as="


def rename_to_a_formula(database: Database) -> None:
    with database.writing() as session:
        session.query(Customer).filter_by(number="C1").one().name_en = "=1+1"


def rows_of(kind: str, data: bytes) -> list[list[str]]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    return [[str(cell or "") for cell in line] for line in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_list_is_taken_along_as_it_is_shown_and_holds_no_formula(town: Town, dispatcher: FlaskClient) -> None:
    rename_to_a_formula(town.services.database)
    page = dispatcher.get(PAGE).text
    shown = re.findall(r'<th scope="col">([^<]+)</th>', page)
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(\?[^"]*as=(?:csv|xlsx))"', page)]

    files = {kind: dispatcher.get(f"/customers{link}") for kind, link in zip(("csv", "xlsx"), links, strict=True)}

    for kind, answer in files.items():
        head, *lines = rows_of(kind, answer.data)
        assert head == shown[: len(head)]
        assert [line for line in lines if "'=1+1" in line], "what could be taken for a formula is kept from being one"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="onecall-found.{kind}"'


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_who_may_not_see_a_page_takes_nothing_from_it_and_what_there_is_not_is_not_found(sign_in: SignIn) -> None:
    parts, clerk = sign_in(Role.PARTS), sign_in(Role.CLERK)

    assert parts.get(f"{CUSTOMERS}csv").status_code == 403
    assert clerk.get(f"{CUSTOMERS}exe").status_code == 404
    assert clerk.get(CUSTOMERS.replace("found", "users") + "csv").status_code == 404
