"""Who and what the record names, in the words of the page, on the pages of clocks and on certificates (K1, K3, C1)."""

import ast
import re
from collections.abc import Iterator

from sqlalchemy import select

from jobs.clock_timers import check_clocks, fire_clock_timers
from models import Commitment, ServiceRequest
from operations.clocks.clock_events import pause_clock, resume_clock
from operations.matters.corrections import correct_event, find_event
from operations.telephone.call_backs import promise_call_about
from policies.call_backs import CallBackReason
from policies.commitments import PauseReason
from policies.languages import Language
from policies.roles import Role
from tests.architecture.rooms import PROJECT
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.offices import call_and_book, publish_day, technician_of
from web.wording.record_words import say_look, say_party, say_step
from web.wording.sentences import load_sentences, use_language

ROOMS = ("operations", "ivr", "web", "jobs", "cli")
NAMED = {"source", "actor", "SOURCE", "ACTOR", "OURSELVES", "CUSTOMER"}
NOT_WORDS = re.compile(r"SL-\w+|T\d+|CA\w+|SMS")


def parties() -> Iterator[str]:
    """Whoever the code names as source or actor of an event, where it writes the word out."""
    trees = [ast.parse(file.read_text("utf-8")) for room in ROOMS for file in (PROJECT / room).rglob("*.py")]
    for node in (node for tree in trees for node in ast.walk(tree)):
        given: list[tuple[str | None, ast.expr]] = []
        if isinstance(node, ast.Call):
            given = [(keyword.arg, keyword.value) for keyword in node.keywords]
        elif isinstance(node, ast.Assign):
            given = [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
        yield from (
            value.value
            for name, value in given
            if name in NAMED and isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value
        )


def test_everybody_the_record_names_has_a_word_in_both_languages() -> None:
    named = {party.replace(" ", "_") for party in parties()}

    assert {"caller", "desk", "duty_ladder", "command_line"} <= named
    for language in Language:
        assert {f"party.{party}" for party in named} - set(load_sentences(language)) == set(), language


def lists_by_name() -> Iterator[str]:
    """Every list that can be taken along, where the code writes its name out."""
    for file in (PROJECT / "web").rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            is_table = isinstance(call.func, ast.Name) and call.func.id == "Table"
            if is_table and call.args and isinstance(call.args[0], ast.Constant):
                yield str(call.args[0].value)


def test_every_list_that_somebody_may_have_taken_along_has_a_word_in_both_languages() -> None:
    named = {*lists_by_name(), "drafts", "renewals", "running", "waiting", "ended", "open", "over"}

    assert {"calls", "commitments", "found"} <= named
    for language in Language:
        assert {f"listed.{name}" for name in named} - set(load_sentences(language)) == set(), language


def test_a_look_is_said_with_what_it_was_at_and_a_list_with_its_page(town: Town) -> None:
    with town.app.test_request_context():
        use_language(Language.EN)
        said = [
            say_look(one) for one in ("request:123", "list:calls:/calls", "list:gone:/x", "register:parts", "odd:1")
        ]

    assert said == [
        "Request 123",
        "List taken along: Call log /calls",
        "List taken along: gone /x",
        "Register Parts",
        "odd 1",
    ]


def test_technicians_and_those_on_duty_keep_what_tells_them_apart_and_people_their_names(town: Town) -> None:
    with town.app.test_request_context():
        use_language(Language.EN)
        said = [say_party(one) for one in ("technician:T1", "duty:3", "customer:7", "Zhou Min", "")]

        assert said == ["technician T1", "on duty 3", "the customer", "Zhou Min", ""]
        assert (say_step("warn"), say_step("tell_the_owner")) == ("warning", "tell the owner")


@ON_SQLITE_ALONE
def test_no_word_of_the_machine_is_left_on_a_chinese_clock_page_or_certificate(town: Town, sign_in: SignIn) -> None:
    request = call_and_book(town)
    publish_day(town)
    phone, code = technician_of(town, request)
    phone.text(f"accept {code}", to=town.hotline)
    with town.services.database.writing() as session:
        found = session.get_one(ServiceRequest, request.id)
        promise_call_about(session, request=found, reason=CallBackReason.NO_WINDOW, now=town.clock.now())
        clock = session.scalars(select(Commitment).where(Commitment.kind == "on_site")).one()
        pause_clock(session, commitment=clock, reason=PauseReason.NO_ACCESS, by="周敏", now=town.clock.now())
        resume_clock(session, commitment=clock, by="周敏", now=town.clock.now())
        first = find_event(session, subject=clock.subject, position=1)
        assert first is not None
        correct_event(
            session, event=first, request_id=request.id, reason="x", by="周敏", now=town.clock.now(),
            occurred_at=first.occurred_at,
        )  # fmt: skip
    town.clock.advance(24 * 3600)
    check_clocks(town.services)
    fire_clock_timers(town.services)
    with town.services.database.reading() as session:
        clocks = {row.kind: row.id for row in session.scalars(select(Commitment))}

    office = sign_in(Role.DISPATCHER, language=Language.ZH)
    pages = {kind: office.get(f"/commitments/{clock_id}").text for kind, clock_id in clocks.items()}
    pages["certificate"] = office.get(f"/requests/{request.number}/certificate").text

    assert {"answer", "on_site", "call_back"} <= set(clocks)
    assert "预警" in pages["on_site"]
    assert "承诺的回电" in pages["call_back"]
    for name, page in pages.items():
        shown = re.findall(r"<(?:td|dd|h1)[ >].*?</(?:td|dd|h1)>", page, re.DOTALL)
        text = " ".join(re.sub(r"<code>.*?</code>|<[^>]+>", " ", one) for one in shown)
        assert re.findall(r"[A-Za-z]+[A-Za-z_:]*", NOT_WORDS.sub("", text)) == [], name
