"""Who gets in (S2, T3): every page, asked by owner, colleague and stranger."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from web.foundation.access import EVERYBODY, OFFICE, PLANNERS, PageWithoutRoles

KEYED_PATHS = ("/r/<secret>/", "/v/<secret>/")
"""Where the key to everything is in the address itself."""


def pages(town: Town, method: str) -> Iterator[Rule]:
    for rule in town.app.url_map.iter_rules():
        if rule.endpoint.startswith("web.") and method in (rule.methods or ()):
            yield rule


def address(rule: Rule) -> str:
    """An address of the page; what it names need not exist, for the door comes first."""
    return re.sub(r"<(?:int:)?\w+>", "1", rule.rule)


def is_public(town: Town, rule: Rule) -> bool:
    return hasattr(town.app.view_functions[rule.endpoint], "public_because")


def test_every_page_names_its_roles_or_says_why_it_is_public(town: Town) -> None:
    undecided = {
        rule.endpoint
        for method in ("GET", "POST")
        for rule in pages(town, method)
        if is_public(town, rule) == hasattr(town.app.view_functions[rule.endpoint], "page_roles")
    }

    assert undecided == set()


def test_a_page_that_forgot_its_roles_is_refused_to_everybody(town: Town, stranger: FlaskClient) -> None:
    view = town.app.view_functions["web.day.show"]
    roles = view.__dict__.pop("page_roles")

    with pytest.raises(PageWithoutRoles):
        stranger.get("/")

    view.__dict__["page_roles"] = roles


def test_a_stranger_is_sent_to_sign_in_from_every_page_of_the_office(town: Town, stranger: FlaskClient) -> None:
    guarded = [rule for rule in pages(town, "GET") if not is_public(town, rule)]

    answers = {rule.endpoint: stranger.get(address(rule)) for rule in guarded}

    assert len(answers) > 4
    assert {name for name, answer in answers.items() if answer.status_code != 302} == set()
    assert all("/sign-in" in answer.location for answer in answers.values())


def test_a_role_without_business_in_the_office_is_refused_every_page_of_it(town: Town, sign_in: SignIn) -> None:
    technician = sign_in(Role.TECHNICIAN)
    guarded = [
        rule
        for rule in pages(town, "GET")
        if not is_public(town, rule) and town.app.view_functions[rule.endpoint].__dict__["page_roles"] != EVERYBODY
    ]

    statuses = {technician.get(address(rule)).status_code for rule in guarded}

    assert statuses == {403}


@pytest.mark.parametrize("role", sorted(OFFICE))
def test_everybody_of_the_office_sees_the_day(role: Role, sign_in: SignIn) -> None:
    assert sign_in(role).get("/").status_code == 200


@pytest.mark.parametrize("role", sorted(OFFICE - PLANNERS))
def test_only_those_who_plan_publish(role: Role, sign_in: SignIn) -> None:
    clerk = sign_in(role)

    answer = clerk.post("/proposals/1/publish", data={"csrf_token": read_token(clerk, "/")})

    assert answer.status_code == 403


def test_no_form_is_taken_without_its_token(town: Town, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    with_cookies = [
        rule for rule in pages(town, "POST") if not hasattr(town.app.view_functions[rule.endpoint], "no_token_because")
    ]

    answers = {rule.endpoint: administrator.post(address(rule)) for rule in with_cookies}

    assert len(answers) >= 4
    assert {name for name, answer in answers.items() if answer.status_code != 400} == set()


def test_only_pages_that_read_no_cookie_need_no_token(town: Town) -> None:
    without = {
        rule.endpoint: rule.rule
        for rule in pages(town, "POST")
        if hasattr(town.app.view_functions[rule.endpoint], "no_token_because")
    }

    assert without
    assert all(rule.startswith(KEYED_PATHS) for rule in without.values()), without


def test_a_form_that_comes_from_elsewhere_is_refused(dispatcher: FlaskClient) -> None:
    token = read_token(dispatcher, "/")

    answer = dispatcher.post("/sign-out", data={"csrf_token": token}, headers={"Referer": "https://evil.example/"})

    assert answer.status_code == 400
    assert dispatcher.get("/").status_code == 200


def test_every_webhook_refuses_what_is_not_signed(town: Town, stranger: FlaskClient) -> None:
    webhooks = [
        rule for rule in town.app.url_map.iter_rules() if not rule.endpoint.startswith(("web.", "api", "static"))
    ]

    statuses = {rule.rule: stranger.post(address(rule)).status_code for rule in webhooks}

    assert {"/ivr/answer", "/ivr/call-status", "/sms/incoming", "/sms/status"} <= set(statuses)
    assert town.services.hook_secret is None, "a channel nobody has given a secret does not exist"
    not_open = {rule: statuses.pop(rule) for rule in ("/channels/mail", "/channels/chat")}
    assert not_open == {"/channels/mail": 404, "/channels/chat": 404}
    assert set(statuses.values()) == {403}


def test_a_page_that_polls_after_its_session_ended_goes_to_sign_in_as_a_whole(stranger: FlaskClient) -> None:
    answer = stranger.get("/day/live", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"
