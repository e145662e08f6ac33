"""The table of rights as a specification: whoever may not is refused at every address, and nothing is written (T3, S2).

It is written beside the code, not read from it: a page whose roles are opened too wide fails here. A new page falls
under the last lines: the office reads, whoever speaks with customers writes.
"""

import re

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from models import Base
from models.database import Database
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.forms import read_token
from tests.web.offices import call_and_book
from tests.web.test_access import is_public, pages

ADMINISTRATOR, MANAGER, DISPATCHER, CLERK = Role.ADMINISTRATOR, Role.MANAGER, Role.DISPATCHER, Role.CLERK
PLAN = {ADMINISTRATOR, MANAGER, DISPATCHER}
SPEAK = PLAN | {CLERK}
READ = SPEAK | {Role.SUPERVISOR, Role.EXPERT, Role.COMPLAINTS, Role.AUDITOR}
KEEP_REGISTERS = PLAN | {Role.PARTS, Role.TRAINER}
READ_REGISTERS = KEEP_REGISTERS | {Role.SUPERVISOR, Role.SALESPERSON, Role.AUDITOR}
DECISIONS = (
    r".*/(approve|reverse|publish|refuse|undo|solve|end|pause|resume|measure|pin|hand-on)|/(moves|campaigns|proposals).*"
    r"|/customers/merges.*|/agreements/.*|/money/expenses.*|/radar/.*|/team/.*"
)

RIGHTS: tuple[tuple[str, str, set[Role]], ...] = (
    ("GET POST", r"/account.*|/sign-out|/work", set(Role)),
    ("GET POST", r"/users.*|/hooks.*|/api-keys.*", {ADMINISTRATOR}),
    ("GET", r"/team/members/.*", {ADMINISTRATOR, MANAGER, Role.SUPERVISOR, Role.TRAINER, Role.AUDITOR}),
    ("POST", r"/team/members/.*/withdraw", {ADMINISTRATOR, MANAGER, Role.SUPERVISOR}),
    ("POST", r"/team/members/.*", {ADMINISTRATOR, MANAGER, Role.SUPERVISOR, Role.TRAINER}),
    ("POST", r"/policy.*", {ADMINISTRATOR}),
    ("POST", r"/texts.*", {ADMINISTRATOR, MANAGER}),
    ("GET", r"/policy.*|/audit.*|/texts.*", {ADMINISTRATOR, MANAGER, Role.AUDITOR}),
    ("GET POST", r"/customers/<number>/(data.*|erase)", {ADMINISTRATOR, MANAGER}),
    ("GET", r"/registers/<name>/row", KEEP_REGISTERS),
    ("GET", r"/registers.*", READ_REGISTERS),
    ("POST", r"/registers.*", KEEP_REGISTERS),
    ("GET", r"/(parts|workshop|shipments).*", READ | {Role.PARTS}),
    ("POST", r"/parts.*", PLAN | {Role.PARTS}),
    ("POST", r"/(workshop|shipments).*", SPEAK | {Role.PARTS}),
    ("GET", r"/requests/<number>(/parts)?", READ | {Role.PARTS}),
    ("POST", r"/requests/<number>/parts.*", SPEAK | {Role.PARTS}),
    ("POST", r"/requests/<number>/note", READ - {Role.AUDITOR}),
    ("GET", r"/knowledge/drafts.*", {ADMINISTRATOR, MANAGER, CLERK}),
    ("GET", r"/knowledge.*", READ | {Role.SALESPERSON, Role.TRAINER}),
    ("POST", r"/knowledge.*", {ADMINISTRATOR, MANAGER, CLERK}),
    ("GET", r"/requests/new.*|.*/windows|.*\.wav|/agent.*", SPEAK),
    # A draft binds nobody: whoever speaks with the customer writes it down, and another of the planners approves it.
    ("GET POST", r"/agreements/(new|<number>/edit)", SPEAK),
    ("POST", r"/work-reports.*", {ADMINISTRATOR, MANAGER, Role.SUPERVISOR}),
    ("POST", r"/complaints.*", SPEAK | {Role.COMPLAINTS}),
    ("POST", r"/commitments/.*/events.*", {ADMINISTRATOR, MANAGER, Role.SUPERVISOR}),
    ("POST", r"/clock-rules.*", {ADMINISTRATOR, MANAGER}),
    ("POST", DECISIONS, PLAN),
    ("POST", r".*", SPEAK),
    ("GET", r".*", READ),
)
"""Method, address, who may: the first line that fits counts."""


def who_may(method: str, rule: Rule) -> set[Role]:
    return next(
        roles
        for methods, address, roles in RIGHTS
        if method in methods.split() and re.fullmatch(address, rule.rule.replace("<int:", "<"))
    )


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


@pytest.mark.proof
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
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
