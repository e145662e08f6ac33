"""A caller who asks for a person is booked before a minute is over: by keys alone, in either language (H12, H5)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from models import ServiceRequest
from operations.people.users import add_user
from policies.languages import Language
from policies.request_states import RequestState
from policies.roles import Role
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.browsing import at_desk, enter, listen_for_troubles
from tests.web.hotline.test_agents import MINE, WANG, call_and_ask, pick_up, settle

pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.timeout(180), ON_SQLITE_ALONE]
PASSWORD = "correct horse battery"
FEW_KEYS = 12
"""Besides the words of a search: what a hand does in well under a minute."""


@pytest.fixture(params=Language)
def page(request: pytest.FixtureRequest, town: Town, chrome: Browser) -> Iterator[Page]:
    """A clerk's window, at the page of those who take calls, with her telephone on."""
    # Over plain http a browser keeps no cookie that is for TLS only.
    town.app.config.update(SESSION_COOKIE_SECURE=False, SESSION_COOKIE_NAME="onecall")
    language: Language = request.param
    with town.services.database.writing() as session:
        add_user(session, name="clerk", display_name="Li Na", password=PASSWORD, role=Role.CLERK, language=language)
    context = at_desk(chrome, language)
    with serving(town.app) as address:
        window = enter(context, address, name="clerk", password=PASSWORD, language=language)
        troubles = listen_for_troubles(window)
        window.goto(f"{address}/agent")
        window.fill("[name=phone]", MINE)
        window.press("[name=phone]", "Enter")
        expect(window.locator(".presence-now .available")).to_have_count(1)
        yield window
        context.close()
    assert troubles == []


def test_whoever_rings_is_booked_with_a_dozen_keys(town: Town, page: Page) -> None:
    call = call_and_ask(town)
    expect(page.locator("#caller")).to_contain_text(
        "王小明" if "zh" in str(page.evaluate("navigator.language")) else "Wang"
    )
    pick_up(town, MINE, "1")
    settle(town, call)
    expect(page.locator("#new-request.primary")).to_have_count(1)
    keys = 0

    def press(*names: str) -> None:
        nonlocal keys
        for name in names:
            page.keyboard.press(name)
            keys += 1

    press("Alt+n")
    page.wait_for_url("**/requests/new/*")
    expect(page.locator("[name=fault]:focus")).to_have_count(1)  # what the caller chose in the menu is chosen
    expect(page.locator("#phone")).to_have_value(WANG)
    expect(page.locator("p.cover")).not_to_be_empty()
    press("Enter")
    page.wait_for_url("**/windows")
    press("ArrowDown", "Enter")

    expect(page.locator(".flash.done")).to_have_count(1)
    assert keys <= FEW_KEYS
    with town.services.database.reading() as session:
        request = session.query(ServiceRequest).one()
        assert (request.state, request.contact_phone) == (RequestState.BOOKED, WANG)
