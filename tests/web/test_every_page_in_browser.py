"""Every page of every role in a real browser, in both languages: no serious trouble for axe, nothing on the console.

By day and in the dark, on a wide screen and on a telephone's.
The demo city is at work: calls have come in, technicians are on the way, money and parts have moved.
"""

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app import create_app
from cli.demo_city.city import TIME_ZONE, build_city
from cli.demo_day.play import Play
from cli.demo_day.stage import Stage, open_stage
from config import load_settings
from models import ServicePoint, ServiceRequest, Visit
from operations.aftercare.surveys import find_surveyed_visit
from operations.foundation.links import make_handover_link, make_password_link, make_request_link
from operations.matters.handovers import hand_over
from operations.people.users import invite_user
from policies.languages import Language
from policies.roles import Role
from policies.visit_states import VisitState
from simulator.serving import serving
from tests.web.browsing import (
    at_desk,
    enter,
    listen_for_troubles,
    load_axe,
    on_telephone,
    serious_troubles,
    shapes_and_links,
    troubles_in_the_dark,
    troubles_on_a_telephone,
)

pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.timeout(600)]

MORNING = dt.datetime(2026, 11, 23, 9, tzinfo=ZoneInfo(TIME_ZONE)).astimezone(dt.UTC)
PLAYED = dt.timedelta(minutes=50)
ASKED_WITH_A_WORD = ("/requests/new?q=LV", "/customers?q=1", "/calls?q=1", "/?map=1", "/?days=3")
LEADS_AWAY = {"web.telephone.show", "web.sign_in.oidc", "web.access.start_oidc"}
ADMINISTRATOR = "administrator"
FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Office:
    """A city at work: where it is served, and who may sign in."""

    app: Flask
    stage: Stage
    address: str
    passwords: dict[str, str]

    def endpoint(self, path: str) -> str | None:
        """Return which page of ours an address leads to."""
        try:
            name, _ = self.app.url_map.bind("").match(urlsplit(path).path, "GET")
        except (HTTPException, RequestRedirect):
            return None
        return str(name) if str(name).startswith("web.") else None

    def plain_paths(self) -> list[str]:
        """Return every page whose address names nothing."""
        rules = self.app.url_map.iter_rules()
        return [
            rule.rule
            for rule in rules
            if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ()) and not rule.arguments
        ]

    def texted_paths(self, pattern: str) -> list[str]:
        """Return the links of this kind that stood in texts."""
        bodies = [text.body for text in self.stage.exchange.messages.messages]
        return [found[0] for body in bodies if (found := re.search(pattern, body))]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("city")
    app = create_app(load_settings({"ONECALL_MODE": "development", "DATA_FOLDER": str(folder)}))
    whole = build_city(seed=1, start_at=MORNING)
    city = replace(whole, past_requests=whole.past_requests[:40], open_requests=whole.open_requests[:10])
    with app.app_context(), open_stage(app, city, seed=1, start_at=MORNING) as stage:
        Play(stage, seed=1, tell=lambda _: None, on_time=lambda _: None).run(lasts=PLAYED)
        passwords = json.loads((stage.folder / "demo_sign_ins.json").read_text("utf-8"))
        with serving(app) as address:
            yield Office(app, stage, address, passwords)


class Walk:
    """Goes from page to page as one person, and looks with axe at whatever has elements it has not seen there yet."""

    def __init__(self, chrome: Browser, office: Office, *, name: str, language: Language) -> None:
        self._office, self._axe = office, load_axe()
        self.context = at_desk(chrome, language)
        password = office.passwords[name]
        self._page = enter(self.context, office.address, name=name, password=password, language=language)
        self._said = listen_for_troubles(self._page)
        self.troubles: dict[str, list[str]] = {}
        self.endpoints: set[str] = set()
        self._linked: set[str] = set()

    def go(self, seen: dict[str, set[str]], *, only_reads: bool = False) -> None:
        """Look at every page that can be reached, one of each kind; or only learn what they are made of."""
        waiting = [*self._office.plain_paths(), *ASKED_WITH_A_WORD]
        linked_endpoints: set[str] = set()
        while waiting:
            path = waiting.pop(0)
            endpoint = self._office.endpoint(path)
            if endpoint is None or endpoint in LEADS_AWAY:
                continue
            for link in self._visit(path, endpoint, seen, only_reads=only_reads):
                target = self._office.endpoint(link) if link.startswith("/") else None
                if target and target not in linked_endpoints | self.endpoints:
                    linked_endpoints.add(target)
                    self._linked.add(link)
                    waiting.append(link)
        self.context.close()

    def _visit(self, path: str, endpoint: str, seen: dict[str, set[str]], *, only_reads: bool) -> list[str]:
        answer = self.context.request.get(f"{self._office.address}{path}", max_redirects=0)
        if answer.status == FORBIDDEN and path in self._linked:
            self.troubles[path] = ["a page leads here, and whoever follows is refused"]
        if answer.status != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        shapes, links = shapes_and_links(answer.text())
        self.endpoints.add(endpoint)
        if "html" in shapes:  # a whole page, not a part of one
            if shapes - seen[endpoint] and not only_reads:
                self._look(path)
            seen[endpoint] |= shapes
        return links

    def _look(self, path: str) -> None:
        self._said.clear()
        self._page.goto(f"{self._office.address}{path}")
        found = [*_all_troubles(self._page, self._axe), *self._said]
        if found:
            self.troubles[path] = found


def _all_troubles(page: Page, axe: str) -> list[str]:
    return [
        *serious_troubles(page, axe),
        *troubles_in_the_dark(page, axe),
        *troubles_on_a_telephone(page, axe),
    ]


@pytest.mark.parametrize("language", Language)
def test_axe_finds_no_serious_trouble_on_any_page_of_the_office(
    language: Language, office: Office, chrome: Browser
) -> None:
    walk = Walk(chrome, office, name=ADMINISTRATOR, language=language)

    walk.go(defaultdict(set))

    assert walk.troubles == {}
    assert len(walk.endpoints) > 50


def test_nor_where_another_role_is_shown_something_else(office: Office, chrome: Browser) -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    walks = {}
    for name in sorted(office.passwords, key=lambda one: one != ADMINISTRATOR):
        walks[name] = walk = Walk(chrome, office, name=name, language=Language.ZH)
        walk.go(seen, only_reads=name == ADMINISTRATOR)  # whose pages are looked at above

    assert {name: walk.troubles for name, walk in walks.items() if walk.troubles} == {}
    assert all(walk.endpoints for walk in walks.values())


def make_links(office: Office) -> list[str]:
    """Return what nobody has been texted in this city yet: a survey, a service point's job, an invitation."""
    services, now = office.stage.services, office.stage.clock.now()
    with services.database.writing() as session:
        done = select(Visit).where(Visit.state == VisitState.COMPLETED).order_by(Visit.completed_at.desc()).limit(1)
        visit = session.scalars(done).one()
        visit.completed_at = now - dt.timedelta(hours=1)  # those of the past were long ago
        session.flush()
        assert find_surveyed_visit(session, request=visit.request, now=now)
        point = ServicePoint(
            code="east", name="东区服务点", name_en="East", phone="+8613800009999", language=Language.ZH,
            time_zone=TIME_ZONE, districts=[], position=1, is_active=True,
        )  # fmt: skip
        session.add(point)
        session.flush()
        latest = select(ServiceRequest).where(ServiceRequest.site_id.is_not(None)).order_by(ServiceRequest.id.desc())
        handover = hand_over(session, request=session.scalars(latest.limit(1)).one(), house=services.house, now=now)
        assert handover
        user = invite_user(session, name="new", display_name="New", role=Role.CLERK, language=Language.ZH)
        links = [
            make_request_link(session, request=visit.request, house=services.house, now=now),
            make_handover_link(session, handover=handover, house=services.house, now=now),
            make_password_link(session, user=user, house=services.house, now=now),
        ]
    return [urlsplit(link).path for link in links]


@pytest.fixture(scope="module")
def links(office: Office) -> list[str]:
    """One link of each kind that the day has not sent."""
    return make_links(office)


@pytest.mark.parametrize("language", Language)
def test_nor_on_the_pages_that_people_open_from_a_text(
    language: Language, office: Office, links: list[str], chrome: Browser
) -> None:
    context = on_telephone(chrome, language)
    page, axe = context.new_page(), load_axe()
    said = listen_for_troubles(page)
    routes, customers = office.texted_paths(r"/r/[\w-]+"), office.texted_paths(r"/v/[\w-]+")
    found: dict[str, list[str]] = {}
    nobodys = ["/sign-in", "/report/", "/r/", "/v/nobody-has-this-one"]
    for path in [*routes[:3], f"{routes[0]}/record", *customers[:2], *customers[-2:], *links, *nobodys]:
        said.clear()
        page.goto(f"{office.address}{path}")
        page.wait_for_load_state("networkidle")
        expected = [one for one in said if "410" not in one]  # a link that nobody was sent is gone
        found[path] = [*_all_troubles(page, axe), *expected]
        if path == routes[0] and page.locator(".stop .open").count():
            page.locator(".stop .open").first.click()
            found[f"{path}#"] = _all_troubles(page, axe)
    context.close()

    assert routes
    assert customers
    assert {path: troubles for path, troubles in found.items() if troubles} == {}
