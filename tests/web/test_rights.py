"""The table of rights as a specification: whoever may not is refused at every address, and nothing is written (T3, S2).

It is written beside the code, not read from it: a page whose roles are opened too wide fails here, and so does a new
page, a new register or a new route of the API for which nobody has said whose it is.
"""

import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from models import Base, Shift, Technician
from models.database import Database
from operations.foundation.links import make_route_link
from operations.office.registers import REGISTERS
from policies.api_scopes import ApiScope
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.factories.pictures import photo
from tests.town import ADDRESS, Town
from tests.web.api.test_api import Caller
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.foundation.test_access import is_public, pages
from tests.web.offices import call_and_book, state_of, technician_of
from web.setup.registers import keepers_of, readers_of

FORBIDDEN, NOT_FOUND = 403, 404
SAID = "2026-11-23T09:00:00+08:00"
ADMINISTRATOR, MANAGER, DISPATCHER, CLERK = Role.ADMINISTRATOR, Role.MANAGER, Role.DISPATCHER, Role.CLERK
PLAN = {ADMINISTRATOR, MANAGER, DISPATCHER}
SPEAK = PLAN | {CLERK}
READ = SPEAK | {Role.SUPERVISOR, Role.EXPERT, Role.COMPLAINTS, Role.AUDITOR}
KEEP_REGISTERS = PLAN | {Role.PARTS, Role.TRAINER}
READ_REGISTERS = KEEP_REGISTERS | {Role.SUPERVISOR, Role.SALESPERSON, Role.AUDITOR}
DECIDE = {ADMINISTRATOR, MANAGER}
DECISIONS = (
    r"/agreements/<number>/.*|/campaigns.*|/commitments/<clock_id>/(pause|resume)|/customers/merges.*"
    r"|/desk/escalations/<matter_id>/hand-on|/money/expenses.*|/moves.*|/proposals.*|/radar/.*|/replays.*"
    r"|/requests/<number>/(pin|measure|money/<settlement_id>/(approve|reverse))|/team/<technician_id>/.*"
)
TALKS = (
    r"/agent/.*|/calls/<call_id>/recording|/care/.*|/commitments/(<clock_id>/restored|alerts/.*)|/customer-calls/.*"
    r"|/customers/(<number>/(care|days|greetings)|assets/.*)|/desk/.*|/messages/.*|/money/receivables/.*"
    r"|/requests/(new/<asset_id>|<number>/(close|repeat|windows))|/requests/<number>/money/.*|/returns.*"
)
LOOKS = (
    r"/|/(day|calls|campaigns|commitments|complaints|customers|messages|proposals|radar|replays|reports|work-reports).*"
    r"|/(agreements(/<number>)?|care|clock-rules|customer-calls|desk|files/<key>|money|returns|service-points|team)"
    r"|/(troubles|requests/<number>/(money|certificate|proof.json))"
)

RIGHTS: tuple[tuple[str, str, set[Role]], ...] = (
    ("GET POST", r"/account.*|/sign-out|/work", set(Role)),
    ("GET POST", r"/users.*|/hooks.*|/api-keys.*", {ADMINISTRATOR}),
    ("GET", r"/team/members/.*", DECIDE | {Role.SUPERVISOR, Role.TRAINER, Role.AUDITOR}),
    ("POST", r"/team/members/.*/withdraw", DECIDE | {Role.SUPERVISOR}),
    ("POST", r"/team/members/.*", DECIDE | {Role.SUPERVISOR, Role.TRAINER}),
    ("POST", r"/policy.*", {ADMINISTRATOR}),
    ("POST", r"/texts.*", DECIDE),
    ("GET", r"/policy.*|/audit.*|/texts.*", DECIDE | {Role.AUDITOR}),
    ("GET POST", r"/customers/<number>/(data.*|erase)", DECIDE),
    ("GET", r"/registers/territories/outline.*", DECIDE | {Role.AUDITOR}),
    ("POST", r"/registers/territories/outline.*", DECIDE),
    ("GET", r"/registers/<name>/row", KEEP_REGISTERS),
    ("GET", r"/registers.*", READ_REGISTERS),
    ("POST", r"/registers.*", KEEP_REGISTERS),
    ("GET", r"/parts/moves/levels", PLAN | {Role.PARTS}),
    ("GET", r"/(parts|workshop|shipments).*", READ | {Role.PARTS}),
    ("POST", r"/parts.*", PLAN | {Role.PARTS}),
    ("POST", r"/(workshop|shipments).*", SPEAK | {Role.PARTS}),
    ("GET", r"/requests/<number>(/parts)?", READ | {Role.PARTS}),
    ("POST", r"/requests/<number>/parts.*", SPEAK | {Role.PARTS}),
    ("POST", r"/requests/<number>/note", READ - {Role.AUDITOR}),
    ("GET", r"/knowledge/drafts.*", DECIDE | {CLERK}),
    ("GET", r"/knowledge.*", READ | {Role.SALESPERSON, Role.TRAINER}),
    ("POST", r"/knowledge.*", DECIDE | {CLERK}),
    ("GET", r"/requests/new.*|.*/windows|.*\.wav|/agent.*", SPEAK),
    # A draft binds nobody: whoever speaks with the customer writes it down, and another of the planners approves it.
    ("GET POST", r"/agreements/(new|<number>/edit)", SPEAK),
    ("POST", r"/work-reports.*", DECIDE | {Role.SUPERVISOR}),
    ("POST", r"/complaints.*", SPEAK | {Role.COMPLAINTS}),
    ("GET", r"/risks", READ),
    ("POST", r"/risks", DECIDE | {Role.SUPERVISOR, Role.AUDITOR}),
    ("POST", r"/risks/.*", DECIDE | {Role.SUPERVISOR}),
    ("GET POST", r"/commitments/.*/events.*", DECIDE | {Role.SUPERVISOR}),
    ("GET", r"/clock-rules/.*", DECIDE),
    ("POST", r"/clock-rules.*", DECIDE),
    ("POST", DECISIONS, PLAN),
    ("POST", TALKS, SPEAK),
    ("GET", LOOKS, READ),
)
"""Method, address, who may: the first line that fits counts."""


STAFF = {Role.SUPERVISOR, Role.TRAINER}
KEPT: dict[str, tuple[set[Role], set[Role]]] = {
    **dict.fromkeys(("customers", "assets", "agreements"), ({ADMINISTRATOR}, set())),
    **dict.fromkeys(("areas", "territories", "preventive"), (DECIDE, {Role.AUDITOR})),
    **dict.fromkeys(("prices", "service-points"), (DECIDE, {Role.AUDITOR, Role.SALESPERSON})),
    **dict.fromkeys(("places", "loaners", "parts"), (DECIDE | {Role.PARTS}, {Role.AUDITOR})),
    **dict.fromkeys(("shifts", "absences", "duty"), (PLAN, {Role.AUDITOR})),
    **dict.fromkeys(("faults", "technicians"), (DECIDE, STAFF | {Role.AUDITOR, DISPATCHER})),
    "products": (DECIDE, {Role.AUDITOR, Role.SALESPERSON, Role.TRAINER, Role.PARTS}),
    "skills": (DECIDE | {Role.TRAINER}, {Role.AUDITOR}),
    "certificates": (DECIDE | {Role.TRAINER}, {Role.AUDITOR, DISPATCHER, Role.SUPERVISOR}),
}
"""Each register: who changes it, and who sees it besides."""

OPENED_BY: dict[tuple[str, str], ApiScope] = {
    ("GET", "/requests"): ApiScope.REQUESTS_READ,
    ("GET", "/requests/<number>"): ApiScope.REQUESTS_READ,
    ("POST", "/requests"): ApiScope.REQUESTS_WRITE,
    ("POST", "/requests/<number>/withdrawal"): ApiScope.REQUESTS_WRITE,
    ("GET", "/visits"): ApiScope.VISITS_READ,
    ("GET", "/visits/<code>"): ApiScope.VISITS_READ,
    ("POST", "/requests/<number>/windows"): ApiScope.VISITS_WRITE,
    ("POST", "/requests/<number>/bookings"): ApiScope.VISITS_WRITE,
    ("GET", "/customers"): ApiScope.CUSTOMERS_READ,
    ("GET", "/customers/<number>"): ApiScope.CUSTOMERS_READ,
    ("GET", "/technicians"): ApiScope.TECHNICIANS_READ,
    ("GET", "/messages"): ApiScope.MESSAGES_READ,
}
"""Each route of the JSON API: the one scope that opens it."""


def who_may(method: str, rule: Rule) -> set[Role]:
    path = rule.rule.replace("<int:", "<")
    found = [roles for methods, address, roles in RIGHTS if method in methods.split() and re.fullmatch(address, path)]
    assert found, f"nobody has said whose {method} {path} is: give it a line"
    return found[0]


def address_of(rule: Rule, number: str) -> str:
    """An address of things that are there, as far as the town has them, so that a page that lets in does something."""
    named = {
        "<number>": "C1" if rule.rule.startswith("/customers") else number,
        "<name>": "skills",
        "<serial>": "LX-2A345678",
    }
    path = rule.rule
    for name, value in named.items():
        path = path.replace(name, value)
    return re.sub(r"<(?:int:)?\w+>", "1", path)


def rows_of(database: Database) -> dict[str, list[str]]:
    with database.reading() as session:
        return {table.name: [*map(str, session.execute(select(table)).all())] for table in Base.metadata.sorted_tables}


@ON_SQLITE_ALONE
def test_every_page_is_open_to_those_whose_it_is_and_to_nobody_else(town: Town) -> None:
    stated = {
        (method, rule.rule): (who_may(method, rule), set(town.app.view_functions[rule.endpoint].__dict__["page_roles"]))
        for method in ("GET", "POST")
        for rule in pages(town, method)
        if not is_public(town, rule)
    }

    assert len(stated) > 150
    assert {page: found for page, (wanted, found) in stated.items() if wanted != found} == {}


def test_every_register_is_changed_and_seen_by_those_whose_it_is() -> None:
    assert {name: (set(keepers_of(name)), set(readers_of(name) - keepers_of(name))) for name in REGISTERS} == KEPT


@ON_SQLITE_ALONE
def test_every_route_of_the_api_is_opened_by_its_one_scope(town: Town, stranger: FlaskClient) -> None:
    rules = [rule for rule in town.app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    found = {
        (m, rule.rule.removeprefix("/api/v1")) for rule in rules for m in {"GET", "POST"} & (rule.methods or set())
    }
    assert found == set(OPENED_BY), "nobody has said which scope opens a new route: give it a line"

    opened = set[tuple[str, str, ApiScope]]()
    for scope in ApiScope:
        caller = Caller(town, stranger, scope, name=f"only {scope}")
        for method, path in OPENED_BY:
            answer = caller.ask(method, path.replace("<number>", "12345678").replace("<code>", "K7PD"), {})
            if answer.status_code != FORBIDDEN:
                opened.add((method, path, scope))

    assert opened == {(*route, scope) for route, scope in OPENED_BY.items()}


@ON_SQLITE_ALONE
def test_a_technicians_link_opens_and_moves_no_visit_of_a_colleague(town: Town, stranger: FlaskClient) -> None:
    request = call_and_book(town)
    owner, code = technician_of(town, request)
    with town.services.database.writing() as session:
        shifts = session.scalars(select(Shift).join(Shift.technician).where(Technician.phone != owner.number)).all()
        house, now = town.services.house, town.clock.now()
        colleague = make_route_link(session, shift=shifts[0], house=house, now=now).removeprefix(ADDRESS)
    before = state_of(town, request)
    entry: dict[str, object] = {
        "key": str(uuid.uuid4()),
        "kind": "departed",
        "visit": code,
        "at": SAID,
        "seen": None,
        "data": {},
    }
    bodies = {"entries": {"sent_at": SAID, "entries": [entry]}, "next": {"hold_id": 1}}
    picture = {"key": str(uuid.uuid4()), "visit": code, "at": SAID, "sent_at": SAID, "kind": "after"}

    for rule in town.app.url_map.iter_rules():
        if not rule.rule.startswith("/r/<secret>"):
            continue
        method, last = "POST" if "POST" in (rule.methods or ()) else "GET", rule.rule.rsplit("/", 1)[1]
        path = rule.rule.replace("/r/<secret>", colleague).replace("<code>", code)
        if last == "photos":
            answer = stranger.post(path, query_string=picture, data=photo())
        else:
            answer = stranger.open(path, method=method, json=bodies.get(last, {}) if method == "POST" else None)
        assert answer.status_code < 500, path
        if last in {"entries", "photos"}:
            assert re.findall('"reason": ?"([^"]*)"', answer.text) == ["unknown_visit"], path
        else:
            assert "<code>" not in rule.rule or answer.status_code == NOT_FOUND, path
            assert code not in answer.text, path
        assert "Nanjing" not in answer.text
        assert "南京" not in answer.text

    assert state_of(town, request) is before


@pytest.mark.proof
@ON_SQLITE_ALONE
def test_no_role_reads_or_writes_what_it_should_not(town: Town, sign_in: SignIn) -> None:
    number = call_and_book(town).number
    let_in = []
    for place, role in enumerate(Role, start=1):
        desk = {"X-Forwarded-For": f"10.0.0.{place}"}  # each at a desk of their own: one address may ask only so much
        browser = sign_in(role)
        token = read_token(browser, "/account")
        before = rows_of(town.services.database)
        for method in ("GET", "POST"):
            for rule in pages(town, method):
                if is_public(town, rule) or role in who_may(method, rule):
                    continue
                form = {"csrf_token": token, "number": "C1"} if method == "POST" else None
                answer = browser.open(address_of(rule, number), method=method, headers=desk, data=form)
                # Whoever has no business with the day is led from the first page to where their work begins.
                is_led_away = rule.rule == "/" and answer.status_code == 302 and answer.location != "/"
                if answer.status_code != 403 and not is_led_away:
                    let_in.append((str(role), method, rule.rule, answer.status_code))
        assert rows_of(town.services.database) == before, f"a refused {role} has written something"

    assert let_in == []
