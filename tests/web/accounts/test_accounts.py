"""Users, their rights and their second factor, and who looked at what (T3, S1, S2)."""

import datetime as dt
import re

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import FileLook, User
from operations.people.users import invite_user
from policies.languages import Language
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import ADDRESS, Town
from tests.web.conftest import PASSWORD, SignIn, browser
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book
from web.foundation.paging import PAGE_SIZE

pytestmark = ON_SQLITE_ALONE
"""One kind of database is enough at the door: what operations do is tested on both."""

NEW = "another horse entirely"


@pytest.fixture
def administrator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.ADMINISTRATOR)


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return client.post(path, data={**fields, "csrf_token": read_token(client)})


def enter(client: FlaskClient, name: str, password: str) -> TestResponse:
    return post(client, "/sign-in", name=name, password=password)


def user(town: Town, name: str) -> User:
    with town.services.database.reading() as session:
        found = session.scalars(select(User).where(User.name == name)).one()
        session.expunge(found)
        return found


def invite(administrator: FlaskClient, name: str = "zhou", role: str = "clerk") -> str:
    page = post(administrator, "/users", name=name, display_name="周敏", role=role, language="zh-CN").text
    found = re.search(rf"{ADDRESS}(/password/[\w-]+)", page)
    assert found, page
    return found[1]


def test_somebody_who_is_invited_chooses_a_password_once_and_signs_in(
    town: Town, administrator: FlaskClient, stranger: FlaskClient
) -> None:
    link = invite(administrator)
    short = post(stranger, link, new="short")
    chosen = post(stranger, link, new=NEW)
    again = post(browser(town), link, new="a third password of length")

    assert (short.status_code, chosen.status_code, again.status_code) == (422, 302, 410)
    assert enter(stranger, "zhou", NEW).status_code == 302
    assert enter(browser(town), "zhou", "a third password of length").status_code == 401


def test_a_password_link_ends_after_a_day_and_opens_nothing_else(
    town: Town, administrator: FlaskClient, stranger: FlaskClient
) -> None:
    link = invite(administrator)
    secret = link.rpartition("/")[2]
    elsewhere = [stranger.get(f"/{path}/{secret}").status_code for path in ("r", "v")]
    town.clock.set(town.clock.now() + dt.timedelta(hours=25))

    assert elsewhere == [410, 410]
    assert stranger.get(link).status_code == 410


def test_who_is_kept_out_is_out_at_once(town: Town, administrator: FlaskClient, dispatcher: FlaskClient) -> None:
    before = dispatcher.get("/").status_code

    post(administrator, f"/users/{user(town, 'dispatcher').id}", do="out")

    assert (before, dispatcher.get("/").status_code) == (200, 302)
    assert enter(browser(town), "dispatcher", PASSWORD).status_code == 401


def test_another_role_counts_from_the_next_page_on(
    town: Town, administrator: FlaskClient, dispatcher: FlaskClient
) -> None:
    post(administrator, f"/users/{user(town, 'dispatcher').id}", do="role", role="trainer")

    assert dispatcher.get("/").status_code == 403


@pytest.mark.parametrize("fields", [{"do": "out"}, {"do": "role", "role": "clerk"}])
def test_somebody_is_always_left_who_can_let_others_in(
    fields: dict[str, str], town: Town, administrator: FlaskClient
) -> None:
    post(administrator, f"/users/{user(town, 'administrator').id}", **fields)

    found = user(town, "administrator")
    assert (found.is_active, found.role) == (True, Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_but_an_administrator_touches_users(role: Role, sign_in: SignIn) -> None:
    client = sign_in(role)

    answers = [client.get("/users"), post(client, "/users"), post(client, "/users/1", do="out")]

    assert {answer.status_code for answer in answers} == {403}


def test_a_changed_password_ends_every_other_session(town: Town, dispatcher: FlaskClient) -> None:
    other = browser(town)
    enter(other, "dispatcher", PASSWORD)
    wrong = post(dispatcher, "/account/password", old="wrong", new=NEW)

    post(dispatcher, "/account/password", old=PASSWORD, new=NEW)

    assert wrong.status_code == 422
    assert dispatcher.get("/").status_code == 200
    assert other.get("/").status_code == 302


def set_up(town: Town, client: FlaskClient) -> pyotp.TOTP:
    post(client, "/account/second-factor")
    secret = re.findall(r'<p class="number">(\w{32})</p>', client.get("/account").text)[0]
    totp = pyotp.TOTP(secret)
    wrong = post(client, "/account/second-factor", code="000000")
    assert wrong.status_code == 422
    post(client, "/account/second-factor", code=totp.at(town.clock.now()))
    return totp


def test_with_a_second_factor_the_password_alone_opens_nothing(
    town: Town, dispatcher: FlaskClient, stranger: FlaskClient
) -> None:
    totp = set_up(town, dispatcher)
    town.clock.set(town.clock.now() + dt.timedelta(minutes=2))
    code = totp.at(town.clock.now())

    half = enter(stranger, "dispatcher", PASSWORD)
    inside = stranger.get("/").status_code
    wrong = post(stranger, "/sign-in/code", code="123456")
    right = post(stranger, "/sign-in/code", code=code)
    thief = browser(town)
    enter(thief, "dispatcher", PASSWORD)
    replayed = post(thief, "/sign-in/code", code=code)

    assert half.location == "/sign-in/code"
    assert inside == 302
    assert (wrong.status_code, right.status_code, replayed.status_code) == (401, 302, 401)
    assert stranger.get("/").status_code == 200


def test_guessing_codes_is_stopped_even_for_the_right_one(
    town: Town, dispatcher: FlaskClient, stranger: FlaskClient
) -> None:
    totp = set_up(town, dispatcher)
    town.clock.set(town.clock.now() + dt.timedelta(minutes=2))
    enter(stranger, "dispatcher", PASSWORD)

    statuses = [post(stranger, "/sign-in/code", code=f"{number:06}").status_code for number in range(8)]

    assert statuses == [401] * 8
    assert post(stranger, "/sign-in/code", code=totp.at(town.clock.now())).status_code == 429


def test_a_code_comes_too_late_when_the_password_is_long_ago(
    town: Town, dispatcher: FlaskClient, stranger: FlaskClient
) -> None:
    totp = set_up(town, dispatcher)
    enter(stranger, "dispatcher", PASSWORD)
    town.clock.set(town.clock.now() + dt.timedelta(minutes=6))

    answer = post(stranger, "/sign-in/code", code=totp.at(town.clock.now()))

    assert answer.location == "/sign-in"


def test_the_secret_of_a_second_factor_is_sealed_and_its_codes_are_taken(town: Town, dispatcher: FlaskClient) -> None:
    totp = set_up(town, dispatcher)

    with town.services.database.reading() as session:
        stored = session.scalars(select(User.totp_secret).where(User.name == "dispatcher")).one()

    assert stored is not None
    assert totp.secret not in stored
    assert town.services.seal.open(stored) == totp.secret


def test_an_administrator_drops_the_second_factor_of_a_lost_telephone(
    town: Town, administrator: FlaskClient, dispatcher: FlaskClient
) -> None:
    set_up(town, dispatcher)

    post(administrator, f"/users/{user(town, 'dispatcher').id}", do="no_second_factor")

    assert enter(browser(town), "dispatcher", PASSWORD).location == "/"


def test_every_look_at_a_file_is_on_record_for_auditors(town: Town, dispatcher: FlaskClient, sign_in: SignIn) -> None:
    request = call_and_book(town)
    dispatcher.get(f"/requests/{request.number}")
    dispatcher.get("/requests/00000000")
    dispatcher.get("/calls/1")

    page = sign_in(Role.AUDITOR).get("/audit").text

    with town.services.database.reading() as session:
        assert set(session.scalars(select(FileLook.subject))) == {f"request:{request.number}", "call:1"}
    assert f'<a href="/requests/{request.number}">Request {request.number}</a>' in page
    assert '<a href="/calls/1">Call 1</a>' in page
    assert dispatcher.get("/audit").status_code == 403


def test_what_is_done_with_rights_is_on_record(town: Town, administrator: FlaskClient, dispatcher: FlaskClient) -> None:
    assert dispatcher.get("/").status_code == 200
    post(administrator, f"/users/{user(town, 'dispatcher').id}", do="role", role="clerk")

    page = administrator.get("/audit").text

    assert "role changed" in page
    assert "from Dispatcher; to Clerk" in page


def test_many_users_come_in_pages_are_found_by_a_part_and_stay_in_place_after_a_change(
    town: Town, administrator: FlaskClient
) -> None:
    with town.services.database.writing() as session:
        for number in range(PAGE_SIZE + 1):
            name, shown = f"u{number:03}", "100%" if number == PAGE_SIZE else f"No. {number}"
            invite_user(session, name=name, display_name=shown, role=Role.CLERK, language=Language.EN)

    first, second = administrator.get("/users").text, administrator.get("/users?page=2").text
    found = administrator.get("/users?q=%25").text
    nobody = administrator.get("/users?q=nobody-of-this-name").text
    changed = post(administrator, f"/users/{user(town, 'u100').id}", do="out", q="%", page="1")

    assert ("u098" in first, "u099" in first, "u099" in second) == (True, False, True)
    assert ("u100" in found, "u099" in found) == (True, False)
    assert "Nobody is found." in nobody
    assert changed.location == "/users?q=%25&page=1"
    assert not user(town, "u100").is_active
