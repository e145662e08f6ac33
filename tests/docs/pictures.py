"""Renew the pictures of pages in docs/pictures from a day of the demo city that is half over: `make pictures`.

It is always the same: Shanghai, 23 November 2026 at 13:20, after a night and a morning of calls, texts and visits that
are played on a fast clock (some minutes). Debian's packages chromium and fonts-noto-cjk are needed.
"""

import datetime as dt
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from app import create_app
from cli.demo_city.city import DEFAULT_SEED, TIME_ZONE, build_city
from cli.demo_day.play import Play, starts_at
from cli.demo_day.stage import ACCOUNT_SID, Stage, open_stage
from config import Settings, load_settings
from simulator.desk_settings import DeskSettings
from simulator.phone_app import create_desk_app
from simulator.serving import serving
from tests.architecture.rooms import PROJECT

BEGINS_ON = dt.date(2026, 11, 22)
UNTIL_THE_NEXT_AFTERNOON = dt.timedelta(hours=14, minutes=40)
FOLDER = PROJECT / "docs" / "pictures"
WIDE: ViewportSize = {"width": 1440, "height": 900}
SMALL: ViewportSize = {"width": 390, "height": 844}
Look = tuple[str, str, str, str, ViewportSize]
PICTURES: tuple[Look, ...] = (
    ("day", "en", "dispatcher", "/", WIDE),
    ("map", "zh-CN", "dispatcher", "/?map=1", WIDE),
    ("set_up", "en", "administrator", "/registers/technicians", WIDE),
)
"""Name, language, who looks, at which page, in which window."""
BY_LINK = (("technician", r"/r/[\w-]+", 0), ("customer", r"/v/[\w-]+", -1))
"""Pages on a telephone: the name of the picture, the link as it stands in texts, and which of those texts."""

CALLER = "姚伟"
KEYS = "1112222"
"""Report a fault, the machine, the fault, not solved as often as something is tried, the second window."""
UNHURRIED_MS = 2500


def main(arguments: list[str]) -> int:
    """Write the pictures, or those of other pages into a folder: `FOLDER PATH…` for a look in both languages."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium on this machine: Debian's package is called chromium")
    with _open_afternoon() as (stage, settings, address), sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        passwords = json.loads((stage.folder / "demo_sign_ins.json").read_text("utf-8"))
        for name, language, who, path, window in _wanted(arguments):
            page = chrome.new_page(viewport=window, locale=language)
            _sign_in(page, address, who, passwords[who], path, language)
            target = Path(arguments[0]) if arguments else FOLDER
            page.screenshot(path=target / f"{name}.png", full_page=bool(arguments))
            page.context.close()
        if not arguments:
            _look_by_link(chrome, stage, address)
            _call(chrome, stage, settings, address)
        chrome.close()
    return 0


def _wanted(arguments: list[str]) -> list[Look]:
    if not arguments:
        return list(PICTURES)
    return [
        (f"{path.strip('/').replace('/', '_') or 'day'}.{language}.{size}", language, "administrator", path, window)
        for path in arguments[1:]
        for language, size, window in (("en", "wide", WIDE), ("zh-CN", "small", SMALL))
    ]


@contextmanager
def _open_afternoon() -> Iterator[tuple[Stage, Settings, str]]:
    """Play the demo day to its afternoon, and serve it there."""
    start_at = starts_at(BEGINS_ON)
    city = build_city(seed=DEFAULT_SEED, start_at=start_at)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"ONECALL_MODE": "development", "DATA_FOLDER": folder})
        app = create_app(settings)
        with app.app_context(), open_stage(app, city, seed=DEFAULT_SEED, start_at=start_at) as stage:
            play = Play(stage, seed=DEFAULT_SEED, tell=lambda _: None, on_time=lambda _: None)
            play.run(lasts=UNTIL_THE_NEXT_AFTERNOON)
            with serving(app) as address:
                yield stage, settings, address


def _look_by_link(chrome: Browser, stage: Stage, address: str) -> None:
    """Take the pages that a technician and a customer open from a text, in their own language."""
    texts = [text.body for text in stage.exchange.messages.messages]
    for name, pattern, place in BY_LINK:
        link = [found[0] for body in texts if (found := re.search(pattern, body))][place]
        page = chrome.new_page(viewport=SMALL, locale="zh-CN")
        page.goto(f"{address}{link}")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}.png")
        page.context.close()


def _call(chrome: Browser, stage: Stage, settings: Settings, address: str) -> None:
    """Let somebody call from the telephone on the desk, report a fault and take the first window."""
    desk = DeskSettings(
        app_url=address,
        public_url=settings.public_base_url,
        account_sid=ACCOUNT_SID,
        auth_token=settings.twilio_auth_token,
        hotline_number=settings.twilio_number,
        api_base_url="https://api.twilio.com",
        numbers_file=stage.folder / "phone_numbers.json",
    )
    with serving(create_desk_app(desk, stage.exchange)) as telephone:
        page = chrome.new_page(viewport=WIDE, locale="zh-CN", timezone_id=TIME_ZONE)
        page.goto(telephone)
        page.get_by_label("朗读").uncheck()
        names = page.locator("#caller option").all_inner_texts()
        mandarin = names[next(place for place, name in enumerate(names) if name.startswith(CALLER))]
        page.select_option("#caller", label=mandarin)
        page.get_by_role("button", name="呼叫").click()
        booked = page.locator("#transcript").get_by_text("预约好了")
        for key in KEYS:
            if booked.count():
                break
            page.locator("#keys button:enabled").first.wait_for()
            page.wait_for_timeout(UNHURRIED_MS)
            page.get_by_role("button", name=key, exact=True).click()
        expect(booked.first).to_be_visible()
        page.get_by_role("button", name="挂机").click()
        stage.run_clock()
        page.select_option("#reader", label=mandarin)
        page.wait_for_timeout(UNHURRIED_MS)
        page.screenshot(path=FOLDER / "phone.png")
        page.context.close()


def _sign_in(page: Page, address: str, name: str, password: str, path: str, language: str) -> None:
    page.goto(f"{address}/sign-in?next={path}")
    page.fill("#name", name)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_load_state()
    other = page.locator(f"button[name=language][value='{language}']")
    if other.count():
        other.click()
        page.wait_for_load_state()
    page.goto(f"{address}{path}")
    # The board fetches its live parts a moment after it is shown.
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
