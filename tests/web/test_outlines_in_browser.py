"""A territory's border drawn in a real browser: by clicks and by keyboard, both in step, saved, refused, undone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from models import Territory
from operations.people.users import add_user
from policies.languages import Language
from policies.roles import Role
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.browsing import at_desk, enter, listen_for_troubles, load_axe, serious_troubles

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), ON_SQLITE_ALONE]
PASSWORD = "correct horse battery"
PAGE = "/registers/territories/outline?key=centre"


@pytest.fixture
def page(chrome: Browser, town: Town) -> Iterator[Page]:
    """An administrator's window on the border; at the end no script failed and the policy refused nothing."""
    # Over plain http a browser keeps no cookie that is for TLS only.
    town.app.config.update(SESSION_COOKIE_SECURE=False, SESSION_COOKIE_NAME="onecall")
    with town.services.database.writing() as session:
        add_user(
            session,
            name="root",
            display_name="Root",
            password=PASSWORD,
            role=Role.ADMINISTRATOR,
            language=Language.EN,
        )
    with serving(town.app) as address:
        context = at_desk(chrome, "en-GB")
        window = enter(context, address, name="root", password=PASSWORD, language=Language.EN)
        troubles = listen_for_troubles(window)
        window.goto(f"{address}{PAGE}")
        yield window
        context.close()
        # The browser itself reports the answer 422 to a border that is refused.
        assert [one for one in troubles if "422" not in one] == []


def click_at(page: Page, *spots: tuple[float, float]) -> None:
    """Click on the map, by how far to the right and down."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    for right, down in spots:
        page.mouse.click(box["x"] + box["width"] * right, box["y"] + box["height"] * down)


def corners_in(page: Page) -> list[tuple[float, float]]:
    values = [float(one.input_value()) for one in page.locator("#corner-list input").all()]
    return list(zip(values[::2], values[1::2], strict=True))


def outline_of(town: Town) -> list[tuple[float, float]]:
    with town.services.database.reading() as session:
        outline = session.scalars(select(Territory.outline).where(Territory.code == "centre")).one()
    return [(latitude, longitude) for latitude, longitude in outline or []]


def test_a_border_is_drawn_by_clicks_mended_by_keyboard_and_saved(town: Town, page: Page) -> None:
    lines = page.locator("#corner-list li")
    click_at(page, (0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    expect(lines).to_have_count(4)
    north_west, north_east, south_east, south_west = corners_in(page)
    assert north_west[0] == north_east[0] > south_east[0] == south_west[0]
    assert north_west[1] < north_east[1]

    pin = page.locator(".pin.corner").nth(1)
    pin.hover()
    page.mouse.down()
    page.mouse.move(1000, 500, steps=4)
    page.mouse.up()
    expect(lines.nth(1).locator("input").first).not_to_have_value(f"{north_east[0]:.5f}")
    page.keyboard.press("Control+z")
    assert corners_in(page)[1] == north_east
    lines.nth(3).get_by_role("button", name="Remove corner 4").click()
    expect(page.locator(".pin.corner")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(lines).to_have_count(4)

    lines.nth(0).get_by_role("button", name="Add a corner after corner 1").press("Enter")
    expect(lines).to_have_count(5)
    expect(lines.nth(1).locator("input").first).to_be_focused()
    page.keyboard.type("31.5")
    page.keyboard.press("Tab")
    expect(page.locator(".pin.corner")).to_have_count(5)
    assert serious_troubles(page, load_axe()) == []
    drawn = corners_in(page)
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".flash.done")).to_be_visible()
    assert drawn[1][0] == 31.5
    assert outline_of(town) == drawn
    expect(page.locator("path.border")).to_be_visible()


def test_a_border_that_crosses_itself_is_refused_with_its_corners_marked_and_nothing_lost(
    town: Town, page: Page
) -> None:
    click_at(page, (0.3, 0.3), (0.7, 0.7), (0.7, 0.3), (0.3, 0.7))
    expect(page.locator("#corner-list li")).to_have_count(4)
    drawn = corners_in(page)

    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_have_text(re.compile("crosses itself.*1, 3"))
    expect(page.locator("#corner-list li.crossing")).to_have_count(2)
    assert corners_in(page) == drawn
    assert outline_of(town) == []
    page.get_by_role("button", name="Remove all").click()
    page.get_by_role("button", name="Begin with what the map shows").click()
    expect(page.locator(".pin.corner").first).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".flash.done")).to_be_visible()
    assert len(outline_of(town)) >= 3


@pytest.mark.proof
def test_a_border_somebody_else_has_saved_meanwhile_is_drawn_beside_ones_own_and_can_be_taken_over(
    town: Town, page: Page
) -> None:
    theirs = [(31.1, 121.3), (31.1, 121.6), (31.3, 121.6)]
    click_at(page, (0.3, 0.3), (0.7, 0.3), (0.7, 0.7))
    expect(page.locator("#corner-list li")).to_have_count(3)
    mine = corners_in(page)
    with town.services.database.writing() as session:
        territory = session.scalars(select(Territory).where(Territory.code == "centre")).one()
        territory.outline = [list(corner) for corner in theirs]

    page.get_by_role("button", name="Save").click()

    expect(page.locator("path.border")).to_be_visible()
    expect(page.locator("path.border-saved")).to_be_visible()
    expect(page.locator(".borders")).to_contain_text("As somebody else has saved it")
    assert corners_in(page) == mine
    assert serious_troubles(page, load_axe()) == []
    page.get_by_role("button", name="Take over the saved border").click()
    assert corners_in(page) == theirs
    page.get_by_role("button", name="Undo").click()
    assert corners_in(page) == mine
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".flash.done")).to_be_visible()
    assert outline_of(town) == mine
