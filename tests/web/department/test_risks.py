"""The register of service risks at its page: opened, rated anew, closed; an auditor finds, others carry out (F5, R)."""

import datetime as dt

from operations.foundation.events import list_events
from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused

ENTRY = {"kind": "risk", "title": "One lamp supplier", "likelihood": "3", "harm": "2", "measure": "Find a second one"}


def test_a_risk_is_written_down_rated_anew_and_closed_with_what_came_of_it(town: Town, sign_in: SignIn) -> None:
    manager, auditor, clerk = sign_in(Role.MANAGER), sign_in(Role.AUDITOR), sign_in(Role.CLERK, language=Language.ZH)
    token = read_token(manager, "/account")
    due_on = (town.clock.now() + dt.timedelta(days=30)).date().isoformat()
    form = {**ENTRY, "owner": "manager", "due_on": due_on}
    assert "No risk is open." in manager.get("/risks").text

    assert manager.post("/risks", data={"csrf_token": token, **form}).status_code == 302
    page = manager.get("/risks").text
    for words in ("SR-00001", "One lamp supplier", "medium 3×2", "Find a second one", due_on):
        assert words in page
    assert "1 service risks" in manager.get("/work").text
    assert "from today on" in refused(manager, "/risks", **{**form, "due_on": "2020-01-01"})
    assert "1 to 5" in refused(manager, "/risks/1", **{**form, "harm": "6"})
    review = {**form, "csrf_token": token, "harm": "5", "measure": "Order from two"}
    assert manager.post("/risks/1", data=review).status_code == 302
    assert "high 3×5" in manager.get("/risks").text
    assert "高" in clerk.get("/risks").text
    assert 'action="/risks' not in clerk.get("/risks").text

    finding = {**form, "csrf_token": read_token(auditor, "/account")}
    assert auditor.post("/risks", data=finding).status_code == 403
    assert auditor.post("/risks", data={**finding, "kind": "finding"}).status_code == 302
    assert auditor.post("/risks/1/closed", data={**finding, "outcome": "x"}).status_code == 403

    assert manager.post("/risks/1/closed", data={"csrf_token": token, "outcome": ""}).status_code == 422
    closed = {"csrf_token": token, "outcome": "Two suppliers since May"}
    assert manager.post("/risks/1/closed", data=closed).status_code == 302
    assert "Two suppliers since May" in manager.get("/risks").text
    assert manager.post("/risks/1/closed", data=closed).status_code == 422
    with town.services.database.reading() as session:
        kinds = [event.kind for event in list_events(session, subject="service_risk:1")]
    assert kinds == ["risk_opened", "risk_reviewed", "risk_closed"]
