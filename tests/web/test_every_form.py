"""Every form of every page, filled in wrongly, comes back with what was typed and says which field does not fit (T3).

The forms are found by walking through the pages; what is wrong is taken from what each says of its own fields. A form
whose limits the page behind it does not hold fails here, and so does one that loses what somebody typed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from policies.roles import Role
from tests.architecture.rooms import PROJECT
from tests.databases import SqliteFolder
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

TYPED = {"text", "tel", "email", "url", "search", "textarea"}
CHOSEN = {"number", "date", "datetime-local", "time", "select"}
LEADS_AWAY = {"web.sign_in.leave", "web.sign_in.choose_language"}
MARKUP = "<b>&\"'</b>"
REFUSED = 422
RISK = {
    "kind": "risk",
    "title": "one supplier",
    "likelihood": "1",
    "harm": "5",
    "measure": "find another",
    "owner": "administrator",
    "due_on": "2026-12-01",
}


@pytest.fixture
def engine(sqlite_folder: SqliteFolder) -> SqliteFolder:
    """What a form says does not depend on the database."""
    return sqlite_folder


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a page shows it: where it goes, and what a browser would send of it untouched."""

    page: str
    goal: str
    endpoint: str
    sent: dict[str, list[str]]
    controls: dict[str, Tag] = field(repr=False)

    def with_value(self, name: str, value: str) -> dict[str, list[str]]:
        """Return what is sent when the first field of this name holds this value."""
        return {**self.sent, name: [value, *self.sent[name][1:]]}


def kind_of(control: Tag) -> str:
    return str(control.get("type", "text")) if control.name == "input" else str(control.name)


def value_of(control: Tag) -> str:
    if control.name == "textarea":
        return control.get_text()
    if control.name == "select":
        chosen = control.select_one("option[selected]") or control.select_one("option")
        return str(chosen.get("value", chosen.get_text())) if chosen else ""
    return str(control.get("value", ""))


class Walk:
    """Goes through the pages as one person and gathers their forms, one of each kind."""

    opened = count()

    def __init__(self, town: Town, client: FlaskClient) -> None:
        self._town, self._client = town, client
        self.forms: dict[tuple[str, tuple[str, ...]], Form] = {}

    def open(self, path: str, *, data: dict[str, list[str]] | None = None, came_from: str = "") -> TestResponse:
        # One address may ask only so much in a minute.
        headers = {"X-Forwarded-For": f"10.0.0.{next(self.opened) // 400}", "Referer": f"{ADDRESS}{came_from}"}
        method = "GET" if data is None else "POST"
        return self._client.open(path, method=method, data=data, headers=headers)

    def endpoint(self, path: str, method: str) -> str:
        try:
            name, _ = self._town.app.url_map.bind("").match(path.partition("?")[0], method)
        except (HTTPException, RequestRedirect):
            return ""
        return str(name) if str(name).startswith("web.") else ""

    def gather(self, first: list[str]) -> None:
        waiting, seen = list(first), set[str]()
        while waiting:
            path = waiting.pop(0)
            answer = self.open(path)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            page = BeautifulSoup(answer.text, "html.parser")
            for link in page.select("a[href^='/']"):
                target = self.endpoint(str(link["href"]), "GET")
                if target and target not in seen:
                    seen.add(target)
                    waiting.append(str(link["href"]))
            for form in page.find_all("form"):
                self._note(path, form)

    def _note(self, path: str, form: Tag) -> None:
        goal = str(form.get("action") or path)
        endpoint = self.endpoint(goal, "POST")
        if form.get("method") != "post" or not endpoint or endpoint in LEADS_AWAY:
            return
        controls = [one for one in form.select("input, select, textarea") if one.get("name")]
        controls = [one for one in controls if not one.has_attr("disabled")]  # shown to who may not change it
        sent = dict[str, list[str]]()
        for one in controls:
            if kind_of(one) not in {"checkbox", "radio", "file"} or one.has_attr("checked"):
                sent.setdefault(str(one["name"]), []).append(value_of(one))
        button = form.select_one("button[name]")
        if button is not None:
            sent.setdefault(str(button["name"]), [str(button.get("value", ""))])
        fields = {str(one["name"]): one for one in reversed(controls) if kind_of(one) in TYPED | CHOSEN}
        fields = {name: one for name, one in fields.items() if not one.has_attr("readonly")}
        self.forms.setdefault((endpoint, tuple(fields)), Form(path, goal, endpoint, sent, fields))


def wrong_values(control: Tag) -> Iterator[str]:
    """What does not fit by the form's own word."""
    kind, longest = kind_of(control), str(control.get("maxlength", ""))
    if control.has_attr("required"):
        yield " "
    if kind in TYPED and longest:
        yield "9" * (int(longest) + 1)
    if kind in CHOSEN:
        yield "nonsense"
    if kind == "number" and control.get("max"):
        yield str(int(str(control["max"])) + 1)
    if kind == "number" and control.get("min"):
        yield str(int(str(control["min"])) - 1)


def troubles_of(answer: TestResponse, form: Form, sent: dict[str, list[str]], wrong: str) -> Iterator[str]:
    """What a refused form should be and is not."""
    if answer.status_code != REFUSED:
        yield f"answered {answer.status_code}"
        return
    page = BeautifulSoup(answer.text, "html.parser")
    shown = [one for one in page.find_all("form") if form.goal == (one.get("action") or form.page)]
    told = page.select_one(f"form [name='{wrong}'][aria-invalid='true']")
    if told is None and page.select_one("main .trouble[role=alert]") is not None:
        return  # what was shown is not what is there any more: that is about the form
    if told is None:
        yield "does not say that it is this field"
    elif page.find(id=str(told.get("aria-describedby")).partition(" ")[0]) is None:
        yield "says nothing beside the field"
    if len(page.select("[autofocus]")) != 1:
        yield "has no one place in focus"
    values = {(str(one["name"]), value_of(one).strip()) for own in shown for one in own.select("[name]")}
    lost = {
        name
        for name, control in form.controls.items()
        if kind_of(control) in TYPED and (name, sent[name][0].strip()) not in values
    }
    if lost:
        yield f"has lost {sorted(lost)}"


def test_every_form_that_htmx_sends_can_be_sent_by_the_browser_alone() -> None:
    """One that names no method would be sent as an address, with the token and whatever was typed in it."""
    pages = [PROJECT / "web" / "templates" / name for name in ("day.html", "move.html", "radar_rescues.html")]
    forms = {
        f"{page.name}: {form}": form
        for page in sorted((PROJECT / "web" / "templates").rglob("*.html"))
        for form in re.findall(r"<form\b[^>]*\bhx-post=(?:{{.*?}}|[^>])*>", page.read_text("utf-8"), re.DOTALL)
    }

    alone = [name for name, form in forms.items() if 'method="post"' in form and "action=" in form]
    assert {name.partition(":")[0] for name in forms} >= {page.name for page in pages}
    assert list(forms) == alone


def furnish(town: Town, client: FlaskClient) -> list[str]:
    """Let things happen that have forms of their own; return the pages that no list leads to."""
    number = call_and_book(town).number
    token = read_token(client, "/account")
    for goal, form in {
        "/complaints": {"category": "attitude", "customer": "C1", "words": "late"},
        "/shipments": {"number": number, "direction": "to_customer", "courier": "sf", "contents": "lamp"},
        "/workshop": {"number": number, "condition": "scratched"},
        "/workshop/exceptions": {"number": number, "problem": "odd", "owner": "Zhao"},
        "/risks": RISK,
        "/shipments/1": {"state": "lost", "tracking": "SF1"},
        "/shipments/1/claims": {"value": "10", "insured": "10"},
        "/knowledge/solve/1/draft": {},
    }.items():
        client.post(goal, data={"csrf_token": token, **form})
    registers = [f"/registers/{name}/row" for name in ("technicians", "products", "duty", "parts", "territories")]
    texts = ["/texts/sms/booked", "/knowledge/drafts/1"]
    return [f"/requests/{number}", f"/requests/{number}/money", "/customers/C1", "/calls/1", *registers, *texts]


WalkAs = Callable[[Role], Walk]


@pytest.fixture
def walk_as(town: Town, sign_in: SignIn) -> WalkAs:
    """Return what gathers a role's forms: of every page whose address names nothing, and of one of each kind behind.

    The administrator has to be the first: who lets happen what the others find.
    """
    town.app.testing = False  # a page that fails is answered as in production: 500
    rules = [rule for rule in town.app.url_map.iter_rules() if rule.endpoint.startswith("web.")]
    paths = [rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments]

    def gather(role: Role) -> Walk:
        client = sign_in(role)
        if role is Role.ADMINISTRATOR:
            paths.extend(furnish(town, client))
        walk = Walk(town, client)
        walk.gather(paths)
        return walk

    return gather


@pytest.fixture
def walk(walk_as: WalkAs) -> Walk:
    """The administrator's forms."""
    return walk_as(Role.ADMINISTRATOR)


def try_unreadable(walk: Walk) -> tuple[set[str], dict[tuple[str, str], list[str]]]:
    """Send every form with a character in its first field that nobody can read: return which, and what went wrong.

    The troubles are by where the form goes and the page it stood on.
    """
    troubles = dict[tuple[str, str], list[str]]()
    tried = set[str]()
    for form in walk.forms.values():
        typed = [name for name, control in form.controls.items() if kind_of(control) in TYPED]
        if not typed:
            continue
        sent = {**form.sent, **{name: [MARKUP, *form.sent[name][1:]] for name in typed}}
        sent[typed[0]] = ["bell \x07", *sent[typed[0]][1:]]
        found = list(troubles_of(walk.open(form.goal, data=sent, came_from=form.page), form, sent, typed[0]))
        tried.add(form.endpoint)
        if found:
            troubles[form.endpoint, form.page] = found
    return tried, troubles


def test_every_form_comes_back_as_it_was_typed_when_a_character_in_it_cannot_be_read(walk: Walk) -> None:
    tried, troubles = try_unreadable(walk)

    assert not troubles, "\n".join(f"{where}: {what}" for where, what in troubles.items())
    assert len(tried) > 30


@pytest.mark.proof
@pytest.mark.usefixtures("walk")
def test_so_does_every_form_of_every_other_role(walk_as: WalkAs) -> None:
    """A refused form comes back on a page, and not every page is for everybody."""
    tried, troubles = dict[Role, set[str]](), dict[tuple[Role, tuple[str, str]], list[str]]()
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            tried[role], found = try_unreadable(walk_as(role))
            troubles.update({(role, where): what for where, what in found.items()})

    assert not troubles, "\n".join(f"{where}: {what}" for where, what in troubles.items())
    assert len(tried[Role.DISPATCHER]) > 15
    assert len(tried[Role.PARTS] | tried[Role.CLERK]) > 10


Wrong = tuple[str, str, str]
"""What was typed wrongly: where the form goes, which field, and what stood in it."""


def try_limits(walk: Walk, tried: set[Wrong]) -> dict[Wrong, list[str]]:
    """Send every form with each field in turn holding what does not fit; return what went wrong.

    What others have tried already is tried once more for each form only: a form comes back on a page that is not
    everybody's, but its fields are read in one way.
    """
    troubles = dict[Wrong, list[str]]()
    for form in walk.forms.values():
        values = [(name, wrong) for name, control in form.controls.items() for wrong in wrong_values(control)]
        for place, (name, wrong) in enumerate(values):
            typed = (form.endpoint, name, wrong)
            if place and typed in tried:
                continue
            tried.add(typed)
            sent = form.with_value(name, wrong)
            found = list(troubles_of(walk.open(form.goal, data=sent, came_from=form.page), form, sent, name))
            if found:
                troubles[form.goal, name, wrong[:12]] = found
    return troubles


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_every_form_of_every_role_holds_its_own_limits_and_says_which_field_does_not_fit(
    walk: Walk, walk_as: WalkAs
) -> None:
    tried = set[Wrong]()
    troubles = {(Role.ADMINISTRATOR, typed): found for typed, found in try_limits(walk, tried).items()}
    assert len({endpoint for endpoint, _, _ in tried}) > 40
    shown = dict[Role, int]()
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            theirs = walk_as(role)
            shown[role] = len(theirs.forms)
            troubles.update({(role, typed): found for typed, found in try_limits(theirs, tried).items()})

    assert not troubles, "\n".join(f"{where}: {what}" for where, what in troubles.items())
    assert shown[Role.DISPATCHER] > 15
