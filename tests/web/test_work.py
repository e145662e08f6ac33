"""Where each role's day begins: what waits for it, and no way that leads nowhere (T3)."""

import re

import pytest
from flask.testing import FlaskClient

from operations.waiting import KINDS
from policies.languages import Language
from policies.roles import Role
from tests.databases import SqliteFolder
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.offices import call_and_book
from web.work import DUTIES

OFFICE_ROLES = [role for role in Role if role is not Role.TECHNICIAN]


@pytest.fixture
def engine(sqlite_folder: SqliteFolder) -> SqliteFolder:
    """What a page leads to is the same on either database."""
    return sqlite_folder


def links_of(page: str) -> set[str]:
    """The addresses of ours a page leads to, without those that only jump within it or end the session."""
    found = re.findall(r'<a [^>]*href="(/[^"#]*)', page)
    return {address.replace("&amp;", "&") for address in found}


def test_every_kind_of_work_has_somebody_and_a_page(sign_in: SignIn) -> None:
    assert list(DUTIES) == list(KINDS)
    for duty in DUTIES.values():
        view = next(iter(duty.roles))
        assert sign_in(view).get("/work").status_code == 200


def test_a_visit_that_waits_is_counted_for_the_dispatcher_and_leads_to_the_radar(town: Town, sign_in: SignIn) -> None:
    dispatcher, auditor = sign_in(Role.DISPATCHER), sign_in(Role.AUDITOR, language=Language.ZH)
    call = town.phone("+8613800000001").dial(town.hotline)
    call.hang_up()

    page = dispatcher.get("/work").text

    assert "What waits for you" in page
    assert "calls back to make" in page
    assert "您可以查看以下页面" in auditor.get("/work").text


@pytest.mark.parametrize("role", OFFICE_ROLES)
def test_no_link_on_any_page_of_a_role_leads_where_it_may_not_go(role: Role, town: Town, sign_in: SignIn) -> None:
    call_and_book(town)
    client = sign_in(role)

    dead = crawl(client)

    assert dead == {}


def crawl(client: FlaskClient) -> dict[str, tuple[int, str]]:
    """Open one page of each kind a role is led to; return what is no page for it, with the page that leads there."""
    seen, waiting, dead = set[str](), [("/", ""), ("/work", "")], dict[str, tuple[int, str]]()
    while waiting:
        address, origin = waiting.pop(0)
        kind = re.sub(r"\d+", "#", address.partition("?")[0])
        if kind in seen:
            continue
        seen.add(kind)
        answer = client.get(address)
        if answer.status_code >= 400 and address != "/":
            dead[address] = (answer.status_code, origin)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            waiting += [(link, address) for link in sorted(links_of(answer.text))]
    return dead
