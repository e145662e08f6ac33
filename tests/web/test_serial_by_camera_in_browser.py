"""A serial is read by the camera of a telephone that brings no reader of codes, such as every iPhone (D11).

Chromium holds a film before its camera; it has no reader of its own on Linux either.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, expect, sync_playwright
from sqlalchemy import select

from models import WorkReport
from policies.languages import Language
from policies.work_reports import SerialCheck
from simulator.serving import serving
from tests.databases import ON_SQLITE_ALONE
from tests.factories.codes import draw_code_128, draw_qr_code, film
from tests.town import Town
from tests.web.browsing import PATIENCE_MS, listen_for_troubles, on_telephone
from tests.web.technicians import open_part, open_visit, route_of, step_on, wait_until_kept

pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.timeout(300), ON_SQLITE_ALONE]

ON_FILE = "LX-2A345678"
OTHER_CODES_ON_THE_PLATE = "https://example.com/care"


@contextmanager
def telephone_before(plate: bytes, chromium: str, folder: Path) -> Iterator[BrowserContext]:
    """A telephone whose camera is held before a plate."""
    seen = folder / "camera.mjpeg"
    seen.write_bytes(plate)
    expect.set_options(timeout=PATIENCE_MS)
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        film_of_it = f"--use-file-for-fake-video-capture={seen}"
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", *camera, film_of_it])
        context = on_telephone(browser, Language.ZH)
        yield context
        context.close()
        browser.close()


@pytest.mark.parametrize(
    "codes",
    [(draw_qr_code(ON_FILE),), (draw_qr_code(OTHER_CODES_ON_THE_PLATE), draw_code_128("LX 2A345678"))],
    ids=["a QR code", "a Code 128 under a QR code of something else"],
)
def test_the_serial_is_read_in_a_cellar_the_first_time_the_camera_is_used(
    codes: tuple[Image.Image, ...], town: Town, chromium: str, tmp_path: Path
) -> None:
    path, _ = route_of(town, Language.ZH)
    with serving(town.app) as address, telephone_before(film(*codes), chromium, tmp_path) as telephone:
        page = open_visit(telephone, f"{address}{path}")
        troubles = listen_for_troubles(page)
        assert not page.evaluate("'BarcodeDetector' in window")
        step_on(page, "departed")
        step_on(page, "arrived")
        wait_until_kept(page)
        open_part(page, "part-serial")
        telephone.set_offline(True)
        page.locator("#part-serial .acts button").first.click()
        expect(page.locator("#part-serial .right")).to_be_visible()
        expect(page.locator("dialog.scanner")).to_have_count(0)
        telephone.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#sync.sent:not(.trouble)")).to_have_count(1)

    with town.services.database.reading() as session:
        report = session.scalars(select(WorkReport)).one()
        assert (report.serial_check, report.is_serial_right) == (SerialCheck.CAMERA, True)
    assert [one for one in troubles if "ERR_INTERNET_DISCONNECTED" not in one] == []
