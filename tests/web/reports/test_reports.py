"""Reports on screen, down to the records, and as files; by owner, colleague and stranger (R)."""

import html
import io
import json

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from operations.reports.catalogue import REPORTS
from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.offices import call_and_book


@pytest.fixture
def busy(town: Town) -> None:
    """Somebody called and booked in this November."""
    call_and_book(town)


@pytest.mark.usefixtures("busy")
def test_a_report_shows_its_definition_its_chart_and_the_way_to_its_records(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/reports/fault_causes?period=2026-11").text

    assert "Repairs reported in the period" in page
    assert "data-chart=" in page
    assert "echarts" in page
    address = "/reports/fault_causes/records" + page.split('href="/reports/fault_causes/records')[1].split('"')[0]
    records = dispatcher.get(address.replace("&amp;", "&")).text
    assert "Wang Xiaoming" in records


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("name", list(REPORTS))
def test_every_report_opens_in_both_languages_and_as_files(sign_in: SignIn, name: str) -> None:
    manager = sign_in(Role.MANAGER, language=Language.ZH)

    for period in ("2026-11-30", "2026-11", "2026-Q4", "2026-H2", "2026"):
        assert manager.get(f"/reports/{name}?period={period}").status_code == 200
    csv = manager.get(f"/reports/{name}.csv?period=2026-11")
    xlsx = manager.get(f"/reports/{name}.xlsx?period=2026-11")

    assert f"{name}-2026-11.csv" in csv.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(xlsx.data)).active
    assert sheet is not None
    assert sheet.max_row == len(csv.text.splitlines())


@pytest.mark.usefixtures("busy")
def test_the_key_figures_have_their_definitions_and_targets(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/reports").text

    assert "First-time fix" in page
    assert "≥ 98 %" in page
    assert "data-chart" not in page


@pytest.mark.usefixtures("busy")
def test_a_key_figure_opens_into_its_records_each_with_the_way_to_its_page_and_comes_as_a_file(
    sign_in: SignIn,
) -> None:
    manager = sign_in(Role.MANAGER, language=Language.ZH)
    page = manager.get("/reports?period=2026-11").text
    ways = {part.split('"')[0].replace("&amp;", "&") for part in page.split('href="/reports/figures/')[1:]}

    assert len(ways) > 30
    for way in ways:
        assert manager.get(f"/reports/figures/{way}").status_code == 200, way
    assert 'href="/calls/' in manager.get("/reports/figures/calls/counted?period=2026-11").text
    csv = manager.get("/reports?period=2026-11&as=csv")
    assert "key_figures-2026-11.csv" in csv.headers["Content-Disposition"]
    assert "在途占比" in csv.text
    records = manager.get("/reports/figures/calls/counted?period=2026-11&list=records&as=csv")
    assert len(records.text.splitlines()) > 1


@pytest.mark.usefixtures("busy")
def test_a_key_figure_is_drawn_over_the_days_of_its_month_with_its_target_and_its_definition(sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER, language=Language.ZH)
    assert 'href="/reports/figures/kept_answer?period=2026-11"' in manager.get("/reports?period=2026-11").text

    page = manager.get("/reports/figures/kept_answer?period=2026-11").text

    chart = json.loads(html.unescape(page.split('data-chart="')[1].split('"')[0]))
    assert chart["names"] == [f"2026-11-{day:02d}" for day in range(1, 31)]
    assert [value for value in chart["values"] if value is not None] == [100.0]
    assert (chart["target"], chart["target_name"], chart["is_share"]) == (100.0, "≥ 100 %", True)
    calls = manager.get("/reports/figures/calls?period=2026-11").text
    assert json.loads(html.unescape(calls.split('data-chart="')[1].split('"')[0]))["is_share"] is False
    nothing = manager.get("/reports/figures/kept_answer?period=2025-02").text
    assert "data-chart" not in nothing
    assert "2025-02没有图" in nothing
    assert page.count('href="/reports/figures/kept_answer/counted?period=2026-11-') == 30
    assert "期间内判定的期限中达成的" in page
    assert manager.get("/reports/figures/budget_spent?period=2026-H2").status_code == 200


@pytest.mark.usefixtures("busy")
def test_families_are_called_as_in_the_catalogue(sign_in: SignIn) -> None:
    page = sign_in(Role.MANAGER, language=Language.ZH).get("/reports/fault_causes?period=2026-11").text

    assert "投影机" in page
    assert "projector" not in page


def test_what_is_no_report_no_period_and_no_line_is_not_found(dispatcher: FlaskClient) -> None:
    for address in (
        "/reports/secrets",
        "/reports/fault_causes?period=2026-13",
        "/reports/fault_causes?period=yesterday",
        "/reports/fault_causes.exe",
        "/reports/service_items/records?key=nonsense",
        "/reports/figures/secrets",
        "/reports/figures/secrets/counted",
        "/reports/fault_causes?period=2026-02-30",
        "/reports/figures/calls/against",
        "/reports/figures/calls/nonsense",
        "/reports?as=exe",
    ):
        assert dispatcher.get(address).status_code == 404, address


def test_a_stranger_sees_no_report(stranger: FlaskClient) -> None:
    for address in ("/reports", "/reports/fault_causes", "/reports/fault_causes.csv", "/reports/figures/calls/counted"):
        assert stranger.get(address).status_code == 302
