"""The dispatcher's page of the day: routes, open requests, calls, and how it keeps up (D9, D13, H14)."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient

from models import PlanProposal, Stop
from policies.languages import Language
from policies.publication import ProposalState
from policies.roles import Role
from tests.town import EVENING, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book, publish_day, technician_of

TOMORROW = "2026-11-23"


def figure(page: str, name: str) -> int:
    """Return one of the numbers at the top of the page."""
    found = re.search(rf"<b>(\d+)</b> <span>{name}</span>", page)
    assert found, name
    return int(found[1])


def block(page: str, code: str) -> str:
    """Return the tag of a visit's block on the timeline."""
    found = re.search(rf'<a class="block [^>]*><b>{code}</b>', page)
    assert found, code
    return found[0]


def test_an_empty_day_says_so(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/").text

    assert "Everybody has a window." in page
    assert "No calls yet." in page
    assert figure(page, "visits") == figure(page, "calls") == 0


def test_a_booked_visit_stands_in_its_technicians_lane_with_its_promise(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    _, code = technician_of(town, request)

    page = dispatcher.get(f"/?on={TOMORROW}").text

    tag = block(page, code)
    assert f"/requests/{request.number}" in tag
    assert "Wang Xiaoming" in tag
    assert "1 Nanjing West Road" in tag
    assert "promised 08:00–10:00" in tag
    assert figure(page, "visits") == 1


def test_the_pages_language_is_the_language_of_names_and_places(town: Town, sign_in: SignIn) -> None:
    call_and_book(town)

    page = sign_in(Role.DISPATCHER, language=Language.ZH).get(f"/?on={TOMORROW}").text

    assert "王小明" in page
    assert "南京西路1号" in page
    assert "已约好时间" in page


def test_an_open_request_shows_its_deadline_and_the_time_left(town: Town, dispatcher: FlaskClient) -> None:
    call_and_book(town)
    town.clock.set(EVENING + dt.timedelta(hours=2))

    page = dispatcher.get("/").text

    assert "<b>22 h 0 min left</b>" in page
    assert "<small>22:40</small>" in page  # 24 hours after the call; it is past midnight now


def test_a_passed_deadline_is_broken_and_says_by_how_much(town: Town, dispatcher: FlaskClient) -> None:
    call_and_book(town)
    town.clock.set(EVENING + dt.timedelta(hours=25))

    page = dispatcher.get("/").text

    assert figure(page, "broken") == 1
    assert "<b>1 h 0 min late</b>" in page


def test_each_report_of_the_technician_shows_on_the_timeline(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    publish_day(town)
    phone, code = technician_of(town, request)
    states = []

    for report in ("accept", "on the way", "arrived", "done"):
        phone.text(f"{report} {code}", to=town.hotline)
        town.wait(minutes=20)
        states.append(re.findall(r"class=\"block (\w+)", block(dispatcher.get("/").text, code))[0])

    page = dispatcher.get("/").text
    assert states == ["acknowledged", "en_route", "on_site", "completed"]
    assert figure(page, "done") == 1
    assert request.number not in page[page.index('id="requests"') : page.index('id="calls"')]


def test_a_visit_later_than_its_promise_is_marked(town: Town, dispatcher: FlaskClient) -> None:
    request = call_and_book(town)
    _, code = technician_of(town, request)
    with town.services.database.writing() as session:
        stop = session.query(Stop).filter(Stop.visit_id.is_not(None)).one()
        stop.planned_start_at += dt.timedelta(hours=4)
        stop.planned_end_at += dt.timedelta(hours=4)

    tag = block(dispatcher.get(f"/?on={TOMORROW}").text, code)

    assert " late" in tag
    assert "later than promised" in tag


def test_a_window_held_for_a_caller_stands_on_the_timeline_while_it_is_held(
    town: Town, dispatcher: FlaskClient
) -> None:
    call = town.phone("+8613800000001").dial(town.hotline)
    for key in ("1", "1", "1", "2", "2"):
        call.press(key)

    held = dispatcher.get(f"/?on={TOMORROW}").text.count('class="block held')
    call.hang_up()
    freed = dispatcher.get(f"/?on={TOMORROW}").text.count('class="block held')

    assert held >= 2
    assert freed == 0


def test_a_caller_on_the_line_is_in_the_call_log(town: Town, dispatcher: FlaskClient) -> None:
    call = town.phone("+8613800000003").dial(town.hotline)

    page = dispatcher.get("/").text

    assert "Dr Chen" in page
    assert "on the line" in page
    call.hang_up()


@pytest.mark.parametrize("query", ["on=yesterday", "on=2026-02-30", "area=atlantis"])
def test_a_day_or_area_that_does_not_exist_is_not_found(query: str, dispatcher: FlaskClient) -> None:
    assert dispatcher.get(f"/?{query}").status_code == 404


def test_nothing_changed_costs_nothing(dispatcher: FlaskClient) -> None:
    first = dispatcher.get("/day/live")

    again = dispatcher.get("/day/live", headers={"If-None-Match": first.headers["ETag"]})

    assert first.status_code == 200
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("query", ["", f"?on={TOMORROW}"])
def test_a_change_of_plan_or_calls_is_sent_at_the_next_poll(query: str, town: Town, dispatcher: FlaskClient) -> None:
    tag = dispatcher.get(f"/day/live{query}").headers["ETag"]

    call_and_book(town)
    answer = dispatcher.get(f"/day/live{query}", headers={"If-None-Match": tag})

    assert answer.status_code == 200
    assert "Wang Xiaoming" in answer.text


def test_the_time_left_is_new_every_minute(town: Town, dispatcher: FlaskClient) -> None:
    call_and_book(town)
    tag = dispatcher.get("/day/live").headers["ETag"]

    town.clock.set(town.clock.now() + dt.timedelta(minutes=1))

    assert dispatcher.get("/day/live", headers={"If-None-Match": tag}).status_code == 200


def test_two_days_never_share_a_tag(dispatcher: FlaskClient) -> None:
    tags = {dispatcher.get(f"/day/live?on=2026-11-{day}").headers["ETag"] for day in (22, 23)}

    assert len(tags) == 2


def make_proposal(town: Town, *, revision: int) -> int:
    with town.services.database.writing() as session:
        proposal = PlanProposal(
            area_id=1, base_revision=revision, state=ProposalState.PROPOSED, reason="morning",
            made_at=town.clock.now(), stops=[], changes=[], score={},
        )  # fmt: skip
        session.add(proposal)
        session.flush()
        return proposal.id


def test_a_proposal_that_waits_is_published_by_a_dispatcher(town: Town, dispatcher: FlaskClient) -> None:
    proposal_id = make_proposal(town, revision=0)
    waiting = dispatcher.get("/").text

    token = read_token(dispatcher, "/")
    after = dispatcher.post(f"/proposals/{proposal_id}/publish", data={"csrf_token": token}, follow_redirects=True).text

    assert "A better plan waits for you" in waiting
    assert "Published" in after
    assert "A better plan waits for you" not in after


def test_a_proposal_the_plan_has_left_behind_is_refused_and_changes_nothing(
    town: Town, dispatcher: FlaskClient
) -> None:
    proposal_id = make_proposal(town, revision=0)
    call_and_book(town)

    token = read_token(dispatcher, "/")
    after = dispatcher.post(f"/proposals/{proposal_id}/publish", data={"csrf_token": token}, follow_redirects=True).text

    assert "This proposal was not published" in after
    with town.services.database.reading() as session:
        assert session.get_one(PlanProposal, proposal_id).state is ProposalState.PROPOSED


def test_a_proposal_that_never_was_is_not_found(dispatcher: FlaskClient) -> None:
    token = read_token(dispatcher, "/")

    assert dispatcher.post("/proposals/77/publish", data={"csrf_token": token}).status_code == 404


def lane_tags(page: str) -> str:
    """What a browser says of the lanes it shows."""
    return ",".join(re.findall(r'data-tag="([^"]+)"', page))


def test_a_live_update_sends_only_the_lanes_that_changed(town: Town, dispatcher: FlaskClient) -> None:
    path = f"/?on={TOMORROW}"
    shown = lane_tags(dispatcher.get(path).text)
    request = call_and_book(town)
    _, code = technician_of(town, request)

    update = dispatcher.get(f"/day/live?on={TOMORROW}", headers={"X-Lanes": shown}).text
    everything = dispatcher.get(f"/day/live?on={TOMORROW}", headers={"X-Lanes": "99:gone"}).text

    assert update.count('class="lane"') == 1
    assert block(update, code)
    assert everything.count('class="lane"') == shown.count(",") + 1


def test_three_days_stand_side_by_side(town: Town, dispatcher: FlaskClient) -> None:
    call_and_book(town)

    one, three = (dispatcher.get(f"/?on=2026-11-21&days={days}").text for days in (1, 3))

    assert (one.count('class="block '), three.count('class="block ')) == (0, 1)
    assert "Monday 23 November" in three
    assert dispatcher.get("/?days=4").status_code == 404


@pytest.mark.parametrize(
    ("narrowed", "lanes", "requests"),
    [
        ("", 4, 1),
        ("territory=centre&skill=projector", 4, 1),
        ("territory=north", 0, 0),
        ("skill=welding", 0, 0),
        ("state=booked", 4, 1),
        ("state=waiting", 4, 0),
    ],
)
def test_the_board_shows_what_one_looks_for(
    narrowed: str, lanes: int, requests: int, town: Town, dispatcher: FlaskClient
) -> None:
    call_and_book(town)

    page = dispatcher.get(f"/?on={TOMORROW}&{narrowed}").text

    assert (page.count('class="lane"'), page.count('class="request-line ')) == (lanes, requests)


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "9999-12-30", "2026-02-30"])
def test_a_day_no_calendar_reaches_is_not_found(on: str, dispatcher: FlaskClient) -> None:
    assert dispatcher.get(f"/?on={on}&days=3").status_code == 404
