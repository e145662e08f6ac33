"""What a technician does besides the work itself, by touch, in both languages: on the way, at the door, on the spot.

He is late, asks for help, asks experts, finds nobody, claims what he paid, reads a serial by camera, takes parts from
his van, and books the next visit before he leaves (D11, D14, V1, V2, V6, V7).
"""

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect
from sqlalchemy import select

from models import Escalation, ExceptionReport, Expense, Message, StoredFile, Technician, Visit, WorkReport
from policies.escalations import EscalationReason
from policies.files import FileKind
from policies.languages import Language
from policies.visit_states import PROMISED, IncompleteReason, VisitState
from policies.work_reports import SerialCheck
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.factories.parts import make_part, make_van, stock_up
from tests.factories.pictures import photo
from tests.town import Town
from tests.web.browsing import listen_for_troubles, load_axe, serious_troubles
from tests.web.technicians import open_part, open_visit, read_day_anew, route_of, step_on

pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.timeout(300), ON_SQLITE_ALONE]

DOOR: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo((10, 120, 200))}
RECEIPT: FilePayload = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": photo((240, 240, 240))}
THUMB_PX = 44
NO_CAMERA = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true });"
CAMERA = """
  window.codes = ["6901234567892"];
  window.hasLooked = new Promise((resolve) => {
    window.BarcodeDetector = class {
      async detect() {
        resolve(true);
        return window.codes.map((rawValue) => ({ rawValue }));
      }
    };
  });
  const screen = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  setInterval(() => screen.getContext("2d").fillRect(0, 0, 64, 48), 100);
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: async () => screen.captureStream(5) } });
"""
"""A camera that sees nothing but is there, and a reader of codes that reads what the test holds before it."""


def check_for_a_thumb(page: Page, axe: str) -> None:
    """Nothing to be touched is smaller than a thumb, nothing is wider than the telephone, nothing troubles axe."""
    small = page.evaluate(
        """(least) => [...document.querySelectorAll("#app :is(button, a, summary, select, label.button)")]
             .filter((one) => one.offsetParent && one.getBoundingClientRect().height < least)
             .map((one) => one.outerHTML)""",
        THUMB_PX,
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious_troubles(page, axe) == []


@pytest.mark.parametrize("language", Language)
def test_who_stands_before_a_closed_door_says_all_he_has_to_say_without_a_network(
    language: Language, town: Town, telephone: BrowserContext
) -> None:
    path, code = route_of(town, language)
    with serving(town.app) as address:
        page = open_visit(telephone, f"{address}{path}")
        troubles = listen_for_troubles(page)
        step_on(page, "departed")
        open_part(page, "part-late")
        expected = page.locator("#part-late p b")
        before = expected.inner_text()
        page.locator("#part-late .acts button").nth(1).click()
        expect(expected).not_to_have_text(before)
        check_for_a_thumb(page, load_axe())

        telephone.set_offline(True)
        open_part(page, "part-help")
        page.locator("#part-help .acts button").nth(1).click()
        expect(page.locator(".hint")).not_to_be_empty()  # experts want words
        page.locator("[id^=help_note-]").fill("反复重启")
        page.locator("#part-help .acts button").nth(1).click()
        expect(page.locator("section.note", has_text="反复重启")).to_have_count(1)
        page.locator("[id^=help_note-]").fill("门锁着，狗在叫")
        page.locator("#part-help .acts button").first.click()
        expect(page.locator("[id^=help_note-]")).to_have_value("")
        open_part(page, "part-nobody")
        page.locator("#photo-door").set_input_files(DOOR)
        expect(page.locator("label.photo", has=page.locator("#photo-door"))).to_contain_text("(1)")
        page.locator("[id^=nobody_note-]").fill("敲门没人应")
        check_for_a_thumb(page, load_axe())
        page.locator("#part-nobody .danger").click()

        open_part(page, "part-spent")
        page.locator("[id^=spent_amount-]").fill("18,5")
        page.locator("#photo-receipt").set_input_files(RECEIPT)
        expect(page.locator("#part-spent .lines li")).to_contain_text("18.50")
        telephone.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#sync.sent:not(.trouble)")).to_have_count(1)
        expect(page.locator(".troubles")).to_have_count(0)

    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).where(Visit.code == code)).one()
        expense = session.scalars(select(Expense)).one()
        notes = {one.reason: one.note for one in session.scalars(select(Escalation))}
        assert (visit.state, visit.incomplete_reason) == (VisitState.NO_ACCESS, IncompleteReason.NOBODY_HOME)
        assert notes[EscalationReason.NEEDS_HELP] == "门锁着，狗在叫"
        assert notes[EscalationReason.UNFINISHED] == "敲门没人应"
        assert session.scalars(select(ExceptionReport.problem)).all() == ["反复重启"]
        assert (expense.amount_cents, expense.receipt_id is None) == (1850, False)
        assert sorted(session.scalars(select(StoredFile.kind))) == [FileKind.DOOR, FileKind.RECEIPT]
        told = set(session.scalars(select(Message.template)))
    assert {"experts_asked", "nobody_home"} <= told
    assert [one for one in troubles if "ERR_INTERNET_DISCONNECTED" not in one] == []


@pytest.mark.parametrize("language", Language)
def test_who_cannot_finish_reads_the_serial_takes_parts_and_books_the_next_visit_on_the_spot(
    language: Language, town: Town, telephone: BrowserContext
) -> None:
    path, code = route_of(town, language)
    with town.services.database.writing() as session:
        for technician in session.scalars(select(Technician)):
            stock_up(session, make_van(session, technician), make_part(session, number=f"LAMP-{technician.number}"), 3)
    telephone.add_init_script(CAMERA)
    with serving(town.app) as address:
        page = open_visit(telephone, f"{address}{path}")
        troubles = listen_for_troubles(page)
        step_on(page, "departed")
        step_on(page, "arrived")

        open_part(page, "part-serial")
        page.locator("#part-serial .acts button").first.click()
        expect(page.locator("dialog.scanner video")).to_be_visible()
        read_day_anew(page)  # the page is drawn anew behind the camera, which goes on
        expect(page.locator("dialog.scanner video")).to_be_visible()
        assert serious_troubles(page, load_axe()) == []
        page.evaluate("codes.push('lx 2a345678')")
        expect(page.locator("#part-serial .right")).to_be_visible()
        expect(page.locator("dialog.scanner")).to_have_count(0)

        open_part(page, "part-parts")
        page.locator("[id^=part_picked-]").select_option(index=1)
        expect(page.locator("[id^=part_code-]")).to_have_count(0)  # nothing is typed that can be chosen
        page.locator("[id^=part_old_serial-]").fill("OLD-1")
        page.locator("[id^=part_new_serial-]").fill("NEW-1")
        page.locator("#part-parts > button").click()
        expect(page.locator("#part-parts .lines li")).to_contain_text("OLD-1 → NEW-1")
        check_for_a_thumb(page, load_axe())

        open_part(page, "part-unfinished")
        page.locator("[id^=reason-]").select_option("part")
        page.locator("[id^=unfinished_note-]").fill("主板要订")
        page.locator(".next > button").click()
        page.locator(".next .acts button").first.click()
        expect(page.locator("#part-unfinished .right")).to_be_visible()
        check_for_a_thumb(page, load_axe())
        page.locator("#part-unfinished > .danger").click()
        expect(page.locator("#part-unfinished")).to_have_count(0)
        expect(page.locator("#sync.sent:not(.trouble)")).to_have_count(1)
        expect(page.locator(".troubles")).to_have_count(0)

    with town.services.database.reading() as session:
        visits = session.scalars(select(Visit).order_by(Visit.id)).all()
        report = session.scalars(select(WorkReport)).one()
        assert (visits[0].code, visits[0].state) == (code, VisitState.INCOMPLETE)
        assert visits[0].incomplete_reason is IncompleteReason.PART
        assert visits[1].state in PROMISED
        assert (report.serial_check, report.is_serial_right) == (SerialCheck.CAMERA, True)
        assert [(one.quantity, one.old_serial, one.new_serial) for one in report.parts] == [(1, "OLD-1", "NEW-1")]
        assert report.next_visit_id == visits[1].id
    assert troubles == []


def test_another_code_than_the_files_is_only_written_down_and_without_a_camera_the_page_says_so(
    town: Town, telephone: BrowserContext
) -> None:
    path, _ = route_of(town, Language.EN)
    telephone.add_init_script(NO_CAMERA)
    with serving(town.app) as address:
        page = open_visit(telephone, f"{address}{path}")
        step_on(page, "departed")
        step_on(page, "arrived")
        open_part(page, "part-serial")
        expect(page.locator("#part-serial .note")).to_contain_text("cannot read barcodes")
        expect(page.locator("#part-serial .acts button")).to_have_count(2)

        telephone.add_init_script(CAMERA)
        page.reload()
        open_part(page, "part-serial")
        page.locator("#part-serial .acts button").first.click()
        page.evaluate("hasLooked")
        page.locator("dialog.scanner button").click()
        expect(page.locator("[id^=serial-]")).to_have_value("6901234567892")
        expect(page.locator(".hint")).to_contain_text("6901234567892")

    with town.services.database.reading() as session:
        assert session.scalars(select(WorkReport.serial_check)).all() == [None]
        assert session.scalars(select(Escalation)).all() == []
