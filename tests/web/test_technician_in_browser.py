"""A technician in a cellar, in a real browser: a whole visit without a network, nothing lost, nothing doubled (D11)."""

import re

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import func, select

from models import FieldEntry, StatusEvent, StoredFile, Visit, WorkReport
from operations.fieldwork.checklists import required_codes
from policies.languages import Language
from policies.request_kinds import RequestKind
from policies.visit_states import VisitState
from policies.work_reports import ReportState
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.technicians import open_part, read_day_anew, route_of, wait_until_kept, work_through_the_visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), ON_SQLITE_ALONE]


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
        wait_until_kept(page)

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
        assert {item.code for item in report.items} == required_codes(RequestKind.REPAIR)
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
