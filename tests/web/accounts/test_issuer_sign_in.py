"""Signing in by the word of an OpenID Connect issuer: from the button to the day, and everything refused (T3, S2)."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from operations.people.users import TRIES_PER_ADDRESS, find_user, set_email, switch_user
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.fake_issuer import MAIL, FakeIssuer
from tests.town import ADDRESS, Town
from tests.web.conftest import PASSWORD, SignIn, browser
from tests.web.filled_forms import read_token

pytestmark = ON_SQLITE_ALONE
"""One kind of database is enough: what is asked of it here is asked elsewhere on both."""

BUTTON = re.compile(r'<a class="button" href="(/sign-in/issuer[^"]*)">Sign in with Office ID</a>')


@pytest.fixture
def issuer(town: Town, sign_in: SignIn) -> FakeIssuer:
    """An issuer that knows the dispatcher, in a house that takes its word."""
    sign_in(Role.DISPATCHER)
    fake = FakeIssuer(town.clock.now)
    town.app.extensions["onecall"] = replace(town.services, issuer=fake.client(name="Office ID"))
    with town.services.database.writing() as session:
        user = find_user(session, name="dispatcher")
        set_email(session, user=user, email=MAIL, now=town.clock.now(), actor="administrator")
    return fake


def change(town: Town, **values: object) -> None:
    with town.services.database.writing() as session:
        user = find_user(session, name="dispatcher")
        for name, value in values.items():
            setattr(user, name, value)


def press(client: FlaskClient, path: str = "/sign-in") -> TestResponse:
    found = BUTTON.search(client.get(path).text)
    assert found
    return client.get(found[1].replace("&amp;", "&"))


def go_there_and_back(issuer: FakeIssuer, client: FlaskClient, path: str = "/sign-in") -> TestResponse:
    back = issuer.answer(press(client, path).location)
    assert back.startswith(f"{ADDRESS}/sign-in/issuer/return?")
    return client.get(back.removeprefix(ADDRESS))


def test_without_settings_nothing_is_offered(stranger: FlaskClient) -> None:
    assert "issuer" not in stranger.get("/sign-in").text
    assert [stranger.get(f"/sign-in/issuer{path}").status_code for path in ("", "/return")] == [404, 404]


def test_from_the_button_there_and_back_to_the_page_one_wanted(issuer: FakeIssuer, stranger: FlaskClient) -> None:
    wanted = stranger.get("/calls").location
    before = stranger.get_cookie("__Host-onecall", domain="onecall.example")

    arrived = go_there_and_back(issuer, stranger, wanted)

    assert (arrived.status_code, arrived.location) == (302, "/calls")
    assert stranger.get("/calls").status_code == 200
    assert stranger.get("/users").status_code == 403, "the issuer gives no rights"
    after = stranger.get_cookie("__Host-onecall", domain="onecall.example")
    assert after
    assert before is None or before.value != after.value
    assert stranger.get("/sign-in/issuer").location == "/", "who is in already is not sent away"


@pytest.mark.usefixtures("issuer")
def test_the_address_one_wants_to_go_to_is_ours(issuer: FakeIssuer, stranger: FlaskClient) -> None:
    assert go_there_and_back(issuer, stranger, "/sign-in?next=https://evil.example/").location == "/"


def test_whoever_is_not_named_beyond_doubt_sees_the_same_polite_page_and_stays_outside(
    town: Town, issuer: FakeIssuer, stranger: FlaskClient
) -> None:
    usual = dict(issuer.claims)
    lies: dict[str, dict[str, object]] = {
        "email_not_verified": {"email_verified": False},
        "email_unknown": {"email": "nobody@office.example"},
        "nonce": {"nonce": "another"},
        "aud": {"aud": "another"},
        "iss": {"iss": "https://other.example"},
        "expired": {"exp": 1},
    }
    with capture_logs() as lines:
        answers = []
        for lie in lies.values():
            issuer.claims = usual | lie
            answers.append(go_there_and_back(issuer, stranger))
        issuer.claims = usual
        back = issuer.answer(press(stranger).location).removeprefix(ADDRESS)
        answers += [
            stranger.get(re.sub(r"state=[^&]+", "state=another", back)),
            stranger.get(back),
            browser(town).get(back),
        ]
        with town.services.database.writing() as session:
            user = find_user(session, name="dispatcher")
            switch_user(session, user=user, is_active=False, now=town.clock.now(), actor="administrator")
        answers.append(go_there_and_back(issuer, stranger))

    told = {(answer.status_code, re.findall(r'role="alert">([^<]*)<', answer.text)[0]) for answer in answers}
    assert len(told) == 1
    assert told.pop()[0] == 401
    reasons = [line["reason"] for line in lines if line["event"] == "issuer_sign_in_refused"]
    assert len(reasons) == len(answers)
    for reason, logged in zip([*lies, "state", "no question", "no question", "kept_out"], reasons, strict=True):
        assert re.search(reason, logged)
    assert stranger.get("/").status_code == 302
    stranger.post("/language", data={"language": "zh-CN", "csrf_token": read_token(stranger)})
    assert "没能用Office ID登录" in stranger.get("/sign-in/issuer/return").text


def test_a_letter_that_only_looks_like_ours_is_another_address(town: Town, issuer: FakeIssuer) -> None:
    change(town, email="kim@office.example")
    issuer.claims["email"] = "KIM@Office.Example"
    same = go_there_and_back(issuer, browser(town))
    issuer.claims["email"] = "\N{KELVIN SIGN}im@office.example"

    assert (same.status_code, go_there_and_back(issuer, browser(town)).status_code) == (302, 401)


def test_answers_are_counted_and_a_question_waits_for_minutes_only(
    town: Town, issuer: FakeIssuer, stranger: FlaskClient
) -> None:
    town.clock.set(town.clock.now() + dt.timedelta(minutes=20))  # the full hour: counting begins anew
    back = issuer.answer(press(stranger).location).removeprefix(ADDRESS)
    town.clock.set(town.clock.now() + dt.timedelta(minutes=11))
    late = stranger.get(back)
    issuer.claims["email_verified"] = False
    refused = {go_there_and_back(issuer, stranger).status_code for _ in range(TRIES_PER_ADDRESS)}
    issuer.claims["email_verified"] = True
    stopped = go_there_and_back(issuer, stranger).status_code
    town.clock.set(town.clock.now() + dt.timedelta(minutes=15))

    assert (late.status_code, refused, stopped) == (401, {401}, 429)
    assert go_there_and_back(issuer, stranger).status_code == 302


def test_our_second_factor_is_asked_for_unless_the_issuer_has_asked_for_one(town: Town, issuer: FakeIssuer) -> None:
    change(town, totp_secret="A" * 32, totp_step=1)
    client = browser(town)
    half = go_there_and_back(issuer, client)
    issuer.claims["amr"] = ["pwd", "mfa"]

    assert half.location == "/sign-in/code"
    assert client.get("/").status_code == 302
    assert go_there_and_back(issuer, browser(town)).location == "/"


def test_while_the_issuer_is_down_the_password_opens_the_door(issuer: FakeIssuer, stranger: FlaskClient) -> None:
    issuer.is_down = True

    answer = press(stranger)

    assert answer.status_code == 503
    assert "Office ID does not answer" in answer.text
    form = {"name": "dispatcher", "password": PASSWORD, "csrf_token": read_token(stranger)}
    assert stranger.post("/sign-in", data=form).status_code == 302


def test_a_session_by_the_issuers_word_ends_with_the_user_like_any_other(
    town: Town, issuer: FakeIssuer, stranger: FlaskClient
) -> None:
    go_there_and_back(issuer, stranger)
    inside = stranger.get("/").status_code

    change(town, is_active=False)

    assert (inside, stranger.get("/").status_code) == (200, 302)
