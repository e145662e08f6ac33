"""Day sheets: a page that prints, and the same as CSV and XLSX without formulas."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from models import Customer
from tests.town import Town
from tests.web.offices import call_and_book, technician_of

TOMORROW = "2026-11-23"


def test_a_sheet_has_each_visit_with_its_window_and_address(town: Town, dispatcher: FlaskClient) -> None:
    _, code = technician_of(town, call_and_book(town))

    page = dispatcher.get(f"/day/sheets?on={TOMORROW}").text

    assert page.count('class="panel sheet"') == 4
    assert code in page
    assert "08:00–10:00" in page
    assert "1 Nanjing West Road" in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_table_has_the_same_and_no_formula(kind: str, town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    with town.services.database.writing() as session:
        session.get_one(Customer, request.customer_id).name_en = "=1+1"

    answer = dispatcher.get(f"/day/sheets/day.{kind}?on={TOMORROW}")

    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    else:
        sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
        head, *lines = sheet.iter_rows(values_only=True)
        rows = [dict(zip(map(str, head), map(str, line), strict=True)) for line in lines]
    assert [row["Request"] for row in rows] == [request.number]
    assert rows[0]["Customer"] == "'=1+1"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="onecall-{TOMORROW}.{kind}"'


@pytest.mark.parametrize("path", ["/day/sheets/day.exe", "/day/sheets?on=never"])
def test_what_there_is_not_is_not_found(path: str, dispatcher: FlaskClient) -> None:
    assert dispatcher.get(path).status_code == 404
