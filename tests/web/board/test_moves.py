"""Moving visits on the board: asked first, refused to those who may not plan, safe beside a second dispatcher (D6)."""

import datetime as dt
import re
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Shift, Stop, Visit
from policies.roles import Role
from policies.visit_locks import VisitLockKind
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import AS_PART, read_token
from tests.web.offices import call_and_book

TOMORROW = "2026-11-23"


@pytest.fixture
def visit(town: Town) -> Visit:
    """A visit booked for tomorrow morning."""
    request = call_and_book(town)
    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).where(Visit.request_id == request.id)).one()
        session.expunge(visit)
    return visit


def stop_of(town: Town, visit: Visit) -> Stop:
    with town.services.database.reading() as session:
        stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one()
        session.expunge(stop)
    return stop


def wish(town: Town, visit: Visit, *, days_later: int = 0) -> dict[str, str]:
    """A form that asks for another technician's shift, at the same hour."""
    stop = stop_of(town, visit)
    with town.services.database.reading() as session:
        mine = session.get_one(Shift, stop.shift_id)
        starts_at = mine.starts_at + dt.timedelta(days=days_later)
        others = select(Shift).where(Shift.starts_at == starts_at, Shift.technician_id != mine.technician_id)
        shift = session.scalars(others.order_by(Shift.id)).first()
        assert shift is not None
        at = stop.planned_start_at + dt.timedelta(days=days_later)
        return {"visit": str(visit.id), "shift": str(shift.id), "at": at.isoformat(), "lock": ""}


def ask(client: FlaskClient, form: dict[str, str]) -> str:
    data = {**form, "csrf_token": read_token(client, "/desk")}
    return client.post("/moves/ask", data=data, headers=AS_PART).text


def fields_of(verdict: str) -> dict[str, str]:
    """What the form of a verdict sends by itself."""
    form = BeautifulSoup(verdict, "html.parser").select_one("#verdict")
    assert form is not None, verdict
    return {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")}


def confirm(client: FlaskClient, verdict: str, **more: str) -> str:
    """Press the button of a verdict: its own fields, and what is typed in beside them."""
    return client.post("/moves", data={**fields_of(verdict), **more}, headers=AS_PART).text


def test_a_visit_is_asked_about_then_moved_and_the_board_shows_it(
    town: Town, dispatcher: FlaskClient, visit: Visit
) -> None:
    form = wish(town, visit)
    verdict = ask(dispatcher, form)

    said = confirm(dispatcher, verdict)

    assert "Keeps every rule and every promise." in verdict
    assert "is told who comes" in verdict
    assert f"{visit.code} moved" in said
    assert stop_of(town, visit).shift_id == int(form["shift"])
    assert f"dispatcher moved {visit.code}" in dispatcher.get(f"/?on={TOMORROW}").text


def test_another_day_says_what_it_breaks_and_asks_why(town: Town, dispatcher: FlaskClient, visit: Visit) -> None:
    verdict = ask(dispatcher, wish(town, visit, days_later=1))

    without = confirm(dispatcher, verdict)
    done = confirm(dispatcher, verdict, reason="she asked for Tuesday")

    assert "Outside the promised window" in verdict
    assert "is told the new time" in verdict
    assert "say why" in without
    assert "moved" in done
    page = dispatcher.get(f"/requests/{_number(town, visit)}").text
    assert "moved by a dispatcher" in page
    assert "she asked for Tuesday" in page


def _number(town: Town, visit: Visit) -> str:
    with town.services.database.reading() as session:
        return session.get_one(Visit, visit.id).request.number


def test_the_second_of_two_dispatchers_sees_what_the_move_means_now(
    town: Town, dispatcher: FlaskClient, visit: Visit
) -> None:
    form = wish(town, visit)
    moved_to = int(form["shift"])
    verdict = ask(dispatcher, form)
    other = ask(dispatcher, wish(town, visit, days_later=1))
    confirm(dispatcher, verdict)

    said = confirm(dispatcher, other, reason="she asked for it")

    assert "The plan has changed meanwhile" in said
    assert 'value="she asked for it"' in said
    assert stop_of(town, visit).shift_id == moved_to


def test_a_move_is_undone_while_nobody_has_been_told(town: Town, dispatcher: FlaskClient, visit: Visit) -> None:
    before = stop_of(town, visit).shift_id
    confirm(dispatcher, ask(dispatcher, wish(town, visit)))
    found = re.search(r'action="(/moves/\d+/undo)"', dispatcher.get("/").text)
    assert found
    token = read_token(dispatcher, "/desk")

    said = dispatcher.post(found[1], data={"csrf_token": token}, headers=AS_PART).text
    again = dispatcher.post(found[1], data={"csrf_token": token}, headers=AS_PART).text

    assert "Nobody was told" in said
    assert "no longer be undone" in again
    assert stop_of(town, visit).shift_id == before


def test_a_browser_that_sends_the_forms_alone_is_led_back_to_the_page_they_stood_on(
    town: Town, dispatcher: FlaskClient, visit: Visit
) -> None:
    """A form is in the page before the script is that sends it; its token never gets into an address."""
    board = f"/?on={TOMORROW}&days=3"
    token = read_token(dispatcher, "/desk")
    form = wish(town, visit, days_later=1)

    asked = dispatcher.post("/moves/ask", data={**form, "csrf_token": token}, headers={"Referer": f"{ADDRESS}{board}"})
    verdict = dispatcher.get(asked.location).text
    fields = {**fields_of(verdict), "csrf_token": token}
    silent = dispatcher.post("/moves", data=fields)
    confirm(dispatcher, ask(dispatcher, wish(town, visit)))
    stale = dispatcher.post("/moves", data={**fields, "reason": "asked for Tuesday"})
    seen_anew = {**fields_of(stale.text), "csrf_token": token, "reason": "asked for Tuesday"}
    done = dispatcher.post("/moves", data=seen_anew, follow_redirects=True)

    assert asked.location.startswith(f"{board}&visit={visit.id}&shift=")
    assert token not in asked.location
    assert "Outside the promised window" in verdict
    assert silent.status_code == stale.status_code == 422
    assert "say why" in silent.text
    assert "The plan has changed meanwhile" in stale.text
    assert 'value="asked for Tuesday"' in stale.text
    assert done.request.full_path == board
    assert f"{visit.code} moved" in done.text
    assert stop_of(town, visit).shift_id == int(form["shift"])


def test_a_verdict_asked_for_in_an_address_is_for_those_who_plan(
    town: Town, sign_in: SignIn, dispatcher: FlaskClient, visit: Visit
) -> None:
    wanted = f"/?{urlencode(wish(town, visit))}"

    assert 'id="verdict"' in dispatcher.get(wanted).text
    assert 'id="verdict"' not in sign_in(Role.CLERK).get(wanted).text
    assert dispatcher.get("/?visit=x").status_code == 400


def test_a_pin_shows_on_the_board_and_can_be_taken_off(town: Town, dispatcher: FlaskClient, visit: Visit) -> None:
    address = f"/requests/{_number(town, visit)}/pin"
    form = {"visit": visit.code, "csrf_token": read_token(dispatcher, "/desk")}

    dispatcher.post(address, data={**form, "lock": "both"})
    pinned = stop_of(town, visit).lock_kind
    page = dispatcher.get(f"/?on={TOMORROW}").text
    dispatcher.post(address, data={**form, "lock": ""})

    assert pinned is VisitLockKind.BOTH
    assert f"{visit.code}" in page
    assert "pinned" in page
    assert stop_of(town, visit).lock_kind is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("visit", "x"), ("visit", "9" * 30), ("shift", "-1"), ("at", "noon"), ("at", "2026-11-23T10:00"), ("lock", "all")],
)
def test_what_no_board_sends_is_refused(
    field: str, value: str, town: Town, dispatcher: FlaskClient, visit: Visit
) -> None:
    form = {**wish(town, visit), field: value, "csrf_token": read_token(dispatcher, "/desk")}

    assert dispatcher.post("/moves/ask", data=form).status_code == 422


def test_a_visit_that_does_not_exist_is_not_found(town: Town, dispatcher: FlaskClient, visit: Visit) -> None:
    form = {**wish(town, visit), "visit": "99999", "csrf_token": read_token(dispatcher, "/desk")}

    assert dispatcher.post("/moves/ask", data=form).status_code == 404


@pytest.mark.parametrize("path", ["/moves/ask", "/moves", "/moves/1/undo"])
def test_only_those_who_plan_may_move(path: str, sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)

    assert clerk.post(path, data={"csrf_token": read_token(clerk, "/desk")}).status_code == 403


def test_a_clerk_sees_the_board_without_handles(sign_in: SignIn, visit: Visit) -> None:
    page = sign_in(Role.CLERK).get(f"/?on={TOMORROW}").text

    assert visit.code in page
    assert "draggable" not in page
    assert "moves.js" not in page
