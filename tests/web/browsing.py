"""A browser on the pages: who signs in, what it complains of, what axe finds, and which elements a page is made of."""

from collections.abc import Sequence
from html.parser import HTMLParser

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from policies.languages import Language
from tests.architecture.rooms import PROJECT
from tests.leaving_out import leave_out

TELEPHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 60_000
"""How long a test waits for a page that will never do what is expected; one that does it is never waited for."""
DESK: ViewportSize = {"width": 1440, "height": 900}
OLD_TELEPHONE: ViewportSize = {"width": 360, "height": 640}


def at_desk(chrome: Browser, language: str) -> BrowserContext:
    """Return a browser on a desk, its own cookies and memory in it, preferring a language."""
    return _patient(chrome.new_context(viewport=DESK, locale=language))


def on_telephone(chrome: Browser, language: str) -> BrowserContext:
    """Return the browser of an old telephone: a small screen that is touched."""
    return _patient(chrome.new_context(viewport=OLD_TELEPHONE, has_touch=True, locale=language))


def _patient(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(PATIENCE_MS)
    return context


def load_axe() -> str:
    """Return the source of axe-core, which `make test` installs with the front-end parts; skip where it is missing."""
    path = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        leave_out("axe-core is not installed: run make assets-update or npm ci")
    return path.read_text("utf-8")


def serious_troubles(page: Page, axe: str, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds serious or critical on the page shown: rule and place. By all of its usual rules, or by these."""
    page.evaluate(axe)
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['target']}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def troubles_in_the_dark(page: Page, axe: str) -> list[str]:
    """What of the page shown cannot be read where everything is dark."""
    page.emulate_media(color_scheme="dark")
    found = serious_troubles(page, axe, rules=["color-contrast", "link-in-text-block"])
    page.emulate_media(color_scheme="light")
    return [f"in the dark {trouble}" for trouble in found]


def troubles_on_a_telephone(page: Page, axe: str) -> list[str]:
    """What of the page shown is out of reach in a window as narrow as a telephone's."""
    whole = page.viewport_size
    page.set_viewport_size(TELEPHONE)
    page.evaluate("new Promise(requestAnimationFrame)")
    found = serious_troubles(page, axe, rules=["scrollable-region-focusable"])
    if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        found.append("wider than its window")
    if whole:
        page.set_viewport_size(whole)
    return [f"on a telephone {trouble}" for trouble in found]


def enter(context: BrowserContext, address: str, *, name: str, password: str, language: Language) -> Page:
    """Sign in and return the window, in this language."""
    page = context.new_page()
    page.goto(f"{address}/sign-in?next=/account")
    page.fill("#name", name)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url("**/account")
    other = page.locator(f"button[name=language][value='{language}']")
    if other.count():
        other.click()
        page.locator(f"html[lang='{language}']").wait_for()
    return page


def listen_for_troubles(page: Page) -> list[str]:
    """Return a list that whatever the page complains of is added to: failed scripts, refusals of its policy."""
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    return troubles


class _Shapes(HTMLParser):
    TOLD_BY = ("class", "type", "role", "name")

    def __init__(self) -> None:
        super().__init__()
        self.shapes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.shapes.add(" ".join([tag, *(f"{name}={known[name]}" for name in self.TOLD_BY if name in known)]))
        if tag == "a":
            self.links.append(known.get("href") or "")


def shapes_and_links(page: str) -> tuple[set[str], list[str]]:
    """Return which kinds of elements a page is made of, and where it leads."""
    parser = _Shapes()
    parser.feed(page)
    return parser.shapes, parser.links
