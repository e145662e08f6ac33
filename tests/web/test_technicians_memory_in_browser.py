"""What a technician types or signs outlives an empty battery, a full memory, a lost answer and an old link (D11)."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import func, select, update

from models import AccessLink, FieldEntry, Shift, StoredFile, WorkReport
from operations.foundation.links import make_route_link, open_link
from policies.field_entries import EntryKind, EntryOutcome
from policies.languages import Language
from policies.roles import LinkPurpose
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.town import ADDRESS, Town
from tests.web.browsing import listen_for_troubles
from tests.web.technicians import open_part, open_visit, read_day_anew, route_of, sign_for_charges, step_on

pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.timeout(300), ON_SQLITE_ALONE]

TIMES_LOST = 3
FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  window.isFull = true;
  IDBObjectStore.prototype.put = function (...given) {
    if (window.isFull) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, given);
  };
}"""


def go_on_site(telephone: BrowserContext, link: str) -> Page:
    page = open_visit(telephone, link)
    step_on(page, "departed")
    step_on(page, "arrived")
    return page


def add_a_charge(page: Page) -> None:
    open_part(page, "part-charges")
    page.locator("[id^=line_text-]").fill("检查费")
    page.locator("[id^=line_amount-]").fill("50")
    page.locator("#part-charges .new-line > button").click()


def is_blank(page: Page) -> bool:
    """Tell whether nothing is drawn on the pad for the charges."""
    return bool(
        page.locator("#part-charges .pad").evaluate(
            "pad => pad.getContext('2d').getImageData(0, 0, pad.width, pad.height).data.every((one) => one === 0)"
        )
    )


def test_words_and_a_signature_are_there_again_after_the_battery_died_and_go_with_what_they_were_for(
    town: Town, telephone: BrowserContext
) -> None:
    path, _ = route_of(town, Language.ZH)
    with serving(town.app) as address:
        page = go_on_site(telephone, f"{address}{path}")
        open_part(page, "part-diagnosis")
        page.locator("[id^=cause-]").fill("灯泡老化")
        add_a_charge(page)
        sign_for_charges(page)
        page.locator("[id^=charge_signer-]").fill("王小明的儿子")
        page.close()

        page = open_visit(telephone, f"{address}{path}")
        troubles = listen_for_troubles(page)
        open_part(page, "part-diagnosis")
        expect(page.locator("[id^=cause-]")).to_have_value("灯泡老化")
        open_part(page, "part-charges")
        expect(page.locator("[id^=charge_signer-]")).to_have_value("王小明的儿子")
        assert not is_blank(page)
        add_a_charge(page)
        expect(page.locator("#part-charges .lines li")).to_have_count(2)
        assert is_blank(page), "what was signed for one line is no signature for two"
        sign_for_charges(page)
        page.locator("#part-charges .primary").click()
        expect(page.locator("#part-charges.is-done")).to_have_count(1)
        expect(page.locator("#sync.sent")).to_have_count(1)
        page.reload()
        open_part(page, "part-diagnosis")
        expect(page.locator("[id^=cause-]")).to_have_value("灯泡老化")

    with town.services.database.reading() as session:
        report = session.scalars(select(WorkReport)).one()
        assert (report.agreed_total_cents, report.agreed_by, report.cause) == (10_000, "王小明的儿子", "")
    assert troubles == []


def test_what_one_window_enters_the_other_shows_and_both_together_send_it_once(
    town: Town, telephone: BrowserContext
) -> None:
    path, _ = route_of(town, Language.ZH)
    with serving(town.app) as address:
        first = go_on_site(telephone, f"{address}{path}")
        second = open_visit(telephone, f"{address}{path}")
        telephone.set_offline(True)
        add_a_charge(first)
        open_part(second, "part-charges")
        expect(second.locator("#part-charges .lines li")).to_have_count(1)
        add_a_charge(second)
        open_part(first, "part-charges")
        expect(first.locator("#part-charges .lines li")).to_have_count(2)

        telephone.set_offline(False)
        for page in (first, second):
            page.evaluate("dispatchEvent(new Event('online'))")
        for page in (first, second):
            expect(page.locator("#sync.sent")).to_have_count(1)
            expect(page.locator(".troubles")).to_have_count(0)

    with town.services.database.reading() as session:
        report = session.scalars(select(WorkReport)).one()
        assert (len(report.charges), report.charges_total_cents) == (2, 10_000)
        kinds = [*session.scalars(select(FieldEntry.kind))]
        assert kinds.count(EntryKind.CHARGES) == 2


def test_a_full_memory_is_said_and_what_was_written_stays_in_its_box_until_there_is_room(
    town: Town, telephone: BrowserContext
) -> None:
    path, _ = route_of(town, Language.EN)
    with serving(town.app) as address:
        page = go_on_site(telephone, f"{address}{path}")
        troubles = listen_for_troubles(page)
        page.evaluate(FULL)
        open_part(page, "part-diagnosis")
        page.locator("[id^=fault_found-]").fill("no picture")
        page.locator("#part-diagnosis .primary").click()
        expect(page.locator("#full")).to_contain_text("memory is full")
        expect(page.locator("[id^=fault_found-]")).to_have_value("no picture")
        read_day_anew(page)
        expect(page.locator("#full")).to_have_count(1)
        expect(page.locator("#sync.trouble")).to_have_count(0)
        page.evaluate("isFull = false")
        page.locator("#part-diagnosis .primary").click()
        expect(page.locator("#full")).to_have_count(0)
        expect(page.locator("#sync.sent")).to_have_count(1)

    with town.services.database.reading() as session:
        assert session.scalars(select(WorkReport.fault_found)).all() == ["no picture"]
    assert troubles == []


def test_answers_that_are_lost_three_times_lose_nothing_and_double_nothing(
    town: Town, telephone: BrowserContext
) -> None:
    path, _ = route_of(town, Language.ZH)
    lost = {"entries": 0, "photos": 0}

    def lose(route: Route) -> None:
        """The server takes it in, and the network goes before its answer comes."""
        what = "photos" if "/photos" in route.request.url else "entries"
        if lost[what] == TIMES_LOST:
            route.continue_()
            return
        lost[what] += 1
        route.fetch()
        route.abort()

    with serving(town.app) as address:
        page = go_on_site(telephone, f"{address}{path}")
        telephone.route(re.compile(r"/(entries|photos)(\?|$)"), lose)
        add_a_charge(page)
        sign_for_charges(page)
        page.locator("#part-charges .primary").click()
        expect(page.locator("#part-charges.is-done")).to_have_count(1)
        for _ in range(2 * TIMES_LOST + 1):
            try_to_send(page)
        expect(page.locator("#sync.sent")).to_have_count(1)
        expect(page.locator(".troubles")).to_have_count(0)

    assert lost == {"entries": TIMES_LOST, "photos": TIMES_LOST}
    with town.services.database.reading() as session:
        report = session.scalars(select(WorkReport)).one()
        assert (len(report.charges), report.agreed_total_cents) == (1, 5_000)
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 1
        assert set(session.scalars(select(FieldEntry.outcome))) == {EntryOutcome.TAKEN}


def try_to_send(page: Page) -> None:
    """Let the page try to send once more, and wait until it has tried."""
    page.evaluate("dispatchEvent(new Event('online'))")
    page.evaluate("navigator.locks.request('onecall-field', () => true)")


def wait_until_forgotten(page: Page, path: str) -> None:
    """Wait until the telephone keeps nothing that it was shown by an earlier link."""
    page.evaluate(
        """async (path) => {
            const cache = await caches.open("onecall-field");
            const isKept = async () => (await cache.keys()).some(({ url }) => new URL(url).pathname === path);
            while (await isKept()) await new Promise((resolve) => setTimeout(resolve, 50));
        }""",
        path,
    )


def test_a_new_link_takes_over_what_waits_and_the_window_of_the_old_one_goes_on_with_it(
    town: Town, telephone: BrowserContext
) -> None:
    path, _ = route_of(town, Language.ZH)
    with serving(town.app) as address:
        old = go_on_site(telephone, f"{address}{path}")
        with town.services.database.writing() as session:
            secret, now = path.removeprefix("/r/"), town.clock.now()
            shift = session.get_one(Shift, open_link(session, secret=secret, purpose=LinkPurpose.ROUTE, now=now))
            session.execute(update(AccessLink).values(expires_at=now))
            link = make_route_link(session, shift=shift, house=town.services.house, now=now)
        add_a_charge(old)
        expect(old.locator("#sync.trouble")).to_contain_text("链接已经失效")

        new = open_visit(telephone, link.replace(ADDRESS, address))
        open_part(new, "part-charges")
        expect(new.locator("#part-charges .lines li")).to_have_count(1)
        expect(new.locator("#sync.sent")).to_have_count(1)
        read_day_anew(old)
        expect(old.locator("#sync.trouble")).to_have_count(0)
        wait_until_forgotten(new, path)
        new.close()
        # The icon among the apps names no link: it goes on with the latest that was good.
        old.goto(f"{address}/r/")
        expect(old.locator(".stop")).to_have_count(1)
        expect(old.locator("#sync.sent")).to_have_count(1)

    with town.services.database.reading() as session:
        assert session.scalars(select(WorkReport.charges_total_cents)).all() == [5_000]
