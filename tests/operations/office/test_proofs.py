"""A certificate holds for whoever checks it alone, and whatever is changed in it is found and named (K3)."""

import copy
import datetime as dt
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy.orm import Session

from models import InboundMessage, ServiceRequest, StatusEvent
from models.database import Database
from operations.clients.signer import Signer
from operations.clocks.clock_events import agree_target, pause_clock, resume_clock
from operations.clocks.commitments import find_commitment, refresh_commitments, request_subject
from operations.clocks.proof_anchors import anchor_chains, list_anchors, prove_anchored, write_anchor
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.foundation.events import list_events, record_event
from operations.inbox.inbound_letters import record_mail_event
from operations.office.proofs import CERTIFICATE_WORDS, issue_proof
from policies.commitments import PauseReason
from policies.event_chain import FIRST_HASH, write_canonical
from policies.merkle import build_levels, root_of
from policies.message_channels import MessageChannel
from tests.factories.city import HOUSE, City, make_city, open_visit
from tests.factories.instants import MIDNIGHT, NIGHT, hours
from tests.factories.looking import looking
from tests.prepared import prepare
from verify_proof import check_proof, hash_event, main

SIGNER = Signer(bytes(range(32)))
STRANGER = Signer(bytes(32))
Proof = dict[str, Any]


@pytest.fixture
def city_and_request(database: Database) -> tuple[City, int]:
    return prepare(database, make_done_request)


@pytest.fixture
def city(city_and_request: tuple[City, int]) -> City:
    return city_and_request[0]


@pytest.fixture
def request_id(city_and_request: tuple[City, int]) -> int:
    return city_and_request[1]


def make_done_request(session: Session) -> tuple[City, int]:
    """A visit that was offered, promised, paused, resumed and done; four office hours were agreed for its repair."""
    city = make_city(session)
    visit = open_visit(session, city, phone="+8613800000009")
    offer = offer_windows(session, visit=visit, now=NIGHT)
    commit_hold(session, hold=offer.holds[0], house=HOUSE, now=NIGHT, source="hotline", actor="caller")
    request_id, visit_id = visit.request_id, visit.id
    subject = request_subject(request_id)
    agree_target(
        session, subject=subject, request_id=request_id, kind="restoration", minutes=240, calendar="office",
        agreement="A-7", by="zhang", now=NIGHT,
    )  # fmt: skip
    clock = find_commitment(session, request_id=request_id, kind="on_site")
    pause_clock(session, commitment=clock, reason=PauseReason.NO_ACCESS, by="zhang", now=NIGHT + hours(1))
    resume_clock(session, commitment=clock, by="zhang", now=NIGHT + hours(2))
    for kind, after in (("visit_on_the_way", 10), ("visit_arrived", 11), ("visit_completed", 12)):
        at = NIGHT + hours(after)
        record_event(
            session, subject=subject, kind=kind, occurred_at=at, recorded_at=at, source="sms",
            actor="technician:T1", facts={"visit": visit_id},
        )  # fmt: skip
    refresh_commitments(session, subject=subject, request_id=request_id, now=NIGHT + hours(12))
    return city, request_id


def issue(database: Database, request_id: int, *, after: float = 30) -> Proof:
    with looking(database) as session:
        request = session.get_one(ServiceRequest, request_id)
        proof = issue_proof(session, request=request, signer=SIGNER, house=HOUSE, now=NIGHT + hours(after))
    # As it travels: written and read again.
    return json.loads(json.dumps(proof, ensure_ascii=False))


def anchor(database: Database, day: int) -> None:
    with database.writing() as session:
        on = MIDNIGHT.date() + dt.timedelta(days=day)
        anchor_chains(session, day=on, signer=SIGNER, now=MIDNIGHT + hours(24 * day))


def test_a_certificate_holds_and_states_clocks_and_promises(database: Database, request_id: int) -> None:
    proof = issue(database, request_id)

    assert check_proof(proof, SIGNER.public_key) == []
    verdicts = {clock["rule"]["kind"]: clock["verdict"]["state"] for clock in proof["clocks"]}
    assert verdicts == {"on_site": "met", "restoration": "met"}
    (promise,) = proof["promises"]
    assert (promise["is_first_kept"], promise["is_last_kept"]) == (True, True)


def test_an_email_about_the_request_is_in_its_certificate_with_its_clock(database: Database, request_id: int) -> None:
    with database.writing() as session:
        letter = InboundMessage(
            message_sid="email:<1>", channel=MessageChannel.EMAIL, from_number="wang@example.com", body="When?",
            received_at=NIGHT, request_id=request_id, is_waiting=True, understood_as="",
        )  # fmt: skip
        session.add(letter)
        session.flush()
        record_mail_event(session, letter=letter, kind="email_received", actor="customer", now=NIGHT)
    with database.writing() as session:
        letter = session.query(InboundMessage).one()
        record_mail_event(session, letter=letter, kind="email_answered", actor="clerk", now=NIGHT + hours(3))

    proof = issue(database, request_id)

    assert check_proof(proof, SIGNER.public_key) == []
    assert {clock["rule"]["kind"]: clock["verdict"]["state"] for clock in proof["clocks"]}["email"] == "met"
    assert "wang@example.com" not in json.dumps(proof)


def test_a_certificate_shows_no_personal_data_and_holds_after_they_are_erased(
    database: Database, request_id: int
) -> None:
    before = issue(database, request_id)
    with database.writing() as session:
        for event in list_events(session, subject=request_subject(request_id)):
            event.personal = event.personal_salts = None
    after = issue(database, request_id)

    assert "13800000009" not in json.dumps(before)
    assert before == after
    assert check_proof(after) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "visit_completed"), ("occurred_at", "2026-11-22T15:00:00.000000Z"), ("actor", "technician:T2"),
        ("source", "phone"), ("recorded_at", "2026-11-22T15:00:00.000000Z"), ("facts", {"visit": 99}),
        ("personal", {"contact_phone": "0" * 64}), ("previous", "1" * 64), ("hash", "1" * 64),
    ],
)  # fmt: skip
@pytest.mark.parametrize("hashing", ["as it was", "anew"])
def test_a_changed_event_is_named_even_when_the_chain_is_hashed_anew(
    database: Database, request_id: int, field: str, value: object, hashing: str
) -> None:
    proof = issue(database, request_id)
    chain = proof["chains"][0]
    chain["events"][3][field] = value
    if hashing == "anew" and field not in {"hash", "previous"}:
        hash_anew(chain)

    findings = check_proof(proof)

    assert any("event 3 (" in finding for finding in findings), findings
    assert not any("event 2 " in finding for finding in findings), findings


def hash_anew(chain: dict[str, Any]) -> None:
    previous = FIRST_HASH
    for event in chain["events"]:
        event["previous"] = previous
        event["hash"] = previous = hash_event(chain["subject"], event)
    chain["head"] = previous


def remove(events: list[dict[str, Any]]) -> None:
    del events[3]


def cut_off(events: list[dict[str, Any]]) -> None:
    del events[-1]


def put_in(events: list[dict[str, Any]]) -> None:
    events.insert(3, copy.deepcopy(events[3]) | {"kind": "visit_arrived", "hash": "2" * 64})


def repeat(events: list[dict[str, Any]]) -> None:
    events.insert(3, copy.deepcopy(events[3]))


def swap(events: list[dict[str, Any]]) -> None:
    events[3], events[4] = events[4], events[3]


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (remove, "event 3 is missing"),
        (cut_off, "is missing"),
        (put_in, "altered or put in"),
        (repeat, "stands there twice"),
        (swap, "was moved"),
    ],
)
def test_an_event_removed_put_in_or_moved_is_found_and_named(
    database: Database, request_id: int, tamper: Callable[[list[dict[str, Any]]], None], says: str
) -> None:
    proof = issue(database, request_id)
    tamper(proof["chains"][0]["events"])

    findings = check_proof(proof)

    assert any(says in finding for finding in findings), findings


def test_a_chain_cut_off_with_its_count_and_head_is_found_by_the_certificates_signature(
    database: Database, request_id: int
) -> None:
    proof = issue(database, request_id)
    chain = proof["chains"][0]
    del chain["events"][-1]
    chain["count"], chain["head"] = len(chain["events"]), chain["events"][-1]["hash"]

    assert any("own signature does not fit" in finding for finding in check_proof(proof))


@pytest.mark.parametrize(
    ("alter", "says"),
    [
        (lambda p: p["clocks"][0]["verdict"].update(state="broken"), "clock on_site: state is certified broken"),
        (lambda p: p["clocks"][0]["rule"].update(pausable_for=[]), "clock on_site: deadline_at is certified"),
        (lambda p: p["clocks"][0]["rule"]["target"].update(hours=2), "clock on_site: state is certified met"),
        (lambda p: p["promises"][0].update(is_first_kept=False), "the windows certified are not those"),
        (lambda p: p["promises"].clear(), "a visit is left out"),
        (lambda p: p.update(request="00000000"), "own signature does not fit"),
        (lambda p: p["clocks"].clear(), "something in it was changed after"),
        (lambda p: p.update(public_key=STRANGER.public_key), "was altered or put in"),
        (lambda p: p.update(format="other"), "this is no certificate"),
    ],
)
def test_an_altered_certificate_is_found_and_says_what(
    database: Database, request_id: int, alter: Callable[[Proof], None], says: str
) -> None:
    proof = issue(database, request_id)
    alter(proof)

    findings = check_proof(proof)

    assert any(says in finding for finding in findings), findings


def test_a_certificate_somebody_else_made_and_signed_does_not_hold_with_our_key(
    database: Database, request_id: int
) -> None:
    proof = issue(database, request_id)
    body = {name: value for name, value in proof.items() if name != "signature"} | {"public_key": STRANGER.public_key}
    forged = body | {"signature": STRANGER.sign(CERTIFICATE_WORDS, write_canonical(body))}

    assert "another key" in check_proof(forged, SIGNER.public_key)[0]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_whatever_single_value_is_changed_anywhere_is_found(whole_proof: Proof, chance: random.Random) -> None:
    altered = copy.deepcopy(whole_proof)
    mutate(altered, chance)

    assert altered == whole_proof or check_proof(altered, SIGNER.public_key)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_the_event_somebody_touched_is_the_one_that_is_named(whole_proof: Proof, data: st.DataObject) -> None:
    """Changed, removed, put in or moved, and the chain hashed anew over it, as somebody without the key can."""
    proof = copy.deepcopy(whole_proof)
    chain = proof["chains"][0]
    events, place = chain["events"], data.draw(st.integers(0, len(chain["events"]) - 2), "place")
    how = data.draw(st.sampled_from(("change", "remove", "put in", "move")), "how")
    if how == "change":
        name = data.draw(st.sampled_from(("kind", "actor", "source", "occurred_at", "recorded_at", "facts")), "field")
        other = {"facts": {"x": 1}, "occurred_at": "2026-11-01T00:00:00.000000Z"}
        events[place][name] = other.get(name, "2026-11-02T00:00:00.000000Z" if name == "recorded_at" else "other")
    elif how == "remove":
        del events[place]
    elif how == "put in":
        events.insert(place, events[place] | {"kind": "visit_arrived"})
    else:
        events[place], events[place + 1] = events[place + 1], events[place]
    if how != "move" and data.draw(st.booleans(), "hashed anew"):
        previous = FIRST_HASH
        for event in events:
            event["previous"] = previous
            event["hash"] = previous = hash_event(chain["subject"], event)

    findings = check_proof(proof, SIGNER.public_key)

    named = {place, place + 1} if how == "move" else {place}
    assert any(f"event {one} " in finding for one in named for finding in findings), findings


@pytest.fixture(scope="module")
def whole_proof(sqlite_folder: Any) -> Proof:  # noqa: ANN401 (conftest's)
    """A small certificate that holds: one chain of three events."""
    with sqlite_folder.fresh() as url:
        database = Database(url)
        with database.writing() as session:
            request_id = open_visit(session, make_city(session)).request_id
            clock = find_commitment(session, request_id=request_id, kind="on_site")
            pause_clock(session, commitment=clock, reason=PauseReason.NO_ACCESS, by="li", now=NIGHT + hours(1))
            resume_clock(session, commitment=clock, by="li", now=NIGHT + hours(2))
        anchor(database, 0)
        proof = issue(database, request_id)
        database.close()
    assert check_proof(proof, SIGNER.public_key) == []
    return proof


def mutate(document: Any, chance: random.Random) -> None:  # noqa: ANN401 (any part of a document)
    """Change one value somewhere, or drop, repeat or swap one part."""
    places = [(owner, key) for owner in containers(document) for key in keys_of(owner)]
    owner, key = chance.choice(places)
    value = owner[key]
    if isinstance(value, str):
        at = chance.randrange(len(value) + 1)
        owner[key] = value[:at] + chance.choice("0aZ") + value[at + 1 :]
    elif isinstance(value, bool):
        owner[key] = not value
    elif isinstance(value, int):
        owner[key] = value + chance.choice((-1, 1))
    elif isinstance(value, list) and len(value) > 1:
        chance.shuffle(value)
    else:
        del owner[key]


def containers(document: Any) -> list[Any]:  # noqa: ANN401
    found = [document] if isinstance(document, dict | list) else []
    for key in keys_of(document):
        found += containers(document[key])
    return found


def keys_of(owner: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(owner, dict):
        return list(owner)
    return list(range(len(owner))) if isinstance(owner, list) else []


def test_an_anchored_chain_cannot_be_rewritten_even_with_the_key(database: Database, request_id: int) -> None:
    anchor(database, 0)
    before = issue(database, request_id)
    with database.writing() as session:
        rewrite(session.query(StatusEvent).filter_by(subject=request_subject(request_id)).order_by("position").all())
        published = {"anchors": [write_anchor(one) for one in list_anchors(session)]}
    rewritten = issue(database, request_id)

    assert check_proof(before, SIGNER.public_key, published["anchors"]) == []
    findings = check_proof(rewritten, SIGNER.public_key, published["anchors"])
    assert any("was changed after that day" in finding for finding in findings)


def rewrite(events: list[StatusEvent]) -> None:
    """Whoever holds the database and the key takes back an event and makes the chain whole again."""
    previous = FIRST_HASH
    for event in events:
        if event.kind == "visit_arrived":
            event.occurred_at += hours(1)
        event.previous_hash = previous
        event.hash = previous = hash_event(
            event.subject,
            {
                "position": event.position, "kind": event.kind, "source": event.source, "actor": event.actor,
                "occurred_at": event.occurred_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "recorded_at": event.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "facts": event.facts, "personal": event.personal_hashes, "previous": previous,
            },
        )  # fmt: skip


def test_each_day_anchors_what_has_grown_once_and_follows_the_day_before(
    database: Database, request_id: int, city: City
) -> None:
    for day in (0, 0, 1):
        anchor(database, day)
    with database.writing() as session:
        for customer in (1, 2, 3):
            open_visit(session, city, customer=customer, opened_at=NIGHT + hours(30))
    anchor(database, 2)

    with looking(database) as session:
        third, second, first = list_anchors(session)
        counts = [first.count, second.count, third.count]
        proven = [prove_anchored(session, subject=request_subject(request_id + more)) for more in range(4)]
    assert counts == [1, 0, 3]
    assert (second.previous_root, third.previous_root) == (first.root, second.root)
    assert [one and one["day"] for one in proven] == ["2026-11-22", "2026-11-24", "2026-11-24", "2026-11-24"]
    assert check_proof(issue(database, request_id + 3)) == []


def test_an_anchor_that_was_not_published_or_differs_is_found(database: Database, request_id: int) -> None:
    anchor(database, 0)
    proof = issue(database, request_id)

    assert "another root" in check_proof(proof, SIGNER.public_key, [])[0]
    proof["anchors"][0]["path"] = [["left", "0" * 64]]
    assert any("not in that day's tree" in finding for finding in check_proof(proof))


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of(build_levels([])).startswith("e3b0c442")


def test_the_verifier_tells_a_person_what_it_found(
    database: Database, request_id: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "proof.json"
    proof = issue(database, request_id)
    path.write_text(json.dumps(proof), encoding="utf-8")

    assert main([str(path)]) == 0
    assert "compare it with the one published" in capsys.readouterr().out
    assert main([str(path), "--key", STRANGER.public_key]) == 1
    assert "NOT RIGHT" in capsys.readouterr().out
    path.write_text("{}", encoding="utf-8")
    assert main([str(path)]) == 1
    path.write_text('{"format": "onecall-proof-1"}', encoding="utf-8")
    assert main([str(path)]) == 1
    assert "cannot be read: KeyError 'chains'" in capsys.readouterr().out
    path.write_text("no JSON", encoding="utf-8")
    assert main([str(path)]) == 2
    assert "cannot be read as a certificate" in capsys.readouterr().err
