"""A proposal on the page: seen change by change, taken in part, refused, undone; stale ones say so (D9)."""

import datetime as dt
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import dispatch
from models import Message, PlanProposal, Stop
from operations.dispatching.publication import propose_plan, read_day
from policies.languages import Language
from policies.publication import ProposalState
from policies.roles import Role
from policies.visit_locks import VisitLockKind
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

CHEN = "+8613800000003"


@pytest.fixture
def proposal(town: Town) -> int:
    """Two booked visits, and a proposal that gives both to somebody else."""
    call_and_book(town)
    call_and_book(town, CHEN)
    with town.services.database.reading() as session:
        day = read_day(session, area_id=1, now=town.clock.now())
    plan, problem = day.snapshot.plan, day.snapshot.problem
    taken = {route.shift_id for route in plan.routes if route.stops}
    first = min(shift.from_seconds for shift in problem.shifts if shift.id in taken)
    other = next(s.id for s in problem.shifts if s.id not in taken and s.from_seconds == first)
    visits = [stop.visit_id for route in plan.routes for stop in route.stops]
    with town.services.database.writing() as session:
        solved = dispatch.time_routes(problem, {other: visits})
        return propose_plan(session, day=day, solved=solved, reason="test", now=town.clock.now()).id


def state(town: Town, proposal: int) -> ProposalState:
    with town.services.database.reading() as session:
        return session.scalars(select(PlanProposal.state).where(PlanProposal.id == proposal)).one()


def post(client: FlaskClient, path: str, **fields: object) -> str:
    form = {"csrf_token": read_token(client, "/desk"), **fields}
    return client.post(path, data=form, follow_redirects=True).text


def send(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Press a button on a proposal's page."""
    came_from = {"Referer": f"{ADDRESS}{path.rpartition('/')[0]}"}
    return client.post(path, data={"csrf_token": read_token(client, "/desk"), **fields}, headers=came_from)


def alert_on(answer: TestResponse) -> str:
    """What the form says of itself."""
    said = BeautifulSoup(answer.text, "html.parser").select_one("#form-wrong, main > .flash[role=alert]")
    assert said is not None, answer.text
    return said.get_text()


def test_the_page_shows_changes_figures_checks_and_texts(dispatcher: FlaskClient, proposal: int) -> None:
    page = dispatcher.get(f"/proposals/{proposal}").text

    assert page.count('type="checkbox"') == 2
    assert "Wang Xiaoming" in page
    assert "2 customers and 0 technicians would get a text." in page
    assert "An independent check finds no broken rule" in page
    assert f'href="/proposals/{proposal}"' in dispatcher.get("/").text


def test_what_is_ticked_is_published_and_undone(town: Town, dispatcher: FlaskClient, proposal: int) -> None:
    ticked = re.findall(r'name="visit" value="(\d+)"', dispatcher.get(f"/proposals/{proposal}").text)[:1]

    said = post(dispatcher, f"/proposals/{proposal}/publish", take="some", visit=ticked)

    assert "Published" in said
    assert state(town, proposal) is ProposalState.PUBLISHED
    assert "Undone" in post(dispatcher, f"/proposals/{proposal}/undo")


def test_a_refused_proposal_cannot_be_published(town: Town, dispatcher: FlaskClient, proposal: int) -> None:
    said = post(dispatcher, f"/proposals/{proposal}/refuse")

    assert "Refused" in said
    assert state(town, proposal) is ProposalState.REFUSED
    assert "dispatcher has decided against it" in post(dispatcher, f"/proposals/{proposal}/publish")


def test_a_stale_one_says_what_changed_and_can_only_be_refused(
    town: Town, dispatcher: FlaskClient, proposal: int
) -> None:
    call_and_book(town, "+862160000002")

    page = dispatcher.get(f"/proposals/{proposal}").text

    assert "The plan has changed since this was proposed" in page
    assert "New: " in page
    assert "Publish all" not in page
    assert "not published" in post(dispatcher, f"/proposals/{proposal}/publish")
    assert state(town, proposal) is ProposalState.PROPOSED


def test_of_two_dispatchers_who_publish_at_once_one_does_and_nobody_is_told_twice(
    town: Town, sign_in: SignIn, proposal: int
) -> None:
    desks = [sign_in(Role.DISPATCHER), sign_in(Role.MANAGER)]
    forms = [{"csrf_token": read_token(desk, "/desk")} for desk in desks]

    def publish(place: int) -> str:
        return desks[place].post(f"/proposals/{proposal}/publish", data=forms[place], follow_redirects=True).text

    with ThreadPoolExecutor(2) as hands:
        said = list(hands.map(publish, range(2)))
    town.tick()

    assert sorted("nothing is done twice" in page for page in said) == [False, True]
    assert state(town, proposal) is ProposalState.PUBLISHED
    with town.services.database.reading() as session:
        told = Counter(session.execute(select(Message.to_number, Message.template, Message.body)).all())
    assert max(told.values()) == 1


@pytest.mark.parametrize(
    ("language", "who", "marks"),
    [
        (Language.EN, "administrator has published it, 22:4", "You had ticked: {}."),
        (Language.ZH, "administrator已于22:4", "您勾选了：{}。"),
    ],
)
def test_the_second_of_two_dispatchers_hears_who_decided_what_and_what_he_had_ticked(
    language: Language, who: str, marks: str, town: Town, sign_in: SignIn, proposal: int
) -> None:
    administrator, dispatcher = sign_in(Role.ADMINISTRATOR), sign_in(Role.DISPATCHER, language=language)
    page = BeautifulSoup(dispatcher.get(f"/proposals/{proposal}").text, "html.parser")
    ticked = [str(one["value"]) for one in page.select("input[name=visit]")][1:]
    code = str(page.select("input[name=visit]")[1]["aria-label"]).split()[-1]
    post(administrator, f"/proposals/{proposal}/publish", take="all")

    late = send(dispatcher, f"/proposals/{proposal}/publish", take="some", visit=ticked)
    never = send(dispatcher, f"/proposals/{proposal}/refuse")

    said = alert_on(late)
    assert (late.status_code, never.status_code) == (422, 422)
    assert who in said
    assert marks.format(code) in said
    assert who in alert_on(never)
    assert state(town, proposal) is ProposalState.PUBLISHED


def test_a_part_that_breaks_a_promise_comes_back_as_it_was_ticked(
    dispatcher: FlaskClient, proposal: int, town: Town
) -> None:
    page = f"/proposals/{proposal}"
    ticked, left = re.findall(r'name="visit" value="(\d+)"', dispatcher.get(page).text)
    with town.services.database.writing() as session:
        session.scalars(select(Stop).where(Stop.visit_id == int(ticked))).one().lock_kind = VisitLockKind.TECHNICIAN

    answer = send(dispatcher, f"{page}/publish", take="some", visit=[ticked])

    boxes = BeautifulSoup(answer.text, "html.parser").select("input[name=visit]")
    assert answer.status_code == 422
    assert "Nothing was published." in alert_on(answer)
    assert {str(one["value"]): one.has_attr("checked") for one in boxes}[left] is False
    assert state(town, proposal) is ProposalState.PROPOSED


def test_one_that_has_been_open_for_too_long_says_so_from_the_board_too(
    town: Town, dispatcher: FlaskClient, proposal: int
) -> None:
    token = read_token(dispatcher, "/desk")
    form = BeautifulSoup(dispatcher.get("/").text, "html.parser").select_one(
        f"form[action='/proposals/{proposal}/publish']"
    )
    assert form is not None
    fields = {str(one["name"]): str(one["value"]) for one in form.select("input")}
    with town.services.database.writing() as session:
        session.get_one(PlanProposal, proposal).made_at -= dt.timedelta(days=4)

    answer = dispatcher.post(f"/proposals/{proposal}/publish", data={**fields, "csrf_token": token})

    assert answer.status_code == 422
    assert "has expired" in alert_on(answer)
    assert "Change by change" in answer.text


@pytest.mark.parametrize("act", ["publish", "refuse", "undo"])
def test_a_clerk_looks_and_decides_nothing(act: str, town: Town, sign_in: SignIn, proposal: int) -> None:
    clerk = sign_in(Role.CLERK)

    page = clerk.get(f"/proposals/{proposal}").text

    assert "Publish all" not in page
    answer = clerk.post(f"/proposals/{proposal}/{act}", data={"csrf_token": read_token(clerk, "/desk")})
    assert answer.status_code == 403
    assert state(town, proposal) is ProposalState.PROPOSED
