"""The radar's page: risks with their rescue, requests without a place with the reason, 304 while nothing changes."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient

import dispatch
from operations.foundation.changes import BOARD, note_change
from operations.planning.live import open_plan, save_plan
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import AS_PART, read_token
from tests.web.offices import call_and_book


@pytest.fixture
def crowded(town: Town) -> Town:
    """Three visits in the first window of the morning, all of them with one technician."""
    for number in ("+8613800000001", "+862160000002", "+8613800000003"):
        call_and_book(town, number)
    with town.services.database.writing() as session:
        opened = open_plan(session, area_id=1, now=town.clock.now())
        problem, visits = opened.snapshot.problem, [visit.id for visit in opened.snapshot.problem.visits]
        taken = [route.shift_id for route in opened.snapshot.plan.routes if route.stops]
        save_plan(session, opened, dispatch.time_routes(problem, {taken[0]: visits}), now=town.clock.now())
    return town


@pytest.mark.usefixtures("crowded")
def test_a_promise_at_risk_is_rescued_with_one_key(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/radar").text
    visit_id = re.findall(r"/radar/(\d+)/rescues", page)[0]
    options = dispatcher.get(f"/radar/{visit_id}/rescues").text
    kind, shift = re.findall(r'name="kind" value="(\w+)".*?name="shift" value="(\d+)"', options)[0]
    form = {"kind": kind, "shift": shift, "csrf_token": read_token(dispatcher, "/desk")}

    done = dispatcher.post(f"/radar/{visit_id}/rescues", data=form, headers=AS_PART).text
    again = dispatcher.post(f"/radar/{visit_id}/rescues", data=form, headers=AS_PART).text
    alone = dispatcher.post(f"/radar/{visit_id}/rescues", data=form, follow_redirects=True).text

    assert "Promises at risk" in page
    assert "Risk " in options
    assert "moved" in done
    assert "no longer possible" in again
    assert "<h1" not in again
    assert "no longer possible" in alone
    assert "<h1" in alone


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize(("kind", "shift", "status"), [("magic", "1", 200), ("technician", "x", 400)])
def test_what_nobody_offered_is_not_carried_out(kind: str, shift: str, status: int, dispatcher: FlaskClient) -> None:
    form = {"kind": kind, "shift": shift, "csrf_token": read_token(dispatcher, "/desk")}

    answer = dispatcher.post("/radar/1/rescues", data=form, headers=AS_PART)

    assert answer.status_code == status
    assert "moved" not in answer.text


def test_a_radar_that_has_not_changed_is_not_sent_again(crowded: Town, dispatcher: FlaskClient) -> None:
    first = dispatcher.get("/radar", headers={"HX-Request": "true"})

    again = dispatcher.get("/radar", headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    call_and_book(crowded)
    later = dispatcher.get("/radar", headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})

    assert (again.status_code, later.status_code) == (304, 200)


def test_the_board_names_promises_at_risk_and_plays_a_busy_plan_anew_every_15_seconds_at_most(
    crowded: Town, dispatcher: FlaskClient
) -> None:
    first = dispatcher.get("/radar/board")
    known = {"HX-Request": "true", "If-None-Match": first.headers["ETag"]}
    with crowded.services.database.writing() as session:
        note_change(session, topic=BOARD, now=crowded.clock.now())
    at_once = dispatcher.get("/radar/board", headers=known)
    crowded.clock.set(crowded.clock.now() + dt.timedelta(seconds=20))
    later = dispatcher.get("/radar/board", headers=known)

    assert re.search(r'data-at-risk="v\d+"', first.text)
    assert 'data-letter="r"' in first.text
    assert "promised 11-23 08:00–10:00" in first.text
    assert (at_once.status_code, later.status_code) == (304, 200)


def test_a_request_without_a_window_says_why(town: Town, dispatcher: FlaskClient) -> None:
    call = town.phone("+8613800000001").dial(town.hotline)
    for key in ("1", "1", "1", "2", "2"):
        call.press(key)
    call.hang_up()
    page = dispatcher.get("/radar").text
    visit_id = re.findall(r"/radar/(\d+)/reasons", page)[0]

    reasons = dispatcher.get(f"/radar/{visit_id}/reasons").text

    assert "Wang Xiaoming" in page
    assert "can take it at" in reasons


@pytest.mark.usefixtures("crowded")
def test_a_clerk_sees_the_radar_and_carries_nothing_out(sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)

    assert "Do it" not in clerk.get("/radar/1/rescues").text
    form = {"kind": "technician", "shift": "1", "csrf_token": read_token(clerk, "/desk")}
    assert clerk.post("/radar/1/rescues", data=form).status_code == 403
