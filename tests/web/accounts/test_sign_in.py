"""The door of the office: names, passwords, guessing, sessions, languages (S2)."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models import User
from operations.office.looks import note_look
from operations.people.users import TRIES_PER_NAME_AND_ADDRESS, add_user, hash_password
from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import PASSWORD, SignIn, browser
from tests.web.filled_forms import read_token
from web.foundation.paging import PAGE_SIZE


def try_in(client: FlaskClient, name: str, password: str, **form: str) -> TestResponse:
    return client.post("/sign-in", data={"name": name, "password": password, "csrf_token": read_token(client), **form})


def test_the_right_password_opens_the_day(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/").text

    assert "Shanghai" in page
    assert "Dispatcher" in page


@pytest.mark.usefixtures("dispatcher")
def test_the_name_is_taken_in_any_case_and_with_spaces_around(stranger: FlaskClient) -> None:
    assert try_in(stranger, "  DISPATCHER ", PASSWORD).status_code == 302


@pytest.mark.parametrize(("name", "password"), [("dispatcher", "wrong"), ("nobody", PASSWORD), ("", "")])
@pytest.mark.usefixtures("dispatcher")
def test_what_does_not_fit_is_refused_without_saying_which(name: str, password: str, stranger: FlaskClient) -> None:
    answer = try_in(stranger, name, password)

    assert answer.status_code == 401
    assert "do not fit together" in answer.text
    assert stranger.get("/").status_code == 302


@pytest.mark.usefixtures("dispatcher")
def test_guessing_is_stopped_even_for_the_right_password(town: Town, stranger: FlaskClient) -> None:
    for _ in range(TRIES_PER_NAME_AND_ADDRESS):
        assert try_in(stranger, "dispatcher", "wrong").status_code == 401

    assert try_in(stranger, "dispatcher", PASSWORD).status_code == 429

    town.clock.set(town.clock.now().replace(hour=23))
    assert try_in(stranger, "dispatcher", PASSWORD).status_code == 302


@pytest.mark.usefixtures("dispatcher")
def test_one_who_guesses_does_not_lock_the_dispatcher_out(town: Town, stranger: FlaskClient) -> None:
    for _ in range(TRIES_PER_NAME_AND_ADDRESS + 1):
        try_in(stranger, "dispatcher", "wrong")
    elsewhere = browser(town)
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.7"

    assert try_in(elsewhere, "dispatcher", PASSWORD).status_code == 302


def test_signing_out_ends_the_session(dispatcher: FlaskClient) -> None:
    dispatcher.post("/sign-out", data={"csrf_token": read_token(dispatcher, "/")})

    assert dispatcher.get("/").status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"password_hash": hash_password("another password")}])
def test_a_switched_off_user_or_a_new_password_ends_every_session(
    change: dict[str, object], town: Town, dispatcher: FlaskClient
) -> None:
    with town.services.database.writing() as session:
        user = session.query(User).filter_by(name="dispatcher").one()
        for name, value in change.items():
            setattr(user, name, value)

    assert dispatcher.get("/").status_code == 302


def test_a_tampered_cookie_signs_nobody_in(stranger: FlaskClient) -> None:
    stranger.set_cookie("__Host-onecall", "eyJfdXNlcl9pZCI6IjEuYWJjIn0.aaaa.bbbb")

    assert stranger.get("/").status_code == 302


@pytest.mark.usefixtures("dispatcher")
def test_one_comes_out_where_one_wanted_to_go(stranger: FlaskClient) -> None:
    sent = stranger.get("/calls?q=138").location

    answer = try_in(stranger, "dispatcher", PASSWORD, next="/calls?q=138")

    assert sent == "/sign-in?next=/calls?q%3D138"
    assert answer.location == "/calls?q=138"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
@pytest.mark.usefixtures("dispatcher")
def test_a_link_to_sign_in_never_leads_elsewhere(wanted: str, stranger: FlaskClient) -> None:
    assert try_in(stranger, "dispatcher", PASSWORD, next=wanted).location == "/"


@pytest.mark.usefixtures("dispatcher")
def test_the_session_cookie_is_for_this_host_over_tls_and_not_for_scripts(stranger: FlaskClient) -> None:
    cookie = try_in(stranger, "dispatcher", PASSWORD).headers["Set-Cookie"]

    assert cookie.startswith("__Host-onecall=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_the_pages_speak_the_users_language_until_another_is_chosen(sign_in: SignIn) -> None:
    client = sign_in(Role.CLERK, language=Language.ZH)
    assert "技师路线" in client.get("/").text

    client.post("/language", data={"language": "en", "csrf_token": read_token(client, "/")})

    assert "Open requests" in client.get("/").text


def test_a_language_we_do_not_speak_is_refused(stranger: FlaskClient) -> None:
    answer = stranger.post("/language", data={"language": "fr", "csrf_token": read_token(stranger)})

    assert answer.status_code == 400


@pytest.mark.parametrize(("asked", "heard"), [("en-GB,en;q=0.9", "Sign in"), ("fr", "登录"), ("zh-TW", "登录")])
def test_before_anybody_signs_in_the_browser_decides(asked: str, heard: str, stranger: FlaskClient) -> None:
    assert heard in stranger.get("/sign-in", headers={"Accept-Language": asked}).text


@pytest.mark.parametrize("role", sorted(Role))
def test_everybody_comes_in_where_their_work_begins(role: Role, sign_in: SignIn) -> None:
    client = sign_in(role)

    begins = client.post("/sign-out", data={"csrf_token": read_token(client, "/account")})
    form = {"name": role, "password": PASSWORD, "csrf_token": read_token(client)}
    home = client.post("/sign-in", data=form, follow_redirects=True)

    assert begins.status_code == 302
    assert home.status_code == 200, "nobody is greeted by a refusal"
    links = re.findall(r'<nav aria-label="[^"]*">(.*?)</nav>', home.text, re.DOTALL)[0]
    opened = {path: client.get(path).status_code for path in re.findall(r'href="(/[^"]*)"', links)}
    assert set(opened.values()) <= {200}, opened
    if role is not Role.TECHNICIAN:
        assert opened, "there is work for every role but the technician's, whose day comes by link"


def test_who_came_in_who_was_refused_and_who_left_is_on_record_and_found_again(
    town: Town, sign_in: SignIn, stranger: FlaskClient
) -> None:
    clerk = sign_in(Role.CLERK)
    clerk.post("/sign-out", data={"csrf_token": read_token(clerk)})
    for name in ("clerk", "my secret password"):
        assert try_in(stranger, name, "not the right one").status_code == 401
    auditor = sign_in(Role.AUDITOR)

    own = auditor.get("/audit?part=sign_ins&who=clerk").text
    everything = auditor.get("/audit").text
    tomorrow = (town.services.now() + dt.timedelta(days=2)).date()
    later = auditor.get(f"/audit?part=sign_ins&from={tomorrow}").text

    assert [own.count(f">{words}<") for words in ("signed in", "refused at sign-in", "signed out")] == [1, 1, 1]
    assert "127.0.0.1" in own
    assert everything.count(">refused at sign-in<") == 2
    assert "my secret password" not in everything, "people type their password where their name belongs"
    assert "Nothing on record." in later


def test_the_trail_goes_on_page_by_page(town: Town, sign_in: SignIn) -> None:
    with town.services.database.writing() as session:
        eva = add_user(
            session, name="eva", display_name="Eva", password=PASSWORD, role=Role.CLERK, language=Language.EN
        )
        for number in range(PAGE_SIZE + 1):
            note_look(session, user_id=eva.id, subject=f"request:{number:08d}", now=town.services.now())
    auditor = sign_in(Role.AUDITOR)

    overview = auditor.get("/audit?who=eva").text
    second = auditor.get("/audit?part=looks&who=eva&page=2").text

    assert f"All {PAGE_SIZE + 1}" in overview
    assert "Request 00000000" in second
    assert "request:00000001" not in second
    assert 'rel="prev" href="/audit?part=looks&amp;who=eva&amp;page=1"' in second
