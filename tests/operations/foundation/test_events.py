import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from models import StatusEvent
from models.database import Database
from operations.foundation.events import find_broken_link, list_events, list_facts, record_event
from policies.event_chain import FIRST_HASH, FactNotExact
from tests.factories.instants import NIGHT, minutes
from tests.factories.looking import looking
from tests.factories.threads import run_together

SUBJECT = "request:1"


def record(
    database: Database,
    *,
    subject: str = SUBJECT,
    kind: str = "visit_arrived",
    occurred_at: dt.datetime = NIGHT,
    facts: dict[str, Any] | None = None,
    personal: dict[str, str] | None = None,
) -> None:
    with database.writing() as session:
        record_event(
            session,
            subject=subject,
            kind=kind,
            occurred_at=occurred_at,
            recorded_at=NIGHT,
            source="sms",
            actor="technician:T1",
            facts=facts,
            personal=personal,
        )


def broken_link(database: Database, subject: str = SUBJECT) -> int | None:
    with looking(database) as session:
        return find_broken_link(session, subject=subject)


def change(database: Database, position: int, alter: Callable[[StatusEvent], None]) -> None:
    with database.writing() as session:
        alter(list_events(session, subject=SUBJECT)[position])


def test_each_event_is_linked_to_the_one_before_and_subjects_do_not_mix(database: Database) -> None:
    record(database)
    record(database, subject="request:2")
    record(database)

    with looking(database) as session:
        first, second = list_events(session, subject=SUBJECT)
    assert (first.position, first.previous_hash) == (0, FIRST_HASH)
    assert (second.position, second.previous_hash) == (1, first.hash)
    assert broken_link(database) is None
    assert broken_link(database, "request:2") is None
    assert broken_link(database, "request:3") is None


def test_the_clocks_read_when_things_happened_not_when_they_were_recorded(database: Database) -> None:
    record(database, kind="request_opened", occurred_at=NIGHT - minutes(5))

    with looking(database) as session:
        (fact,) = list_facts(session, subject=SUBJECT)

    assert (fact.kind, fact.occurred_at) == ("request_opened", NIGHT - minutes(5))


def test_whatever_facts_an_event_holds_its_chain_is_whole_when_read_again(database: Database) -> None:
    for facts in (
        {},
        {"visit": 7, "code": "K7PD", "note": "电源\n\t\"'\\é😀", "none": None, "yes": True, "big": 10**30},
        {"list": [1, "two", None, [False]], "nested": {"b": 1, "a": {"z": [], "y": {}}}, "": ""},
    ):
        record(database, facts=facts)

    assert broken_link(database) is None


def test_a_fraction_is_refused_and_nothing_is_recorded(database: Database) -> None:
    with pytest.raises(FactNotExact, match="kilometres"):
        record(database, facts={"kilometres": 1.5})

    with looking(database) as session:
        assert list_events(session, subject=SUBJECT) == []


@pytest.mark.parametrize(
    "alter",
    [
        lambda event: setattr(event, "actor", "technician:T2"),
        lambda event: setattr(event, "occurred_at", NIGHT - minutes(30)),
        lambda event: setattr(event, "facts", {"visit": 8}),
        lambda event: setattr(event, "personal_hashes", {"phone": "0" * 64}),
        lambda event: setattr(event, "hash", "0" * 64),
    ],
    ids=["actor", "instant", "facts", "personal hashes", "hash"],
)
def test_an_altered_event_is_found(database: Database, alter: Callable[[StatusEvent], None]) -> None:
    for _ in range(3):
        record(database, facts={"visit": 7}, personal={"phone": "+8613800000001"})

    change(database, 1, alter)

    assert broken_link(database) == 1


def test_a_removed_event_is_found(database: Database) -> None:
    for _ in range(3):
        record(database)

    with database.writing() as session:
        session.delete(list_events(session, subject=SUBJECT)[1])

    assert broken_link(database) == 1


def test_two_events_that_changed_places_are_found(database: Database) -> None:
    for kind in ("request_opened", "visit_arrived", "request_closed"):
        record(database, kind=kind)

    with database.writing() as session:
        events = list_events(session, subject=SUBJECT)
        for position, event in zip((10, 11), (events[1], events[2]), strict=True):
            event.position = position
        session.flush()
        events[1].position, events[2].position = 2, 1

    assert broken_link(database) == 1


def test_personal_data_can_be_erased_without_breaking_the_chain(database: Database) -> None:
    record(database, personal={"contact_phone": "+8613800000001"})
    record(database)

    def erase(event: StatusEvent) -> None:
        event.personal = event.personal_salts = None

    change(database, 0, erase)

    assert broken_link(database) is None
    with looking(database) as session:
        kept = list_events(session, subject=SUBJECT)[0]
    assert kept.personal is None
    assert set(kept.personal_hashes) == {"contact_phone"}
    assert "13800000001" not in repr(vars(kept))


def test_the_same_number_has_another_hash_in_every_event(database: Database) -> None:
    for _ in range(2):
        record(database, personal={"contact_phone": "+8613800000001"})

    with looking(database) as session:
        hashes = [event.personal_hashes["contact_phone"] for event in list_events(session, subject=SUBJECT)]

    assert len(set(hashes)) == 2


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.proof)])
def test_many_who_record_at_once_leave_one_unbroken_chain(database: Database, rounds: int) -> None:
    def work() -> None:
        for _ in range(rounds):
            record(database)

    run_together(*[work] * 4)

    with looking(database) as session:
        positions = [event.position for event in list_events(session, subject=SUBJECT)]
    assert positions == list(range(4 * rounds))
    assert broken_link(database) is None


def test_an_event_whose_transaction_fails_leaves_no_gap(database: Database) -> None:
    def record_and_fail() -> None:
        with database.writing() as session:
            record_event(
                session, subject=SUBJECT, kind="a", occurred_at=NIGHT, recorded_at=NIGHT, source="sms", actor="nobody"
            )
            raise ZeroDivisionError

    record(database)
    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    record(database)

    with looking(database) as session:
        assert [event.position for event in list_events(session, subject=SUBJECT)] == [0, 1]
    assert broken_link(database) is None
