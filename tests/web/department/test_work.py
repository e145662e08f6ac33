"""Where each role's day begins: what waits for it, and no way that leads nowhere (T3)."""

import re

import pytest
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Visit
from operations.office.waiting import KINDS
from policies.languages import Language
from policies.request_states import RequestState
from policies.roles import Role
from policies.visit_states import VisitState
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.offices import call_and_book
from web.department.work import DUTIES
from web.layout.navigation import PAGES_IN_ROW

pytestmark = ON_SQLITE_ALONE
"""What a page leads to is the same on either database."""

OFFICE_ROLES = [role for role in Role if role is not Role.TECHNICIAN]


def links_of(page: str) -> set[str]:
    """The addresses of ours a page leads to, without those that only jump within it or end the session."""
    found = re.findall(r'<a [^>]*href="(/[^"#]*)', page)
    return {address.replace("&amp;", "&") for address in found}


def test_every_kind_of_work_has_somebody_to_do_it_who_may_open_its_page(town: Town, sign_in: SignIn) -> None:
    clients = {role: sign_in(role) for role in {role for duty in DUTIES.values() for role in duty.roles}}

    assert list(DUTIES) == list(KINDS)
    with town.app.test_request_context():
        pages = {name: url_for(duty.endpoint) for name, duty in DUTIES.items()}
    closed = [
        (name, role)
        for name, duty in DUTIES.items()
        for role in duty.roles
        if clients[role].get(pages[name]).status_code != 200
    ]
    assert closed == []


def test_a_visit_without_a_time_is_counted_for_who_plans_and_the_auditor_is_told_what_to_read(
    town: Town, sign_in: SignIn
) -> None:
    request = call_and_book(town)
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit).where(Visit.request_id == request.id)).one()
        visit.state, visit.request.state = VisitState.DRAFT, RequestState.OPEN

    dispatcher = sign_in(Role.DISPATCHER).get("/work").text
    auditor = sign_in(Role.AUDITOR, language=Language.ZH)

    assert re.search(r'href="/radar"><b>1 visits without a time</b><span>the oldest: ', dispatcher)
    assert "您可以查看以下页面" in auditor.get("/work").text
    assert auditor.get("/").status_code == 200


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


@pytest.mark.usefixtures("town")
def test_who_may_open_few_pages_sees_them_all_at_the_top_and_finds_nothing_behind_more(sign_in: SignIn) -> None:
    parts = sign_in(Role.PARTS).get("/parts").text
    dispatcher = sign_in(Role.DISPATCHER).get("/parts").text
    row = re.compile(r'<div class="all-day">(.*?)</div>', re.DOTALL)

    assert links_of(row.findall(parts)[0]) == {"/work", "/parts", "/workshop", "/shipments", "/registers"}
    assert "more-pages" not in parts
    assert len(links_of(row.findall(dispatcher)[0])) == PAGES_IN_ROW
    assert "more-pages" in dispatcher
