"""A proposal on the page: seen change by change, taken in part, refused, undone; stale ones say so (D9)."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import dispatch
from models import Message, PlanProposal
from operations.dispatching.publication import propose_plan, read_day
from policies.publication import ProposalState
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.forms import read_token
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
    assert "not published" in post(dispatcher, f"/proposals/{proposal}/publish")


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

    assert sorted("not published" in page for page in said) == [False, True]
    assert state(town, proposal) is ProposalState.PUBLISHED
    with town.services.database.reading() as session:
        told = Counter(session.execute(select(Message.to_number, Message.template, Message.body)).all())
    assert max(told.values()) == 1


@pytest.mark.parametrize("act", ["publish", "refuse", "undo"])
def test_a_clerk_looks_and_decides_nothing(act: str, town: Town, sign_in: SignIn, proposal: int) -> None:
    clerk = sign_in(Role.CLERK)

    page = clerk.get(f"/proposals/{proposal}").text

    assert "Publish all" not in page
    answer = clerk.post(f"/proposals/{proposal}/{act}", data={"csrf_token": read_token(clerk, "/desk")})
    assert answer.status_code == 403
    assert state(town, proposal) is ProposalState.PROPOSED
