"""A whole day as its people see it, in real browsers: clerk, customer with the link, dispatcher, technician.

Nobody's page is loaded anew to see what the others did; no script fails, nothing is refused, axe finds nothing serious.
"""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from models import ServiceRequest, SurveyAnswer, Technician
from operations.people.users import add_user
from policies.languages import Language
from policies.roles import Role
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.town import ADDRESS, Town
from tests.web.browsing import at_desk, enter, listen_for_troubles, load_axe, on_telephone, serious_troubles
from tests.web.offices import WANG, publish_day, technician_of
from tests.web.technicians import open_part, wait_until_kept, work_through_the_visit

pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.timeout(300), ON_SQLITE_ALONE]

PASSWORD = "correct horse battery"
MOST_KEYS = 40
"""Half a second a key leaves most of a minute for talking (the promise: booked within 60 seconds by keyboard)."""


class Day:
    """The people of one day, each with a window of their own that stays open."""

    def __init__(self, chrome: Browser, town: Town, address: str, language: Language) -> None:
        self.town, self.address, self.language, self.axe = town, address, language, load_axe()
        self._chrome = chrome
        self.troubles: list[str] = []
        self.keys = 0

    def office(self, role: Role, path: str) -> Page:
        """Open the window of somebody in the office."""
        with self.town.services.database.writing() as session:
            add_user(session, name=role, display_name="Zhou Min", password=PASSWORD, role=role, language=self.language)
        context = at_desk(self._chrome, self.language)
        page = enter(context, self.address, name=role, password=PASSWORD, language=self.language)
        self._listen(page)
        page.goto(f"{self.address}{path}")
        return page

    def telephone(self) -> BrowserContext:
        """Take up an old telephone: a small screen that is touched."""
        return on_telephone(self._chrome, self.language)

    def open_link(self, context: BrowserContext, number: str, pattern: str) -> Page:
        """Open the latest link of this kind that was sent to a number."""
        bodies = [text.body for text in self.town.phone(number).inbox]
        link = next(found[1] for body in reversed(bodies) if (found := re.search(ADDRESS + pattern, body)))
        page = context.new_page()
        self._listen(page)
        page.goto(f"{self.address}{link}")
        return page

    def press(self, page: Page, *keys: str) -> None:
        """Press keys, and count them."""
        for key in keys:
            page.keyboard.press(key)
        self.keys += len(keys)

    def look(self, page: Page) -> None:
        """Let axe look at what is shown."""
        self.troubles += [f"{page.url}: {trouble}" for trouble in serious_troubles(page, self.axe)]

    def _listen(self, page: Page) -> None:
        troubles = listen_for_troubles(page)
        page.on("close", lambda _: self._keep(troubles))

    def _keep(self, said: list[str]) -> None:
        # A cellar has no network, and a browser says so.
        self.troubles += [one for one in said if "ERR_INTERNET_DISCONNECTED" not in one]


def book_by_keyboard(day: Day, page: Page) -> ServiceRequest:
    """The clerk finds the caller's machine, says what is wrong, and promises the second window; no mouse."""
    words = "LX-2A345678"
    page.keyboard.type(words)
    day.keys += len(words)
    expect(page.locator("#found a")).to_have_count(1)
    day.press(page, "Tab", "Enter")
    page.wait_for_url("**/requests/new/*")
    day.look(page)
    day.press(page, "Enter")
    page.wait_for_url("**/windows")
    day.look(page)
    day.press(page, "ArrowDown", "Enter")
    expect(page.locator(".flash.done")).to_be_visible()
    with day.town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id.desc())).first()
        assert request is not None
        session.expunge(request)
    return request


def set_off(day: Day, telephone: BrowserContext, number: str) -> Page:
    """The technician opens his route, checks what he takes along, and leaves."""
    route = day.open_link(telephone, number, r"(/r/\S+)")
    day.look(route)
    route.locator(".stop .open").click()
    open_part(route, "check-departure")
    route.locator("#check-departure > button").click()
    steps = route.locator("button.big")
    expect(steps).to_have_count(2)  # take it on, leave
    steps.first.click()
    expect(steps).to_have_count(1)
    steps.click()
    return route


def work_in_the_cellar(day: Day, telephone: BrowserContext, route: Page) -> None:
    """He arrives, works and is done without a network; what he wrote goes out when he comes up again."""
    wait_until_kept(route)
    telephone.set_offline(True)
    route.locator("button.big").first.click()
    work_through_the_visit(route)
    day.look(route)
    route.locator("#done").click()
    telephone.set_offline(False)
    route.evaluate("dispatchEvent(new Event('online'))")


@pytest.mark.parametrize("language", Language)
def test_a_whole_day_from_the_call_to_the_answer_of_the_customer(
    language: Language, town: Town, chrome: Browser
) -> None:
    town.app.config.update(SESSION_COOKIE_SECURE=False, SESSION_COOKIE_NAME="onecall")
    with town.services.database.writing() as session:
        for technician in session.scalars(select(Technician)):
            technician.language = language
    with serving(town.app) as address:
        day = Day(chrome, town, address, language)
        clerk = day.office(Role.CLERK, "/requests/new")
        request = book_by_keyboard(day, clerk)
        assert day.keys <= MOST_KEYS
        town.tick()

        customer = day.open_link(day.telephone(), WANG, r"(/v/[\w-]+)")
        expect(customer.locator(".when-words")).to_be_visible()
        day.look(customer)

        publish_day(town)
        phone, code = technician_of(town, request)
        board = day.office(Role.DISPATCHER, "/?on=2026-11-23")
        block = board.locator(f"a.block[href='/requests/{request.number}']")
        expect(block).to_have_class(re.compile("dispatched"))

        cellar = day.telephone()
        route = set_off(day, cellar, phone.number)
        expect(block).to_have_class(re.compile("en_route"))
        town.tick()
        customer.reload()
        expect(customer.locator(".eta")).to_be_visible()
        day.look(customer)

        work_in_the_cellar(day, cellar, route)
        expect(block).to_have_class(re.compile("completed"))
        day.look(board)

        town.tick()
        customer.reload()
        day.look(customer)
        customer.locator("button[name=score][value='5']").click()
        customer.locator("button[name=answer][value=yes]").click()
        clerk.goto(f"{address}/requests/{request.number}")
        expect(clerk.locator("#timeline .of-photo").first).to_be_visible()
        day.look(clerk)
        for page in (clerk, customer, board, route):
            page.context.close()

    assert day.troubles == []
    with town.services.database.reading() as session:
        assert session.scalars(select(SurveyAnswer.score)).all() == [5]
        assert code
