"""Browsers of the office: signed in, in a role; and one that nobody has signed in to."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chrome, BrowserContext
from werkzeug.test import TestResponse

from operations.people.users import add_user
from policies.languages import Language
from policies.roles import Role
from tests.town import ADDRESS, Town
from tests.web.browsing import on_telephone
from tests.web.filled_forms import read_token

PASSWORD = "correct horse battery"

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def stranger(town: Town) -> FlaskClient:
    """A browser nobody has signed in to."""
    return browser(town)


@pytest.fixture
def sign_in(town: Town) -> SignIn:
    """Return a function that makes a user of a role and returns their browser, signed in."""

    def enter(role: Role = Role.DISPATCHER, *, language: Language = Language.EN) -> FlaskClient:
        with town.services.database.writing() as session:
            add_user(session, name=role, display_name=role.title(), password=PASSWORD, role=role, language=language)
        client = browser(town)
        form = {"name": role, "password": PASSWORD, "csrf_token": read_token(client)}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 302, answer.text
        return client

    return enter


@pytest.fixture
def dispatcher(sign_in: SignIn) -> FlaskClient:
    """A dispatcher's browser, in English."""
    return sign_in()


@pytest.fixture
def telephone(chrome: Chrome) -> Iterator[BrowserContext]:
    """An old telephone of somebody who reads Chinese, whatever language his page has."""
    context = on_telephone(chrome, Language.ZH)
    yield context
    context.close()


class Browser(FlaskClient):
    """A browser at our public address: over TLS, saying where its forms come from, preferring English."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:  # noqa: ANN401 (as werkzeug has it)
        headers = {"Referer": f"{ADDRESS}/", "Accept-Language": "en", **options.pop("headers", {})}
        return super().open(*arguments, base_url=ADDRESS, headers=headers, **options)


def browser(town: Town) -> FlaskClient:
    return Browser(town.app, town.app.response_class, use_cookies=True)
