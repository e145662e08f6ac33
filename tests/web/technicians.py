"""A technician's page as his thumb knows it: opened from a text, its parts opened, written in and signed."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import select

from models import Technician
from policies.languages import Language
from tests.factories.pictures import photo
from tests.town import ADDRESS, Town
from tests.web.offices import call_and_book, publish_day, technician_of


def route_of(town: Town, language: Language) -> tuple[str, str]:
    """Return the path of the link in the technician's message, and the code of his visit."""
    request = call_and_book(town)
    with town.services.database.writing() as session:
        for technician in session.scalars(select(Technician)):
            technician.language = language
    publish_day(town)
    phone, code = technician_of(town, request)
    found = re.search(rf"{ADDRESS}(/r/\S+)", phone.inbox[-1].body)
    assert found
    return found[1], code


def open_visit(telephone: BrowserContext, link: str) -> Page:
    """Open the page by its link, and on it the only visit of the day."""
    page = telephone.new_page()
    page.goto(link)
    page.locator(".stop .open").click()
    return page


def step_on(page: Page, step: str) -> None:
    """Say the next step of a visit, and wait until everything is sent."""
    page.locator(f"#step-{step}").click()
    expect(page.locator(f"#step-{step}")).to_have_count(0)
    expect(page.locator("#sync.sent")).to_have_count(1)


def wait_until_kept(page: Page) -> None:
    """Wait until the page would open without a network, with every script it may need."""
    page.evaluate(
        """async () => {
            await navigator.serviceWorker.ready;
            const reader = document.querySelector("meta[name=code-reader]").content;
            const scripts = [...document.querySelectorAll("link[rel=modulepreload]")].map((link) => link.href);
            const wanted = [location.pathname, "/r/", reader, reader.replace("index.js", "zbar.wasm"), ...scripts];
            for (const one of wanted) {
                while (!(await caches.match(one))) await new Promise((resolve) => setTimeout(resolve, 50));
            }
        }"""
    )


def draw_on(page: Page, pad: Locator) -> None:
    pad.hover(position={"x": 30, "y": 40})
    page.mouse.down()
    # The page keeps still while a finger is on it; before that a word from the network may have moved the pad.
    box = pad.bounding_box()
    assert box
    for step in range(1, 8):
        page.mouse.move(box["x"] + 30 + step * 25, box["y"] + 40 + (step % 3) * 25)
    page.mouse.up()


def open_part(page: Page, part: str) -> None:
    if not page.locator(f"#{part}").evaluate("element => element.open"):
        page.locator(f"#{part} > summary").click()


def sign_for_charges(page: Page) -> None:
    """The customer agrees to what is proposed, and signs."""
    page.locator("[id^=plan_method-]").fill("更换灯泡")
    page.locator("[id^=plan_minutes-]").fill("30")
    draw_on(page, page.locator("#part-charges .pad"))


def work_through_the_visit(page: Page) -> None:
    """Everything from the door to the signature, as a thumb does it."""
    for part in ("check-arrival", "check-work", "check-leaving"):
        open_part(page, part)
        page.locator(f"#{part} > button").click()
    open_part(page, "part-serial")
    page.locator("[id^=serial-]").fill("lx 2a345678")
    page.locator("#part-serial .primary").click()
    open_part(page, "part-diagnosis")
    for name, words in (("fault_found", "灯泡不亮"), ("cause", "老化"), ("action", "更换灯泡")):
        page.locator(f"[id^={name}-]").fill(words)
    page.locator("#part-diagnosis .primary").click()
    open_part(page, "part-charges")
    page.locator("[id^=line_text-]").fill("检查费")
    page.locator("[id^=line_amount-]").fill("50")
    page.locator("#part-charges .new-line > button").click()
    sign_for_charges(page)
    page.locator("#part-charges .primary").click()
    open_part(page, "part-photos")
    page.locator("#photo-after").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    expect(page.locator("label.photo", has=page.locator("#photo-after"))).to_contain_text("(1)")
    open_part(page, "part-sign")
    page.locator("#part-sign input[value=satisfied]").check(force=True)
    for index in (0, 1):
        draw_on(page, page.locator("#part-sign .pad").nth(index))
    page.locator("#part-sign > .primary").click()
    expect(page.locator("#part-sign")).to_have_class(re.compile("is-done"))


def read_day_anew(page: Page) -> None:
    """Let the page send and read as it does of itself, and wait until it is through: it holds a lock as long."""
    with page.expect_response("**/day.json"):
        page.evaluate("dispatchEvent(new Event('online'))")
    page.evaluate("navigator.locks.request('onecall-field', () => true)")
