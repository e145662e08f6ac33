"""A technician in a cellar, in a real browser: a whole visit without a network, nothing lost, nothing doubled (D11)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import func, select

from models import FieldEntry, StatusEvent, StoredFile, Technician, Visit, WorkReport
from operations.fieldwork.checklists import required_codes
from policies.languages import Language
from policies.visit_states import VisitState
from policies.work_reports import ReportState
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.factories.pictures import photo
from tests.town import ADDRESS, Town
from tests.web.browsing import on_telephone
from tests.web.offices import call_and_book, publish_day, technician_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), ON_SQLITE_ALONE]


@pytest.fixture
def telephone(chrome: Browser) -> Iterator[BrowserContext]:
    """An old telephone of somebody who reads Chinese, whatever language his page has."""
    context = on_telephone(chrome, Language.ZH)
    yield context
    context.close()


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
    draw_on(page, page.locator("#part-charges .pad"))
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


@pytest.mark.parametrize("language", Language)
def test_a_visit_is_worked_through_in_a_cellar_and_sent_outside(
    language: Language, town: Town, telephone: BrowserContext
) -> None:
    path, code = route_of(town, language)
    troubles: list[str] = []
    with serving(town.app) as address:
        page = telephone.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"{address}{path}")
        page.locator(".stop .open").click()
        open_part(page, "check-departure")
        page.locator("#check-departure > button").click()
        page.locator(".big").first.click()
        page.locator("button.big", has_text="出发" if language is Language.ZH else "leaving").click()
        page.locator("button.big", has_text="到了" if language is Language.ZH else "arrived").wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("caches.open('onecall-field').then(c => c.keys()).then(k => k.length >= 6)")

        telephone.set_offline(True)
        page.locator("button.big").first.click()
        work_through_the_visit(page)
        page.reload()
        expect(page.locator("#part-sign")).to_have_class(re.compile("is-done"))
        expect(page.locator(".missing li")).to_have_text([])
        page.locator("#done").click()
        expect(page.locator("#sync")).to_have_class(re.compile("trouble"))
        with town.services.database.reading() as session:
            assert session.scalars(select(Visit.state).where(Visit.code == code)).one() is VisitState.EN_ROUTE

        telephone.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#sync")).not_to_have_class(re.compile("trouble"))
        expect(page.locator("#sync")).to_contain_text("全部已发送" if language is Language.ZH else "Everything is sent")
        expect(page.locator(".troubles")).to_have_count(0)

    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).where(Visit.code == code)).one()
        report = session.scalars(select(WorkReport).where(WorkReport.visit_id == visit.id)).one()
        assert visit.state is VisitState.COMPLETED
        assert (report.state, report.agreed_total_cents) == (ReportState.HANDED_IN, 5000)
        assert report.is_serial_right
        assert {item.code for item in report.items} == required_codes()
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 4
        assert session.scalar(select(func.count()).where(StatusEvent.kind == "visit_arrived")) == 1
        assert set(session.scalars(select(FieldEntry.outcome))) == {"taken"}
    assert troubles == []


def test_a_visit_is_declined_with_its_reason_and_never_without(town: Town, telephone: BrowserContext) -> None:
    path, _ = route_of(town, Language.ZH)
    with serving(town.app) as address:
        page = telephone.new_page()
        page.goto(f"{address}{path}")
        page.locator(".stop .open").click()
        open_part(page, "part-decline")
        page.locator("#part-decline button").click()
        expect(page.locator(".hint")).to_contain_text("为什么")
        page.locator("[id^=decline_note-]").fill("车坏了")
        page.locator("#part-decline button").click()
        expect(page.locator("#part-decline")).to_have_count(0)
        expect(page.locator("#sync")).to_contain_text("全部已发送")

    with town.services.database.reading() as session:
        [declined] = session.scalars(select(StatusEvent).where(StatusEvent.kind == "visit_declined"))
        assert declined.personal == {"note": "车坏了"}
        assert session.scalars(select(FieldEntry.outcome)).all() == ["taken"]


def test_a_page_drawn_anew_in_the_middle_of_a_tap_or_a_word_swallows_neither(
    town: Town, telephone: BrowserContext
) -> None:
    path, _ = route_of(town, Language.ZH)
    with serving(town.app) as address:
        page = telephone.new_page()
        page.goto(f"{address}{path}")
        page.locator(".stop .open").click()
        open_part(page, "part-decline")
        note = page.locator("[id^=decline_note-]")
        note.dispatch_event("compositionstart")
        note.evaluate("box => { box.dataset.same = 'yes'; }")
        read_day_anew(page)
        expect(note).to_have_attribute("data-same", "yes")
        note.dispatch_event("compositionend")
        expect(note).not_to_have_attribute("data-same", "yes")

        page.locator("#part-decline button").hover()
        page.mouse.down()
        read_day_anew(page)
        page.mouse.up()
        expect(page.locator(".hint")).to_contain_text("为什么")


def read_day_anew(page: Page) -> None:
    """Let the page send and read as it does of itself, and wait until it is through: it holds a lock as long."""
    with page.expect_response("**/day.json"):
        page.evaluate("dispatchEvent(new Event('online'))")
    page.evaluate("navigator.locks.request('onecall-field', () => true)")
