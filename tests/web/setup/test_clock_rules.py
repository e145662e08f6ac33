"""Rules and calendars of promises: seen by the office, changed by those who decide, never rewritten (K1)."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Commitment
from policies.languages import Language
from policies.roles import Role
from tests.factories.instants import hours
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

WANG = "+8613800000001"
STEP = {"step": "warn", "percent": "50", "minutes": "0", "tells": "desk", "step_calendar": ""}


def post(client: FlaskClient, address: str, **form: Any) -> str:  # noqa: ANN401 (a field's text or texts)
    token = read_token(client, "/clock-rules")
    return client.post(f"/clock-rules/{address}", data={"csrf_token": token, **form}, follow_redirects=True).text


def complain(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for key in ("4", "2"):
        call.press(key)
    call.hang_up()


def targets(town: Town) -> list[float]:
    with town.services.database.reading() as session:
        clocks = session.scalars(select(Commitment).where(Commitment.kind == "complaint").order_by(Commitment.id))
        return [(clock.deadline_at - clock.started_at) / hours(1) for clock in clocks]


def test_a_manager_shortens_a_promise_and_those_that_run_keep_theirs(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    complain(town)
    escalate = STEP | {"step": "escalate", "percent": "80", "tells": "manager"}
    rows = {name: [STEP[name], escalate[name], ""] for name in STEP}

    page = post(manager, "complaint", count="12", calendar="always", pausable_for=["force_majeure"], call="1", **rows)
    town.clock.advance(60)
    complain(town)

    assert "In force from now on." in page
    assert targets(town) == [24, 12]
    shown = manager.get("/clock-rules").text
    assert "12 h" in shown
    assert "by telephone" in shown
    form = manager.get("/clock-rules/complaint").text
    assert "version" in form
    assert 'value="escalate"' in form


def test_what_cannot_be_meant_is_refused_and_said(sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    refusals = [
        ({"count": "x"}, "A whole number from 0"),
        ({"count": "-1"}, "A whole number from 0"),
        ({"count": "12", "percent": "2000"}, "A whole number from 0"),
        ({"count": "12", "calendar": "nowhere"}, "nowhere"),
        ({"count": "12", "call": "0"}, "nobody telephones the desk"),
    ]
    for form, says in refusals:
        page = post(manager, "complaint", **{"calendar": "always", **STEP, **form})
        assert "Not taken" in page
        assert says in page


def test_a_holiday_is_put_in_and_a_working_day_too(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)

    page = post(manager, "calendars/office/days", **{"from": "2026-12-24", "until": "2026-12-26", "hours": ""})
    assert "2026-12-25" in page
    town.clock.advance(1)
    page = post(manager, "calendars/office/days", **{"from": "2026-12-27", "until": "", "hours": "10:00-16:00"})
    assert "10:00-16:00" in page
    town.clock.advance(1)
    page = post(manager, "calendars/office/week", hours=["08:00-17:00"] * 5 + ["", ""])
    assert 'value="08:00-17:00"' in page

    for wrong in ({"from": "x"}, {"from": "2026-12-24", "until": "2026-12-01"}, {"from": "2026-12-24", "hours": "9-5"}):
        assert "Not taken" in post(manager, "calendars/office/days", **wrong)
    assert "Not taken" in post(manager, "calendars/office/week", hours=[""] * 7)
    token = read_token(manager, "/clock-rules")
    for nowhere in ("calendars/none/days", "calendars/always/days", "none"):
        assert manager.post(f"/clock-rules/{nowhere}", data={"csrf_token": token}).status_code == 404


@pytest.mark.parametrize("language", Language)
def test_the_office_reads_them_and_changes_nothing(sign_in: SignIn, language: Language) -> None:
    clerk = sign_in(Role.CLERK, language=language)
    page = clerk.get("/clock-rules").text

    assert ("24小时到场" in page) is (language is Language.ZH)
    assert "<form" not in page.partition("<main")[2]
    assert clerk.get("/clock-rules/complaint").status_code == 403
    token = read_token(clerk, "/commitments")
    assert clerk.post("/clock-rules/complaint", data={"csrf_token": token}).status_code == 403
