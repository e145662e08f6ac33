"""The calendar of active service, by owner, colleague and stranger (F3)."""

import datetime as dt

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.release_care import release_due_care
from models import CareDate, FaultCategory, PreventivePlan
from policies.care import CareKind, CareState, Rhythm
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused


@pytest.fixture
def planned(town: Town) -> Town:
    """Everybody's machine is to be inspected in ten days, and somebody to be called."""
    due = town.clock.now().date() + dt.timedelta(days=10)
    with town.services.database.writing() as session:
        category = session.scalars(select(FaultCategory)).first()
        assert category is not None
        for code, kind in (("winter", CareKind.WINTER_INSPECTION), ("contact", CareKind.MONTHLY_CONTACT)):
            session.add(
                PreventivePlan(
                    code=code,
                    kind=kind,
                    name="冬季检查",
                    name_en=f"{code} plan",
                    rhythm=Rhythm.ONCE,
                    after_days=0,
                    days_before=3,
                    days_after=3,
                    starts_on=due,
                    fault_category_id=category.id,
                    is_active=True,
                )
            )
    release_due_care(town.services)
    return town


def press(client: FlaskClient, care_id: int, step: str, **fields: str) -> int:
    token = read_token(client, "/calls")
    return client.post(f"/care/{care_id}/{step}", data={"csrf_token": token, **fields}).status_code


def care_of(town: Town, kind: CareKind) -> CareDate:
    with town.services.database.reading() as session:
        query = select(CareDate).join(PreventivePlan).where(PreventivePlan.kind == kind).order_by(CareDate.id)
        found = session.scalars(query).first()
        assert found is not None
        session.expunge(found)
    return found


def test_a_day_is_shown_moved_and_left_out(planned: Town, dispatcher: FlaskClient) -> None:
    care = care_of(planned, CareKind.WINTER_INSPECTION)
    page = dispatcher.get(f"/care?on={care.due_on}").text
    assert "winter plan" in page
    assert "planned" in page
    too_late = (care.due_on + dt.timedelta(days=4)).isoformat()
    later = (care.due_on + dt.timedelta(days=3)).isoformat()

    answers = [press(dispatcher, care.id, "move", wanted_on=on) for on in (too_late, later)]
    assert answers == [422, 302]
    assert press(dispatcher, care.id, "skip", note="closed") == 302

    with planned.services.database.reading() as session:
        stored = session.get_one(CareDate, care.id)
        assert (stored.wanted_on.isoformat(), stored.state, stored.note) == (later, CareState.SKIPPED, "closed")


def test_a_contact_is_noted_and_stays_noted(planned: Town, dispatcher: FlaskClient) -> None:
    care = care_of(planned, CareKind.MONTHLY_CONTACT)

    assert press(dispatcher, care.id, "done", note="all well") == 302
    assert "Somebody has dealt with it already" in refused(dispatcher, f"/care/{care.id}/done", note="again")


@pytest.mark.usefixtures("planned")
def test_nonsense_is_refused_and_an_auditor_only_looks(sign_in: SignIn, stranger: FlaskClient) -> None:
    auditor, manager = sign_in(Role.AUDITOR), sign_in(Role.MANAGER)

    assert 'action="/care' not in auditor.get("/care").text
    assert press(auditor, 1, "skip") == 403
    assert press(manager, 1, "move", wanted_on="yesterday") == 422
    assert [press(manager, 999, "skip"), press(manager, 1, "burn")] == [404, 404]
    assert manager.get("/care?on=0000-99-99").status_code == 200
    assert stranger.get("/care").status_code == 302
