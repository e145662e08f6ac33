"""The board under load: first view, live update, drop to verdict, 30 who watch, and the largest paint in a browser.

    python -m benchmarks.board [--technicians 60] [--visits 400] [--watchers 30] [--seconds 20] [--browser CHROMIUM]

One gunicorn process on SQLite serves the demo city with a full large city laid over it (`flask demo crowd`). The peer
is an empty Flask page from the same gunicorn settings in the same run: what the machine takes without any work of ours.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import http.cookiejar
import json
import os
import re
import statistics
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.voice import find_free_port, memory_mb, percentile, run_flask, serving

REPEATS = 15
POLL_SECONDS = 2.0
UNCHANGED = 304
LARGEST_PAINT = """() => new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true});
})"""


class Desk:
    """A dispatcher's browser without a window: cookies, forms, and the time everything takes."""

    def __init__(self, base_url: str, password: str = "", *, cookies: http.cookiejar.CookieJar | None = None) -> None:
        """Sign in, or look with the cookies of somebody who has: sign-ins are limited."""
        self._base_url, self.cookies = base_url, cookies or http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies)).open
        if cookies is not None:
            return
        page = self.get("/sign-in")[1]
        self.post("/sign-in", name="dispatcher", password=password, csrf_token=token_of(page))

    def get(self, path: str, **headers: str) -> tuple[float, str, dict[str, str]]:
        """Return milliseconds, page and headers; an unchanged page is empty."""
        request = urllib.request.Request(self._base_url + path, headers=headers)  # noqa: S310 - our own server
        started = time.perf_counter()
        try:
            with self._open(request, timeout=60) as answer:
                page, found = answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            if error.code != UNCHANGED:
                raise
            page, found = "", dict(error.headers)
        return (time.perf_counter() - started) * 1000, page, found

    def post(self, path: str, **form: str) -> tuple[float, str]:
        """Return milliseconds and page."""
        body = urllib.parse.urlencode(form).encode()
        headers = {"Referer": self._base_url + "/"}
        request = urllib.request.Request(self._base_url + path, body, headers)  # noqa: S310 - our own server
        started = time.perf_counter()
        with self._open(request, timeout=60) as answer:
            page = answer.read().decode()
        return (time.perf_counter() - started) * 1000, page


def token_of(page: str) -> str:
    """Return the form token a page carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if found is None:
        raise SystemExit("the page has no form")
    return found[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--technicians", type=int, default=60)
    parser.add_argument("--visits", type=int, default=400, help="a day")
    parser.add_argument("--watchers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long they watch")
    parser.add_argument("--browser", help="a Chromium to measure the largest paint with")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onecall-benchmark-") as folder:
        _measure(Path(folder), options)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    port = find_free_port()
    environ = {
        **os.environ, "ONECALL_MODE": "development", "DATA_FOLDER": str(folder), "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}", "TWILIO_AUTH_TOKEN": "a-token-for-the-benchmark",
    }  # fmt: skip
    run_flask(environ, "db", "upgrade")
    run_flask(environ, "demo", "load")
    run_flask(environ, "demo", "crowd", "--technicians", str(options.technicians), "--visits", str(options.visits))
    password = json.loads((folder / "demo_sign_ins.json").read_text())["dispatcher"]
    with serving("wsgi:app", environ, port) as (base_url, pid):
        figures = _figures(base_url, password, options)
        figures["memory of the web process, MiB"] = f"{memory_mb(pid):.0f}"
    peer_port = find_free_port()
    peer = {**environ, "EMPTY_APP_URL": f"http://127.0.0.1:{peer_port}"}
    with serving("benchmarks.empty_app:app", peer, peer_port) as (peer_url, _):
        empty = statistics.median(_empty(peer_url) for _ in range(REPEATS))
    figures["empty page of the peer, ms (p50)"] = f"{empty:.1f}"
    _report(figures, options)


def _figures(base_url: str, password: str, options: argparse.Namespace) -> dict[str, str]:
    desk = Desk(base_url, password)
    first, page, _ = desk.get("/?days=3")
    views = [desk.get(f"/?days=3&state=&skill=&x={number}")[0] for number in range(REPEATS)]
    lanes = ",".join(re.findall(r'data-tag="([^"]+)"', page))
    tag = desk.get("/day/live?days=3", **{"X-Lanes": lanes})[2].get("ETag", "")
    same = [desk.get("/day/live?days=3", **{"X-Lanes": lanes, "If-None-Match": tag})[0] for _ in range(REPEATS)]
    drawn, map_, _ = desk.get("/day/map?days=3&map=1")
    played, _, _ = desk.get("/radar/board")
    verdicts, answers = _ask(desk, page)
    pin, update, size = _update(desk, page, lanes, tag)
    figures = {
        "visits on the page": str(page.count('class="block ')),
        "first view, first time, ms": f"{first:.0f}",
        "first view, built anew, ms (p50)": f"{statistics.median(views):.0f}",
        "first view, kB": f"{len(page.encode()) / 1000:.0f}",
        "first view, kB compressed": f"{_compressed_kb(page):.0f}",
        "map of the first view, ms": f"{drawn:.0f}",
        "map of the first view, kB (compressed)": f"{len(map_.encode()) / 1000:.0f} ({_compressed_kb(map_):.0f})",
        "promises at risk, played anew, ms": f"{played:.0f}",
        "nothing has changed, ms (p50)": f"{statistics.median(same):.1f}",
        "a visit pinned, its request's page back, ms": f"{pin:.0f}",
        "live update after it, ms": f"{update:.0f}",
        "live update after it, kB": f"{size / 1000:.0f}",
        "drop to verdict, ms (p50 / worst)": f"{statistics.median(verdicts):.0f} / {max(verdicts):.0f}",
        "drops with a place": f"{answers} of {len(verdicts)}",
    }
    waits = _watch(base_url, desk, options)
    figures[f"{options.watchers} watchers, ms (p50 / p99)"] = (
        f"{percentile(waits, 0.5):.1f} / {percentile(waits, 0.99):.0f}"
    )
    if options.browser:
        figures["largest paint in Chromium, ms"] = f"{_largest_paint(base_url, password, options.browser):.0f}"
    return figures


def _compressed_kb(page: str) -> float:
    return len(gzip.compress(page.encode())) / 1000


def _ask(desk: Desk, page: str) -> tuple[list[float], int]:
    """Drop visits on other people's shifts and wait for what the planner says."""
    visits = re.findall(r'data-visit="(\d+)"', page)[::40][:REPEATS]
    shifts = re.findall(r'data-shift="(\d+)" data-from="(\d+)"', page)[5::11]
    day = re.search(r'data-from="([^"]+T[^"]+)"', page)
    token, waits, found = token_of(page), [], 0
    for visit, (shift, step) in zip(visits, shifts, strict=False):
        at = _instant(day[1] if day else "", int(step) + 60)
        took, said = desk.post("/moves/ask", visit=visit, shift=shift, at=at, lock="", csrf_token=token)
        waits.append(took)
        found += "verdict" in said
    return waits, found


def _instant(day: str, step: int) -> str:
    return (dt.datetime.fromisoformat(day) + dt.timedelta(minutes=5 * step)).isoformat()


def _update(desk: Desk, page: str, lanes: str, tag: str) -> tuple[float, float, int]:
    """Change one visit and take in what that changes on the page."""
    pin = _pin(desk, page, _movable(page)[-1], "technician")
    took, update, _ = desk.get("/day/live?days=3", **{"X-Lanes": lanes, "If-None-Match": tag})
    return pin, took, len(update.encode())


def _movable(page: str) -> list[tuple[str, str]]:
    """Return the visits of a board that can be moved: where their request's page is, and their code."""
    return re.findall(r'data-visit="\d+"[^>]* href="([^"]+)"[^>]*><b>(\w+)</b>', page)


def _pin(desk: Desk, page: str, visit: tuple[str, str], lock: str) -> float:
    """Pin a visit, or free it, as its request's page does; return milliseconds until that page is back."""
    address, code = visit
    return desk.post(f"{address}/pin", visit=code, lock=lock, csrf_token=token_of(page))[0]


def _watch(base_url: str, first: Desk, options: argparse.Namespace) -> list[float]:
    """Let many watch the same board, each asking every two seconds, while somebody pins a visit every second."""
    waits: list[float] = []
    until = time.perf_counter() + options.seconds

    def watch(number: int) -> None:
        desk = Desk(base_url, cookies=first.cookies)
        _, page, _ = desk.get("/?days=3")
        tag = ""
        time.sleep(POLL_SECONDS * number / options.watchers)
        while time.perf_counter() < until:
            lanes = ",".join(re.findall(r'data-tag="([^"]+)"', page))
            took, _, found = desk.get("/day/live?days=3", **{"X-Lanes": lanes, "If-None-Match": tag})
            tag = found.get("ETag", tag)
            waits.append(took)
            time.sleep(POLL_SECONDS)

    def work() -> None:
        desk = Desk(base_url, cookies=first.cookies)
        page = desk.get("/?days=3")[1]
        visits = _movable(page)[:50]
        for turn in range(int(options.seconds)):
            _pin(desk, page, visits[turn // 2], ("", "technician")[turn % 2])
            time.sleep(1)

    threads = [threading.Thread(target=watch, args=(number,)) for number in range(options.watchers)]
    threads.append(threading.Thread(target=work))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def _empty(peer_url: str) -> float:
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(peer_url + "/", timeout=10) as answer:  # noqa: S310 - our own server
            answer.read()
    except urllib.error.HTTPError as error:
        error.read()
    return (time.perf_counter() - started) * 1000


def _largest_paint(base_url: str, password: str, browser_path: str) -> float:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only where a browser is asked for)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{base_url}/sign-in?next=/desk")
        page.fill("#name", "dispatcher")
        page.fill("#password", password)
        page.press("#password", "Enter")
        page.wait_for_url("**/desk")
        paints = []
        for _ in range(3):
            page.goto(f"{base_url}/?days=3")
            paints.append(float(page.evaluate(LARGEST_PAINT)))
        browser.close()
    return statistics.median(paints)


def _report(figures: dict[str, str], options: argparse.Namespace) -> None:
    table = Table(title=f"{options.technicians} technicians, {options.visits} visits a day, 3 days")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, value)
    Console().print(table)


if __name__ == "__main__":
    main()
