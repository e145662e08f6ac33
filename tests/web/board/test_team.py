"""The dispatcher says who is ill, late or back; the planner answers, the page shows what came of it (D3, D6)."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Absence, PlanEvent, Stop, Technician
from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused
from tests.web.offices import call_and_book


@pytest.fixture
def booked(town: Town) -> Town:
    """Mr Wang has booked the first window he was offered."""
    call_and_book(town)
    return town


def technician_of_first_stop(town: Town) -> int:
    with town.services.database.reading() as session:
        stop = session.scalars(select(Stop)).first()
        assert stop is not None, "nothing was booked"
        return stop.shift.technician_id


def send(client: FlaskClient, technician_id: int, act: str, **values: str) -> int:
    token = read_token(client, "/calls")
    return client.post(f"/team/{technician_id}/{act}", data={"csrf_token": token, **values}).status_code


def until_tomorrow_night() -> dict[str, str]:
    return {"from": "2026-11-22T22:41", "until": "2026-11-24T23:00", "reason": "fever"}


def test_who_is_ill_loses_the_visits_and_the_page_says_what_came_of_it(booked: Town, dispatcher: FlaskClient) -> None:
    ill = technician_of_first_stop(booked)

    assert send(dispatcher, ill, "absence", **until_tomorrow_night()) == 302
    booked.wait(0.2)

    assert technician_of_first_stop(booked) != ill
    page = dispatcher.get("/team").text
    assert "fever" in page
    assert "changed and told" in page


def test_who_is_late_and_then_back_is_shown_so(booked: Town, dispatcher: FlaskClient) -> None:
    late = technician_of_first_stop(booked)

    assert send(dispatcher, late, "delay", minutes="40") == 302
    assert "late, free at" in dispatcher.get("/team").text
    assert send(dispatcher, late, "return") == 302

    page = dispatcher.get("/team").text
    assert "works again" in page
    assert "Is back" not in page


@pytest.mark.parametrize(
    ("act", "values", "name"),
    [
        ("absence", {"from": "2026-11-24T23:00", "until": "2026-11-24T22:00", "reason": "fever"}, "until"),
        ("absence", {"from": "soon", "until": "2026-11-24T22:00", "reason": "fever"}, "from"),
        ("absence", {"from": "2026-11-22T23:00", "until": "2026-11-24T22:00", "reason": ""}, "reason"),
        ("delay", {"minutes": "0"}, "minutes"),
        ("delay", {"minutes": "later"}, "minutes"),
        ("delay", {"minutes": "481"}, "minutes"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_kept(
    town: Town, dispatcher: FlaskClient, act: str, values: dict[str, str], name: str
) -> None:
    page = BeautifulSoup(refused(dispatcher, f"/team/1/{act}", **values), "html.parser")

    wrong = [str(one["name"]) for one in page.select("[aria-invalid=true]")]
    assert wrong == [name]
    with town.services.database.reading() as session:
        assert session.scalars(select(Absence)).all() == []
        assert session.scalars(select(PlanEvent)).all() == []


def test_a_technician_nobody_knows_is_not_found(dispatcher: FlaskClient) -> None:
    assert send(dispatcher, 999, "delay", minutes="5") == 404


def test_a_clerk_sees_the_team_and_may_not_change_it(sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)

    assert "Ask the planner" not in clerk.get("/team").text
    assert send(clerk, 1, "delay", minutes="5") == 403


def test_a_stranger_is_asked_to_sign_in(stranger: FlaskClient) -> None:
    assert stranger.get("/team").status_code == 302


def test_the_page_speaks_chinese_too(town: Town, sign_in: SignIn) -> None:
    page = sign_in(language=Language.ZH).get("/team", headers={"Accept-Language": "zh-CN"}).text

    with town.services.database.reading() as session:
        assert all(one.name in page for one in session.scalars(select(Technician)))
    assert "今天的团队" in page
