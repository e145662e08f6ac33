"""The day in a real browser: it keeps itself up to date, works by keyboard, and breaks no rule of its policy."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from operations.people.users import add_user
from policies.languages import Language
from policies.roles import Role
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.browsing import (
    at_desk,
    enter,
    listen_for_troubles,
    load_axe,
    serious_troubles,
    troubles_in_the_dark,
    troubles_on_a_telephone,
)
from tests.web.offices import call_and_book

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), ON_SQLITE_ALONE]
PASSWORD = "correct horse battery"
TOMORROW = "2026-11-23"


@pytest.fixture
def office(town: Town) -> Iterator[str]:
    """The address of an office with one dispatcher."""
    # Over plain http a browser keeps no cookie that is for TLS only.
    town.app.config.update(SESSION_COOKIE_SECURE=False, SESSION_COOKIE_NAME="onecall")
    with town.services.database.writing() as session:
        add_user(
            session,
            name="dispatcher",
            display_name="Zhou Min",
            password=PASSWORD,
            role=Role.DISPATCHER,
            language=Language.EN,
        )
    with serving(town.app) as address:
        yield address


@pytest.fixture
def page(chrome: Browser, office: str) -> Iterator[Page]:
    """A dispatcher's window on tomorrow; at the end no script failed and nothing was refused by the policy."""
    context = at_desk(chrome, "en-GB")
    window = enter(context, office, name="dispatcher", password=PASSWORD, language=Language.EN)
    troubles = listen_for_troubles(window)
    window.goto(f"{office}/?on={TOMORROW}")
    yield window
    context.close()
    assert troubles == []


def test_a_booking_appears_by_itself_and_what_one_looks_at_stays(town: Town, page: Page) -> None:
    expect(page.locator("a.block")).to_have_count(0)
    page.locator("#timeline").evaluate("element => { element.scrollLeft = 333 }")

    call_and_book(town)

    expect(page.locator("a.block.booked")).to_have_count(1)
    expect(page.locator("#requests")).to_contain_text("Wang Xiaoming")
    expect(page.locator("#calls")).to_contain_text("booked")
    assert page.locator("#timeline").evaluate("element => element.scrollLeft") == 333


def test_the_keyboard_walks_the_visits_and_opens_one(town: Town, page: Page) -> None:
    request = call_and_book(town)
    call_and_book(town, "+8613800000003")
    expect(page.locator("a.block")).to_have_count(2)

    page.locator("#timeline").focus()
    page.keyboard.press("ArrowRight")
    first = page.evaluate("document.activeElement.id")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.id")

    assert first != second
    expect(page.locator("#detail")).to_contain_text("promised")
    page.locator(f"a.block[href='/requests/{request.number}']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(request.number)


def test_focus_survives_an_update_of_the_page(town: Town, page: Page) -> None:
    call_and_book(town)
    expect(page.locator("a.block")).to_have_count(1)
    page.locator("a.block").focus()
    focused = page.evaluate("document.activeElement.id")

    call_and_book(town, "+8613800000003")

    expect(page.locator("a.block")).to_have_count(2)
    assert page.evaluate("document.activeElement.id") == focused


def test_a_visit_is_dragged_to_another_technician_and_the_move_undone(town: Town, page: Page) -> None:
    call_and_book(town)
    expect(page.locator("a.block")).to_have_count(1)
    before = page.locator(".lane:has(a.block)").get_attribute("id")
    empty = page.locator(".lane:not(:has(a.block)) .band.shift").first

    page.locator("a.block").drag_to(empty, target_position={"x": 30, "y": 10})
    page.get_by_role("button", name="Move", exact=True).click()

    expect(page.locator("#move")).to_contain_text("moved")
    expect(page.locator(f"#{before} a.block")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#{before} a.block")).to_have_count(1)


def test_a_visit_is_picked_up_and_moved_by_keyboard_and_a_broken_promise_takes_a_reason(
    town: Town, page: Page, office: str
) -> None:
    call_and_book(town)
    page.goto(f"{office}/?on={TOMORROW}&days=3")
    page.locator("a.block").focus()
    before = page.locator(".lane:has(a.block)").get_attribute("id")

    page.keyboard.press("m")
    expect(page.locator("#detail")).to_contain_text("picked up")
    for _ in range(24 * 4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("#move")).to_contain_text("Outside the promised window")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("asked for Tuesday")
    page.keyboard.press("Enter")
    expect(page.locator("#move")).to_contain_text("moved")
    expect(page.locator(f"#{before} a.block")).to_have_count(0)


def test_news_that_is_already_on_its_way_does_not_take_a_visit_out_of_the_hand(town: Town, page: Page) -> None:
    call_and_book(town)
    expect(page.locator("a.block")).to_have_count(1)
    late: list[Route] = []
    page.route("**/live?*", lambda route: route.continue_() if late else late.append(route))
    with page.expect_request("**/live?*"):
        call_and_book(town, "+8613800000003")
    page.locator("a.block").focus()

    page.keyboard.press("m")
    page.evaluate("""() => {
      window.answered = new Promise((done) => document.addEventListener("htmx:afterRequest", done, { once: true }));
    }""")
    late[0].continue_()
    page.evaluate("answered.then(() => true)")
    expect(page.locator("a.block")).to_have_class(re.compile("held-up"))
    expect(page.locator(".marker")).to_have_count(1)

    page.keyboard.press("Escape")
    expect(page.locator("a.block")).to_have_count(2)


def test_what_is_chosen_on_the_timeline_stands_out_on_the_map_and_the_other_way_round(
    town: Town, page: Page, office: str
) -> None:
    page.goto(f"{office}/?on={TOMORROW}&map=1")
    expect(page.locator("#map path.territory")).to_have_count(1)
    request = call_and_book(town)

    pin = page.locator("#map .pin.stop")
    expect(pin).to_have_count(1)  # the map follows the board
    expect(pin).to_have_text("1")
    page.locator("a.block").focus()
    expect(pin).to_have_class(re.compile(r"\bchosen\b"))
    expect(page.locator("#map path.way.of-chosen")).to_have_count(1)
    page.locator(f"#r{request.number}").focus()
    expect(pin).to_have_class(re.compile(r"\bchosen\b"))
    pin.click()
    expect(page.locator("a.block")).to_be_focused()
    expect(page.locator(".pin-text")).to_contain_text("Wang Xiaoming")


def test_why_somebody_waits_is_one_key_away_and_escape_leads_back(town: Town, page: Page) -> None:
    call = town.phone("+8613800000001").dial(town.hotline)
    for key in ("1", "1", "1", "2", "2"):  # a fault is reported, windows are read, none is chosen
        call.press(key)
    call.hang_up()
    line = page.locator("#requests .request-line:has(button) > a")
    expect(line).to_have_count(1)

    page.locator("#request-lists").focus()
    page.keyboard.press("ArrowDown")
    expect(line).to_be_focused()
    page.keyboard.press("w")
    expect(page.locator("#move .reasons")).to_be_focused()
    page.keyboard.press("Escape")
    expect(line).to_be_focused()


def test_a_request_is_written_down_by_keyboard_alone(town: Town, page: Page, office: str) -> None:
    town.phone("+8613800000001").dial(town.hotline)
    page.goto(f"{office}/requests/new")

    page.keyboard.type("nanjing west")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/new/*")
    page.keyboard.press("Enter")
    page.wait_for_url("**/windows")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator(".flash.done")).to_contain_text("Promised")
    expect(page.locator("body")).to_contain_text("1 Nanjing West Road")


def test_a_search_finds_calls_while_one_types(town: Town, page: Page, office: str) -> None:
    call_and_book(town)
    town.phone("+8613800000003").dial(town.hotline).hang_up()
    page.goto(f"{office}/calls")

    page.locator("#search").press_sequentially("Chen")

    expect(page.locator("#call-table tbody tr")).to_have_count(1)
    expect(page.locator("#call-table")).to_contain_text("Dr Chen")
    page.wait_for_url(re.compile(r"/calls\?q=Chen"))


@pytest.fixture(scope="session")
def axe() -> str:
    return load_axe()


def test_axe_finds_no_serious_trouble_on_the_dispatchers_pages_by_day_in_the_dark_and_on_a_telephone(
    town: Town, page: Page, office: str, axe: str
) -> None:
    request = call_and_book(town)
    paths = ["/", f"/?on={TOMORROW}&days=3", f"/day/sheets?on={TOMORROW}", "/radar", "/replays"]
    paths += [
        f"/?on={TOMORROW}&map=1",
        "/requests/new?q=Wang",
        "/requests/new/1",
        f"/requests/{request.number}/windows",
        f"/requests/{request.number}",
        "/desk",
        "/calls",
    ]

    found: dict[str, list[str]] = {}
    for path in paths:
        page.goto(f"{office}{path}")
        found[path] = [
            *serious_troubles(page, axe),
            *troubles_in_the_dark(page, axe),
            *troubles_on_a_telephone(page, axe),
        ]

    assert {path: troubles for path, troubles in found.items() if troubles} == {}


def test_axe_finds_no_serious_trouble_in_a_verdict_and_escape_leads_back_to_the_visit(
    town: Town, page: Page, axe: str
) -> None:
    call_and_book(town)
    expect(page.locator("a.block")).to_have_count(1)
    page.locator("a.block").focus()
    for key in ("m", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.locator("#move > *").wait_for()

    assert serious_troubles(page, axe) == []
    expect(page.locator("#verdict button.primary")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("a.block")).to_be_focused()
    expect(page.locator("#move")).to_be_empty()


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_no_page_is_wider_than_its_window(width: int, town: Town, page: Page, office: str) -> None:
    request = call_and_book(town)
    page.set_viewport_size({"width": width, "height": 844})

    of_a_call = ("/calls", "/calls/1", f"/requests/{request.number}")
    for path in (
        "/",
        "/?map=1",
        "/radar",
        "/commitments",
        "/replays",
        "/desk",
        "/team",
        "/parts",
        "/reports",
        *of_a_call,
    ):
        page.goto(f"{office}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_a_move_is_made_before_htmx_has_come_and_a_form_that_is_refused_says_so_on_its_page(
    town: Town, chrome: Browser, office: str
) -> None:
    call_and_book(town)
    context = at_desk(chrome, "en-GB")
    window = enter(context, office, name="dispatcher", password=PASSWORD, language=Language.EN)
    window.route("**/htmx.min.js*", lambda route: route.fulfill(body=""))

    window.goto(f"{office}/?on={TOMORROW}")
    window.locator("a.block").focus()
    for key in ("m", "ArrowDown", "Enter"):
        window.keyboard.press(key)
    window.locator("#verdict button.primary").click()
    expect(window.locator(".flash.done")).to_contain_text("moved")
    expect(window).to_have_url(f"{office}/?on={TOMORROW}")

    window.unroute("**/htmx.min.js*")
    window.reload()
    window.locator("#ask [name=csrf_token]").evaluate("field => { field.value = 'from-last-night' }")
    window.locator("a.block").focus()
    for key in ("m", "ArrowUp", "Enter"):
        window.keyboard.press(key)
    expect(window.locator("#ask [role=alert]")).to_contain_text("open for too long")
    expect(window.locator("#ask [role=alert]")).to_be_focused()
    context.close()
