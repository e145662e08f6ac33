"""Reports that wait for a supervisor, with photos only those see whose work needs them (V5, S1)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import FileLook, StoredFile, WorkReport
from policies.roles import Role
from policies.work_reports import ReportState
from tests.databases import ON_SQLITE_ALONE
from tests.factories.pictures import drawing, photo
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.links.test_field_page import Page, page  # noqa: F401 (the fixture)

pytestmark = ON_SQLITE_ALONE
"""One kind of database is enough at the door: what operations do is tested on both."""


@pytest.fixture
def handed_in(page: Page) -> Page:  # noqa: F811 (the fixture)
    """A visit that ended without the part: its report needs no signature to wait for a supervisor."""
    page.send(page.entry("departed"), page.entry("arrived"))
    page.send(page.entry("diagnosis", fault_found="<b>主板</b>坏", cause="", action="待更换"))
    page.photograph(photo(), kind="before")
    page.photograph(drawing(), kind="signature")
    page.send(page.entry("incomplete", reason="part", note=""))
    return page


def decide(client: FlaskClient, code: str, **fields: str) -> int:
    return client.post(
        f"/work-reports/{code}", data={**fields, "csrf_token": read_token(client, "/work-reports")}
    ).status_code


def state_of(town: Town) -> ReportState:
    with town.services.database.reading() as session:
        return session.scalars(select(WorkReport.state)).one()


def test_a_supervisor_reads_the_report_and_approves_it(town: Town, handed_in: Page, sign_in: SignIn) -> None:
    supervisor = sign_in(Role.SUPERVISOR)
    listed = supervisor.get("/work-reports").text
    shown = supervisor.get(f"/work-reports/{handed_in.code}").text

    decide(supervisor, handed_in.code, do="approve")
    decide(supervisor, handed_in.code, do="return", note="too late")

    assert handed_in.code in listed
    assert "&lt;b&gt;主板" in shown, "what a technician wrote is text and nothing else"
    assert state_of(town) is ReportState.APPROVED


def test_giving_it_back_takes_a_reason_that_the_technician_sees(town: Town, handed_in: Page, sign_in: SignIn) -> None:
    supervisor = sign_in(Role.SUPERVISOR)
    decide(supervisor, handed_in.code, do="return", note="  ")
    silent = state_of(town)

    decide(supervisor, handed_in.code, do="return", note="请补照片")

    assert silent is ReportState.HANDED_IN
    assert state_of(town) is ReportState.RETURNED
    assert handed_in.day()["visits"][0]["report"]["decision_note"] == "请补照片"


@pytest.mark.parametrize("role", [Role.CLERK, Role.DISPATCHER, Role.AUDITOR])
def test_only_supervisors_decide_about_a_report(role: Role, town: Town, handed_in: Page, sign_in: SignIn) -> None:
    assert decide(sign_in(role), handed_in.code, do="approve") == 403
    assert state_of(town) is ReportState.HANDED_IN


def test_a_photo_is_shown_to_the_office_only_and_each_look_is_on_record(
    town: Town, handed_in: Page, sign_in: SignIn, stranger: FlaskClient
) -> None:
    with town.services.database.reading() as session:
        keys = list(session.scalars(select(StoredFile.key)))
    clerk, trainer = sign_in(Role.CLERK), sign_in(Role.TRAINER)

    shown = clerk.get(f"/files/{keys[0]}")

    assert handed_in.code
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in shown.headers["Cache-Control"]
    assert trainer.get(f"/files/{keys[0]}").status_code == 403
    assert stranger.get(f"/files/{keys[0]}").status_code == 302
    assert clerk.get(f"/files/{'0' * 40}").status_code == 404
    assert clerk.get("/files/..%2f..%2fetc%2fpasswd").status_code == 404
    with town.services.database.reading() as session:
        assert list(session.scalars(select(FileLook.subject))) == [f"photo:{keys[0]}"]
