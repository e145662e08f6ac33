"""What waits for the office: complaints, promised calls and escalations, with their clocks (H7, H8)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import CallBack, Commitment, Complaint, Escalation, Visit
from operations.messages.escalations import escalate
from policies.commitments import CommitmentKind, CommitmentState
from policies.escalations import EscalationReason
from policies.roles import Role
from policies.visit_states import VisitState
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

WANG = "+8613800000001"


def settle(client: FlaskClient, kind: str, matter_id: int) -> int:
    token = read_token(client, "/calls")
    return client.post(f"/desk/{kind}/{matter_id}", data={"csrf_token": token}).status_code


@pytest.fixture
def waiting(town: Town) -> Town:
    """Mr Wang complains, asks before he buys, and has a repair again that was solved by telephone."""
    for keys in (("4", "2"), ("5", "2"), ("1", "1", "1", "1"), ("2", "1", "2")):
        call = town.phone(WANG).dial(town.hotline)
        for key in keys:
            call.press(key)
        call.hang_up()
    return town


@pytest.mark.usefixtures("waiting")
def test_the_desk_shows_what_waits_with_its_clock(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/desk").text

    for words in ("attitude", "before buying", "repeat", "Wang Xiaoming", WANG):
        assert words in page
    assert "23 h 5" in page or "24 h" in page
    assert "min left" in page


@pytest.mark.parametrize(
    ("kind", "table", "clock"),
    [
        ("complaints", Complaint, CommitmentKind.COMPLAINT),
        ("call_backs", CallBack, CommitmentKind.CALL_BACK),
        ("escalations", Escalation, None),
    ],
)
def test_what_somebody_has_done_leaves_the_desk_and_meets_its_clock(
    waiting: Town, dispatcher: FlaskClient, kind: str, table: type[Complaint], clock: CommitmentKind | None
) -> None:
    with waiting.services.database.reading() as session:
        matter_id = session.scalars(select(table.id)).one()

    answers = [settle(dispatcher, kind, matter_id) for _ in range(2)]

    page = dispatcher.get("/desk").text
    assert answers == [302, 302]
    assert f'action="/desk/{kind}/{matter_id}"' not in page
    with waiting.services.database.reading() as session:
        met = session.scalars(select(Commitment).where(Commitment.kind == clock)).all() if clock else []
        assert {row.state for row in met} <= {CommitmentState.MET}


@pytest.mark.usefixtures("waiting")
def test_an_auditor_looks_and_changes_nothing(sign_in: SignIn) -> None:
    auditor = sign_in(Role.AUDITOR)

    page = auditor.get("/desk").text

    assert "Wang Xiaoming" in page
    assert 'action="/desk/' not in page
    assert settle(auditor, "complaints", 1) == 403


def test_a_visit_that_has_begun_is_not_handed_on_and_the_desk_says_why(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit).where(Visit.request_id == request.id)).one()
        reason = EscalationReason.UNANSWERED
        escalation = escalate(session, request=visit.request, reason=reason, now=town.clock.now(), visit=visit)
        escalation.technician_id = before = visit.technician_id
        escalation.starts_at, escalation_id = town.clock.now(), escalation.id
        visit.state = VisitState.EN_ROUTE

    form = {"csrf_token": read_token(dispatcher, "/calls")}
    answer = dispatcher.post(f"/desk/escalations/{escalation_id}/hand-on", data=form)

    assert answer.status_code == 422
    assert "has left or the visit is over" in answer.text
    assert f'action="/desk/escalations/{escalation_id}/hand-on"' in answer.text
    with town.services.database.reading() as session:
        kept = session.scalars(select(Visit).where(Visit.request_id == request.id)).one()
        assert (kept.technician_id, kept.state) == (before, VisitState.EN_ROUTE)


def test_what_never_was_cannot_be_settled(dispatcher: FlaskClient) -> None:
    for kind in ("complaints", "call_backs", "escalations"):
        assert settle(dispatcher, kind, 99) == 404
