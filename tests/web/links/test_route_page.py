"""A technician's route by signed link: today's stops, no login, nobody else's (D10, S2)."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient

from tests.town import ADDRESS, HOTLINE, Town
from tests.web.offices import call_and_book, publish_day, technician_of
from web.layout.wrong_links import WRONG_LINKS


@pytest.fixture
def link(town: Town) -> str:
    """The path in the message with which a technician was told a day of one stop."""
    request = call_and_book(town)
    publish_day(town)
    phone, _ = technician_of(town, request)
    found = re.search(rf"{ADDRESS}(/r/\S+)", phone.inbox[-1].body)
    assert found
    return found[1]


def test_the_link_shows_the_stops_with_what_to_answer(link: str, stranger: FlaskClient) -> None:
    page = stranger.get(link).text

    code = re.findall(r"sms:\+\d+\?&amp;body=1(\w{4})\"", page)[0]
    assert "王小明" in page or "Wang Xiaoming" in page
    assert "08:00–10:00" in page
    assert f'href="tel:{HOTLINE}"' in page
    assert f"9{code}%20" in page, "he may decline, and go on to write why"
    assert f"4{code}" not in page, "there is nothing to finish yet"


def test_each_report_changes_what_can_be_answered_next(town: Town, link: str, stranger: FlaskClient) -> None:
    offered = []
    for _ in range(4):
        page = stranger.get(link).text
        text = re.findall(r"sms:\+\d+\?&amp;body=(\w{5})\"", page)[0]
        offered.append(text[0])
        technician = town.phone("+8613900000001" if "李强" in page else "+8613900000002")
        technician = technician if technician.inbox else town.phone("+8613900000003")
        technician.text(text, to=town.hotline)
        town.wait(minutes=5)

    page = stranger.get(link).text

    assert offered == ["1", "2", "3", "4"]
    assert "done-stops" in page
    assert "sms:" not in page


def test_the_page_is_kept_nowhere_and_tells_nobody_its_address(link: str, stranger: FlaskClient) -> None:
    answer = stranger.get(link)

    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "same-origin", "other sites are told nothing"
    assert "noindex" in answer.text


def test_a_link_ends_half_a_day_after_the_shift(town: Town, link: str, stranger: FlaskClient) -> None:
    town.clock.set(town.clock.now() + dt.timedelta(hours=24))

    assert stranger.get(link).status_code == 410


@pytest.mark.parametrize("secret", ["x", "0" * 12, "%00", "a" * 500])
def test_an_unknown_link_is_refused_without_a_reason(secret: str, stranger: FlaskClient) -> None:
    answer = stranger.get(f"/r/{secret}")

    assert answer.status_code in {404, 410}
    assert "李" not in answer.text


def test_guessing_links_is_stopped(stranger: FlaskClient) -> None:
    statuses = [stranger.get(f"/r/guess{number}").status_code for number in range(WRONG_LINKS + 1)]

    assert statuses == [410] * WRONG_LINKS + [429]


def test_an_altered_link_opens_nothing(link: str, stranger: FlaskClient) -> None:
    assert stranger.get(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 410
