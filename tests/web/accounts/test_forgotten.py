"""A forgotten password: a link by mail for whoever is known, the same answer for everybody (S2)."""

import datetime as dt
import re
from collections.abc import Set as AbstractSet
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.mail_passwords import mail_passwords
from models import Message
from operations.clients.services import Services
from operations.people.users import find_user, set_email, switch_user
from outbox.sender import SendRefused
from policies.message_channels import MessageChannel
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

pytestmark = ON_SQLITE_ALONE
"""Nothing here depends on the kind of database."""

MAIL = "li@office.example"


class Post:
    """A mail server: keeps what it takes; while it is `shut` it takes nothing for now."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.is_shut = False

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        if self.is_shut:
            raise SendRefused("no connection", is_permanent=False)
        self.taken.append((to_number, body))
        return reference

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:  # noqa: ARG002
        return None


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def services(town: Town, post: Post, sign_in: SignIn) -> Services:
    """A house that sends mail, with a dispatcher who has an address."""
    sign_in(Role.DISPATCHER)
    wired = replace(town.services, providers={**town.services.providers, MessageChannel.EMAIL: post})
    town.app.extensions["onecall"] = wired
    with wired.database.writing() as session:
        user = find_user(session, name="dispatcher")
        set_email(session, user=user, email=MAIL, now=town.clock.now(), actor="administrator")
    return wired


def ask(client: FlaskClient, email: str) -> tuple[int, str]:
    answer = client.post("/forgotten", data={"email": email, "csrf_token": read_token(client)})
    return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)


def links(post: Post) -> list[str]:
    return [found[1] for _, body in post.taken if (found := re.search(rf"{ADDRESS}(/password/[\w-]+)", body))]


def test_whoever_has_forgotten_a_password_gets_a_link_by_mail_and_everybody_the_same_answer(
    services: Services, post: Post, stranger: FlaskClient
) -> None:
    assert "/forgotten" in stranger.get("/sign-in").text
    known, unknown = ask(stranger, f" {MAIL.upper()} "), ask(stranger, "nobody@office.example")
    mail_passwords(services)

    assert known == unknown
    assert [to for to, _ in post.taken] == [MAIL]
    (link,) = links(post)
    with services.database.reading() as session:
        assert session.scalars(select(Message)).all() == [], "no message that somebody could read holds the link"
    form = {"new": "a new long password", "csrf_token": read_token(stranger)}
    assert stranger.post(link, data=form).status_code == 302
    entered = {"name": "dispatcher", "password": "a new long password", "csrf_token": read_token(stranger)}
    assert stranger.post("/sign-in", data=entered).status_code == 302
    assert stranger.get(link).status_code == 410 or "no longer" in stranger.get(link).text


def test_a_link_by_mail_is_good_for_an_hour(town: Town, services: Services, post: Post, stranger: FlaskClient) -> None:
    ask(stranger, MAIL)
    mail_passwords(services)
    town.wait(59)
    in_time = stranger.get(links(post)[0])
    town.wait(2)

    assert 'name="new"' in in_time.text
    assert 'name="new"' not in stranger.get(links(post)[0]).text


def test_asking_for_passwords_is_counted_and_fills_nobodys_inbox(
    services: Services, post: Post, stranger: FlaskClient
) -> None:
    answers = [ask(stranger, MAIL)[0] for _ in range(11)]
    mail_passwords(services)
    mail_passwords(services)

    assert answers == [200] * 10 + [429]
    assert len(post.taken) == 1


def test_a_mail_server_that_is_down_is_tried_again_with_another_link(
    town: Town, services: Services, post: Post, stranger: FlaskClient
) -> None:
    post.is_shut = True
    ask(stranger, MAIL)
    assert mail_passwords(services) == 0
    post.is_shut = False
    assert mail_passwords(services) == 0, "not at once"

    town.wait(1)

    assert mail_passwords(services) == 1
    assert 'name="new"' in stranger.get(links(post)[0]).text


def test_who_is_kept_out_gets_no_link(town: Town, services: Services, stranger: FlaskClient) -> None:
    with services.database.writing() as session:
        user = find_user(session, name="dispatcher")
        switch_user(session, user=user, is_active=False, now=town.clock.now(), actor="administrator")

    ask(stranger, MAIL)

    assert mail_passwords(services) == 0


def test_a_house_without_mail_promises_none(town: Town, stranger: FlaskClient) -> None:
    silent = dict(town.services.providers)
    silent.pop(MessageChannel.EMAIL, None)
    town.app.extensions["onecall"] = replace(town.services, providers=silent)

    assert "/forgotten" not in stranger.get("/sign-in").text
    assert stranger.get("/forgotten").status_code == 404


def test_only_an_administrator_sets_an_address_and_no_two_users_have_the_same(sign_in: SignIn) -> None:
    sign_in(Role.CLERK)
    administrator = sign_in(Role.ADMINISTRATOR)

    def change(user_id: int, email: str) -> str:
        form = {"do": "email", "email": email, "csrf_token": read_token(administrator, "/account")}
        return administrator.post(f"/users/{user_id}", data=form, follow_redirects=True).text

    assert f'value="{MAIL}"' in change(1, MAIL.upper())
    assert "Another user has this" in change(2, MAIL)
    assert "This is no e-mail address" in change(2, "li at office")
    assert f'value="{MAIL}"' not in change(1, "")
    assert "e-mail address changed" in administrator.get("/audit").text
