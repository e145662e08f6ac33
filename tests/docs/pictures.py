"""Renew the pictures of pages in docs/pictures from the demo city: `make pictures`.

It is always the same morning: Shanghai, 23 November 2026 at 10:50. Debian's packages chromium and fonts-noto-cjk are
needed.
"""

import datetime as dt
import json
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, ViewportSize, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from cli.demo_city.city import DEFAULT_SEED, build_city
from cli.demo_city.loading import load_city
from config import load_settings
from tests.architecture.rooms import PROJECT

MORNING = dt.datetime(2026, 11, 23, 2, 50, tzinfo=dt.UTC)
FOLDER = PROJECT / "docs" / "pictures"
WIDE: ViewportSize = {"width": 1440, "height": 900}
SMALL: ViewportSize = {"width": 390, "height": 844}
Look = tuple[str, str, str, str, ViewportSize]
PICTURES: tuple[Look, ...] = (
    ("day", "en", "dispatcher", "/", WIDE),
    ("set_up", "en", "administrator", "/registers/technicians", WIDE),
)
"""Name, language, who looks, at which page, in which window."""


def main(arguments: list[str]) -> int:
    """Write the pictures, or those of other pages into a folder: `FOLDER PATH…` for a look in both languages."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium on this machine: Debian's package is called chromium")
    with tempfile.TemporaryDirectory() as folder:
        app, passwords = _open_demo(Path(folder))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with sync_playwright() as playwright:
            chrome = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            for name, language, who, path, window in _wanted(arguments):
                page = chrome.new_page(viewport=window, locale=language)
                _sign_in(page, address, who, passwords[who], path, language)
                target = Path(arguments[0]) if arguments else FOLDER
                page.screenshot(path=target / f"{name}.png", full_page=bool(arguments))
                page.context.close()
            chrome.close()
        server.shutdown()
        app.extensions["onecall"].database.close()
    return 0


def _wanted(arguments: list[str]) -> list[Look]:
    if not arguments:
        return list(PICTURES)
    return [
        (f"{path.strip('/').replace('/', '_') or 'day'}.{language}.{size}", language, "administrator", path, window)
        for path in arguments[1:]
        for language, size, window in (("en", "wide", WIDE), ("zh-CN", "small", SMALL))
    ]


def _open_demo(folder: Path) -> tuple[Flask, dict[str, str]]:
    settings = load_settings({"ONECALL_MODE": "development", "DATA_FOLDER": str(folder)})
    app = create_app(settings, now=lambda: MORNING)
    services = app.extensions["onecall"]
    services.database.create_all()
    with services.database.writing() as session:
        city = build_city(seed=DEFAULT_SEED, start_at=MORNING)
        loaded = load_city(session, city, house=services.house, data_folder=folder, now=MORNING)
    if loaded is None:
        raise LookupError(folder)
    passwords: dict[str, str] = json.loads(loaded.sign_ins.read_text("utf-8"))
    return app, passwords


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
