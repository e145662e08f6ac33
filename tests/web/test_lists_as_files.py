"""Every list of the office can be taken along: CSV for other systems, XLSX for people, nothing a formula (C1, T3)."""

import csv
import datetime as dt
import io
import re

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import insert

from models import Customer, Receivable
from models.database import Database
from policies.languages import Language
from policies.receivables import ReceivableKind
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from web.layout.tables import Row, Table, send_list

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


@ON_SQLITE_ALONE
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


@ON_SQLITE_ALONE
def test_who_may_not_see_a_page_takes_nothing_from_it_and_what_there_is_not_is_not_found(sign_in: SignIn) -> None:
    parts, clerk = sign_in(Role.PARTS), sign_in(Role.CLERK)

    assert parts.get(f"{CUSTOMERS}csv").status_code == 403
    assert clerk.get(f"{CUSTOMERS}exe").status_code == 404
    assert clerk.get(CUSTOMERS.replace("found", "users") + "csv").status_code == 404


def files_of(client: FlaskClient, page: str) -> list[list[list[str]]]:
    """Take along every list of a page, as both kinds of file, and return their lines."""
    links = re.findall(r'href="(\?[^"]*as=(csv|xlsx))"', client.get(page).text)
    return [rows_of(kind, client.get(page.partition("?")[0] + link.replace("&amp;", "&")).data) for link, kind in links]


@ON_SQLITE_ALONE
def test_the_call_log_is_taken_along_as_it_is_searched_and_that_is_on_record(town: Town, sign_in: SignIn) -> None:
    auditor = sign_in(Role.AUDITOR)
    rename_to_a_formula(town.services.database)
    for number in ("+8613800000001", "+8613800000003"):
        town.phone(number).dial(town.hotline).hang_up()
    town.tick()

    whole = files_of(auditor, "/calls")
    searched = files_of(auditor, "/calls?q=C1&outcome=abandoned&before=999")
    audit = auditor.get("/audit").text

    assert [len(lines) for lines in (*whole, *searched)] == [3, 3, 2, 2]
    assert [lines[1][1] for lines in searched] == ["'=1+1", "'=1+1"]
    assert whole[0][0] == re.findall(r'<th scope="col">([^<]+)</th>', auditor.get("/calls").text)
    assert "List taken along: Call log /calls" in audit


@ON_SQLITE_ALONE
def test_messages_guides_and_clocks_are_taken_along_as_their_pages_show_them(town: Town, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    call = town.phone("+8613800000001").dial(town.hotline)
    for key in ("1", "1", "2", "1"):
        call.press(key)
    call.hang_up()
    town.phone("+8613800000001").text("=2+2 \u000b?", to=town.hotline)
    town.tick()

    texts, texts_xlsx = files_of(administrator, "/messages")
    guides, guides_xlsx = files_of(administrator, "/knowledge")
    clocks, clocks_xlsx = files_of(administrator, "/commitments/list")

    assert texts[1][-1].startswith("'=2+2")
    assert texts_xlsx[1][-1] == "'=2+2 ?", "what no workbook may hold is left out"
    assert guides == guides_xlsx
    assert {line[0] for line in guides[1:]} >= {"projector"}
    assert len(guides) == administrator.get("/knowledge").text.count('<td><a href="/knowledge/') + 1
    assert clocks == clocks_xlsx
    assert len(clocks) > 1


@ON_SQLITE_ALONE
def test_a_list_that_goes_on_says_so_and_its_file_holds_the_rest(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER, language=Language.ZH)
    with town.services.database.writing() as session:
        owed = {
            "customer_id": session.query(Customer).filter_by(number="C1").one().id,
            "kind": ReceivableKind.INSTALMENT,
            "currency": "CNY",
            "amount_cents": 100,
            "open_cents": 100,
            "due_on": dt.date(2026, 12, 1),
            "made_at": town.clock.now(),
        }
        session.execute(insert(Receivable), [owed] * 201)

    page = manager.get("/money").text
    table = BeautifulSoup(page, "html.parser").find(id="receivables")
    (lines, _) = files_of(manager, "/money")

    assert table is not None
    assert len(table.select("tbody tr")) == 200
    assert "共 201 条，显示 200 条" in table.get_text()
    assert len(lines) == 202
    assert "共 201 条" not in manager.get("/customers/C1").text.partition('id="receivables"')[0]


def test_a_file_that_is_cut_short_says_so_in_its_last_line(town: Town) -> None:
    table = Table("owed", "Owed [2026/12]", ("A", "B"), [Row(("1", "2"))], "", found=7)

    with town.app.test_request_context("/?list=owed&as=csv"):
        csv_file = send_list([table])
    with town.app.test_request_context("/?list=owed&as=xlsx"):
        xlsx_file = send_list([table])

    assert csv_file is not None
    assert xlsx_file is not None
    assert rows_of("csv", csv_file.data)[-1] in (["共 7 条，此处 1 条"], ["1 of 7"])
    assert rows_of("xlsx", xlsx_file.data)[-1][0] in ("共 7 条，此处 1 条", "1 of 7"), (
        "and its name is one a sheet can have"
    )
