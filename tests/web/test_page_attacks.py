"""What attackers try on every page: framing, planted sessions, altered links, somebody else's things (S2)."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from models import Handover, ServicePoint, ServiceRequest, Shift
from operations.foundation.links import make_handover_link, make_password_link, make_request_link, make_route_link
from operations.people.users import find_user
from policies.handovers import HandoverState
from policies.languages import Language
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import ADDRESS, Town
from tests.web.conftest import PASSWORD, SignIn, browser
from tests.web.department.test_service_points import settle_outside
from tests.web.filled_forms import read_token
from tests.web.offices import call_and_book

pytestmark = ON_SQLITE_ALONE
"""What pages send to a browser does not depend on the database."""

INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:src|href|action)=\"(?:https?:)?//", re.IGNORECASE)
POST_FORM = re.compile(r"<form[^>]*method=\"post\"[^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL)


def plain_pages(town: Town) -> Iterator[Rule]:
    """Every page of ours whose address names nothing."""
    for rule in town.app.url_map.iter_rules():
        if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ()) and not rule.arguments:
            yield rule


def test_every_page_can_be_framed_by_nobody_and_holds_nothing_inline_or_from_elsewhere(
    town: Town, sign_in: SignIn
) -> None:
    request = call_and_book(town)
    administrator = sign_in(Role.ADMINISTRATOR, language=Language.ZH)
    paths = [rule.rule for rule in plain_pages(town)]
    paths += [f"/requests/{request.number}", f"/requests/{request.number}/money", "/calls/1", "/customers/C1"]
    paths += ["/registers/technicians", "/registers/technicians/row?key=T1", "/no-such-page"]

    answers = {path: administrator.get(path) for path in paths}

    assert len(answers) > 40
    assert {path: one.status_code for path, one in answers.items() if one.status_code >= 500} == {}
    assert {path for path, one in answers.items() if not is_never_framed(path, one)} == set()
    pages = {path: one.text for path, one in answers.items() if one.mimetype == "text/html"}
    assert {path: INLINE.findall(text) for path, text in pages.items() if INLINE.search(text)} == {}
    assert {path: ELSEWHERE.findall(text) for path, text in pages.items() if ELSEWHERE.search(text)} == {}
    forms = [(path, form) for path, text in pages.items() for form in POST_FORM.findall(text)]
    assert len(forms) > 40
    assert {path for path, form in forms if 'name="csrf_token"' not in form} == set(), "every form carries its token"


def is_never_framed(path: str, answer: TestResponse) -> bool:
    policy = answer.headers.get("Content-Security-Policy", "")
    if path.startswith("/r/"):  # a technician's page reads codes with a compiled file of ours
        policy = policy.replace("'wasm-unsafe-eval'", "")
    return (
        "frame-ancestors 'none'" in policy
        and "default-src 'self'" in policy
        and "unsafe" not in policy
        and answer.headers["X-Content-Type-Options"] == "nosniff"
    )


def test_a_session_planted_before_the_sign_in_is_worth_nothing_after_it(town: Town, dispatcher: FlaskClient) -> None:
    """The attacker visits, keeps the cookie, and brings the victim to use it; the dispatcher exists already."""
    attacker, victim = browser(town), browser(town)
    token = read_token(attacker)
    planted = attacker.get_cookie("__Host-onecall", domain="onecall.example")
    assert planted is not None
    victim.set_cookie("__Host-onecall", planted.value, domain="onecall.example", secure=True)

    form = {"name": "dispatcher", "password": PASSWORD, "csrf_token": token}
    signed_in = victim.post("/sign-in", data=form)

    kept = victim.get_cookie("__Host-onecall", domain="onecall.example")
    assert signed_in.status_code == 302
    assert kept is not None
    assert kept.value != planted.value
    assert victim.get("/").status_code == 200
    assert attacker.get("/").status_code == 302, "the planted cookie signs nobody in"
    after = victim.post("/language", data={"csrf_token": token, "language": "en"})
    assert after.status_code == 422, "a form token from before the sign-in is worth nothing after it"
    assert dispatcher.get("/").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/%5cevil.example", ""],
)
@pytest.mark.parametrize("path", ["/sign-in", "/language"])
def test_nothing_that_leads_on_leads_elsewhere(path: str, wanted: str, town: Town, dispatcher: FlaskClient) -> None:
    client = browser(town)
    form = {"csrf_token": read_token(client), "next": wanted, "language": "en", "name": "dispatcher"}

    answer = client.post(path, data={**form, "password": PASSWORD})

    assert answer.status_code == 302
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))
    assert dispatcher.get("/").status_code == 200


def links_of(town: Town) -> dict[str, str]:
    """One good link of each kind: a technician's route, a customer's request, a password."""
    own = call_and_book(town)
    with town.services.database.writing() as session:
        house, now = town.services.house, town.clock.now()
        shift = session.scalars(select(Shift).order_by(Shift.starts_at)).first()
        assert shift is not None
        made = [
            make_route_link(session, shift=shift, house=house, now=now),
            make_request_link(session, request=session.get_one(ServiceRequest, own.id), house=house, now=now),
            make_password_link(session, user=find_user(session, name="dispatcher"), house=house, now=now),
        ]
    paths = [link.removeprefix(ADDRESS) for link in made]
    return {path.split("/")[1]: path for path in paths}


def test_a_link_used_twice_expired_altered_or_for_something_else_says_the_same_and_reveals_nothing(
    town: Town, dispatcher: FlaskClient
) -> None:
    stranger, links = browser(town), links_of(town)
    assert {kind: stranger.get(path).status_code for kind, path in links.items()} == {
        "r": 200,
        "v": 200,
        "password": 200,
    }
    altered = [path[:-1] + ("A" if path[-1] != "A" else "B") for path in links.values()]
    swapped = [f"/{kind}/{path.split('/')[2]}" for kind in (*links, "handover") for path in links.values()]
    wrong = [
        path
        for path in (*altered, *swapped, "/r/x", "/v/x", "/handover/x", "/password/x")
        if path not in links.values()
    ]
    form = {"new": "a new long password", "csrf_token": read_token(stranger, links["password"])}

    first = stranger.post(links["password"], data=form)
    used = stranger.post(links["password"], data={**form, "csrf_token": read_token(stranger)})
    answers = [stranger.get(path) for path in (*wrong, links["password"])]
    town.clock.set(town.clock.now() + dt.timedelta(days=60))
    answers += [used, *(stranger.get(path) for path in links.values())]

    assert first.status_code == 302
    assert {answer.status_code for answer in answers} == {410}
    said = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len({re.sub(r"/[\w-]+/[\w-]{6,}", "", text) for text in said}) == 1, "which of these it was is not said"
    assert "王" not in said.pop()
    assert dispatcher.get("/").status_code == 302, "whoever had the old password is out"


def link_rules(town: Town) -> list[tuple[str, Rule]]:
    """Every way in behind a link: how it is asked, and its rule."""
    return [
        (method, rule)
        for rule in town.app.url_map.iter_rules()
        if "secret" in rule.arguments
        for method in sorted({"GET", "POST"} & (rule.methods or set()))
    ]


@pytest.mark.usefixtures("dispatcher")
def test_every_address_behind_a_link_that_is_altered_or_over_says_so_in_the_browsers_language_and_nothing_else(
    town: Town,
) -> None:
    links, stranger, told = links_of(town), browser(town), set[str]()
    settle_outside(town)
    with town.services.database.writing() as session:
        handover = Handover(
            request_id=session.scalars(select(ServiceRequest.id)).one(),
            service_point_id=session.scalars(select(ServicePoint.id)).one(),
            state=HandoverState.OFFERED,
            offered_at=town.clock.now(),
            answer_until_at=town.clock.now(),
        )
        session.add(handover)
        session.flush()
        link = make_handover_link(session, handover=handover, house=town.services.house, now=town.clock.now())
    links["handover"] = link.removeprefix(ADDRESS)
    town.clock.set(town.clock.now() + dt.timedelta(days=60))
    token = read_token(stranger)

    for number, (method, rule) in enumerate(link_rules(town)):
        kind = rule.rule.split("/")[1]
        over = links[kind].split("/")[2]
        for place, secret in enumerate((over, over[:-1] + ("A" if over[-1] != "A" else "B"))):
            for language, words in (("zh-CN", "链接已失效"), ("en", "This link is no longer good")):
                answer = stranger.open(
                    rule.rule.replace("<secret>", secret).replace("<code>", "K7PD"),
                    method=method,
                    data={"csrf_token": token, "new": "a new long password", "do": "done"}
                    if method == "POST"
                    else None,
                    headers={"Accept-Language": language},
                    environ_overrides={"REMOTE_ADDR": f"10.{number}.{place}.{language == 'en':d}"},
                )
                told.add(kind)
                # What a script sends is read before its link is looked at: 422 says only that it is malformed.
                assert answer.status_code == 410 or (kind == "r" and answer.status_code == 422), (method, rule.rule)
                assert answer.status_code == 422 or words in answer.text, (method, rule.rule, language)
                assert not re.search("王|Wang|李|LX-2|Nanjing|南京|1380000|K7PD", answer.text), rule.rule

    assert told == set(links)


def test_the_installed_page_opened_by_a_stranger_reveals_nothing(town: Town, stranger: FlaskClient) -> None:
    call_and_book(town)

    home = stranger.get("/r/")
    without_secret = stranger.get("/r")

    assert home.status_code == 200
    assert without_secret.status_code in {200, 301, 308, 404}
    for word in ("王", "Wang", "李", "Li Qiang", "LX-2", "Nanjing", "南京", "138000", "139000"):
        assert word not in home.text
    assert stranger.get("/r/day.json").status_code == 410
    assert stranger.post("/r/entries", data="{}").status_code in {404, 405}


@pytest.mark.parametrize("role", [Role.PARTS, Role.SALESPERSON, Role.TRAINER, Role.TECHNICIAN])
def test_whoever_guesses_the_address_of_somebody_elses_file_is_refused(role: Role, town: Town, sign_in: SignIn) -> None:
    """What exists and what does not is refused alike: nobody learns which numbers there are."""
    own = call_and_book(town)
    client = sign_in(role)
    rules = [
        rule
        for rule in town.app.url_map.iter_rules()
        if rule.endpoint.startswith("web.") and rule.arguments and "GET" in (rule.methods or ())
    ]
    guarded = [
        rule
        for rule in rules
        if role not in getattr(town.app.view_functions[rule.endpoint], "page_roles", frozenset(Role))
    ]

    statuses = set()
    for rule in guarded:
        for wanted in (own.number, "1", "C1", "99999999"):
            statuses.add(client.get(re.sub(r"<(?:int:|path:)?\w+>", wanted, rule.rule)).status_code)

    assert len(guarded) > 15
    assert statuses <= {403, 404}
    pages = [f"/requests/{own.number}/money", "/customers/C1", "/calls/1", "/calls/1/recordings/1.wav", "/files/photo"]
    assert {client.get(path).status_code for path in pages} == {403}
    request = client.get(f"/requests/{own.number}")
    if role is Role.PARTS:  # the store keeps parts for a visit: it sees the machine and the window, and nobody's name
        assert request.status_code == 200
        for hidden in ("Wang Xiaoming", "王小明", "13800000001", "Nanjing", "/files/", "/calls/", "/customers/"):
            assert hidden not in request.text, hidden
    else:
        assert request.status_code == 403


def test_a_number_that_no_database_can_hold_leads_nowhere_and_fails_nothing(town: Town, sign_in: SignIn) -> None:
    administrator, huge = sign_in(Role.ADMINISTRATOR), "9" * 30
    pages = [
        rule for rule in town.app.url_map.iter_rules() if rule.endpoint.startswith("web.") and "<int:" in rule.rule
    ]
    rules = [rule.rule for rule in pages if "GET" in (rule.methods or ())]
    token = read_token(administrator, "/account")

    found = {rule: administrator.get(re.sub(r"<(?:int:|path:)?\w+>", huge, rule)).status_code for rule in rules}
    asked = {path: administrator.get(f"{path}={huge}").status_code for path in ("/calls?before", "/requests/new?call")}
    chosen = administrator.post("/workshop/loans", data={"csrf_token": token, "loaner": huge, "number": "1"})

    assert len(found) > 10
    assert set(found.values()) == {404}
    assert asked == {"/calls?before": 200, "/requests/new?call": 404}
    assert chosen.status_code in {404, 422}
