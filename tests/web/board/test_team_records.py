"""A technician's sheet by owner, colleague and stranger, and what he reads himself (T1, T2, F2)."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from models import SurveyAnswer, TeamRecord, Visit
from policies.roles import Role
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book, publish_day, technician_of

PRAISE = {
    "kind": "praise",
    "happened_on": "2026-11-20",
    "words": "Stayed until it ran",
    "skill": "",
    "is_passed": "yes",
}


def put(client: FlaskClient, address: str, **form: str) -> tuple[int, str]:
    token = read_token(client, "/account")
    answer = client.post(f"/team/members/{address}", data={"csrf_token": token, **form}, follow_redirects=True)
    return answer.status_code, answer.text


def test_a_supervisor_praises_and_warns_and_takes_back_with_the_reason(town: Town, sign_in: SignIn) -> None:
    supervisor, trainer, auditor = (sign_in(role) for role in (Role.SUPERVISOR, Role.TRAINER, Role.AUDITOR))

    assert put(supervisor, "T1", **PRAISE)[0] == 200
    assert put(supervisor, "T1", **{**PRAISE, "kind": "warning", "words": "Late twice"})[0] == 200
    assert "lies ahead" in put(supervisor, "T1", **{**PRAISE, "happened_on": "2026-12-24"})[1]
    assert "Only a training" in put(supervisor, "T1", **{**PRAISE, "skill": "projector"})[1]
    assert "Please fill this in" in put(supervisor, "T1", **{**PRAISE, "words": " "})[1]
    status, page = put(supervisor, "T1/2/withdraw", why="It was somebody else")
    assert (status, "It was somebody else" in page, "Late twice" in page) == (200, True, True), "nothing is taken out"
    assert put(supervisor, "T1/2/withdraw", why="again")[0] == 422
    assert put(supervisor, "T2/1/withdraw", why="x")[0] == 404, "another technician's"

    assert put(trainer, "T1", **PRAISE)[0] == 403
    training = {**PRAISE, "kind": "training", "skill": "projector", "is_passed": "no", "words": "Lamps"}
    assert put(trainer, "T1", **training)[0] == 200
    seen = trainer.get("/team/members/T1").text
    assert ("Lamps" in seen, "Stayed until it ran" in seen) == (True, False), "a trainer sees trainings alone"
    assert "Stayed until it ran" in auditor.get("/team/members/T1").text
    assert put(auditor, "T1", **PRAISE)[0] == 403
    with town.services.database.reading() as session:
        assert len(session.scalars(select(TeamRecord)).all()) == 3


def test_an_answer_reaches_the_technician_and_who_leads_him_and_a_stranger_sees_neither(
    town: Town, sign_in: SignIn, stranger: FlaskClient
) -> None:
    request = call_and_book(town)
    publish_day(town)
    phone, _ = technician_of(town, request)
    link = re.search(rf"{ADDRESS}(/r/\S+)", phone.inbox[-1].body)
    assert link is not None
    manager = sign_in(Role.MANAGER)
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit).where(Visit.request_id == request.id)).one()
        assert visit.technician is not None
        number, at = visit.technician.number, town.clock.now()
        session.add(
            SurveyAnswer(
                visit_id=visit.id, request_id=request.id, technician_id=visit.technician_id, score=2, answered_at=at
            )
        )
    put(manager, number, **PRAISE)
    put(manager, number, **{**PRAISE, "kind": "warning", "words": "Meant for somebody else"})
    put(manager, f"{number}/2/withdraw", why="a mistake")

    sheet = manager.get(f"/team/members/{number}").text
    own = stranger.get(f"{link[1]}/record").text

    assert "2 / 5" in sheet
    assert f"/requests/{request.number}" in sheet
    assert "/reports/technician_performance/records" in sheet
    assert "2 / 5" in own
    assert request.number in own
    assert "Stayed until it ran" in own
    assert "Meant for somebody else" not in own, "what was withdrawn does not stand"
    assert stranger.get("/r/nonsense/record").status_code == 410
    assert stranger.get(f"/team/members/{number}").status_code == 302
    assert manager.get("/team/members/T99").status_code == 404
    assert f"/team/members/{number}" in manager.get("/team").text
