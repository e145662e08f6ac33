"""Other systems are told of events: what happened and nothing else, once if they answer, again if they do not."""

import datetime as dt
import json

import pytest
from hypothesis import given, strategies as st

from models import EventHook, HookDelivery
from models.database import Database
from operations.foundation.events import list_events, record_event
from operations.foundation.hook_deliveries import (
    ClaimedDelivery,
    claim_delivery,
    forget_deliveries,
    post_delivery,
    record_answer,
)
from operations.foundation.old_secrets import seal_old_secrets
from operations.foundation.seal import Seal
from operations.versions.event_hooks import NoKinds, add_hook, list_deliveries, send_again, send_test, switch_hook
from policies.event_hooks import (
    MOST_FAILURES,
    RETRY_BASE_SECONDS,
    RETRY_LIMIT_SECONDS,
    DeliveryState,
    HookState,
    is_permanent,
    is_taken,
    pause_seconds,
)
from tests.databases import ON_SQLITE_ALONE
from tests.factories.instants import NIGHT, hours

SEAL = Seal("a key of the house that nobody guesses")


class Poster:
    """Remembers the secrets it was handed."""

    def __init__(self) -> None:
        self.secrets = list[str]()

    def check(self, address: str) -> None:
        """Take any address."""

    def post(self, *, address: str, secret: str, reference: str, body: bytes) -> int:
        """Take a document."""
        assert address
        assert reference
        assert body
        self.secrets.append(secret)
        return 200


@pytest.fixture
def hook_id(database: Database) -> int:
    """A hook that wants to know of opened requests."""
    with database.writing() as session:
        hook, _ = add_hook(
            session, address="https://other.example/in", kinds=["request_opened"], seal=SEAL, by="Li", now=NIGHT
        )
        return hook.id


def happen(database: Database, kind: str = "request_opened", *, number: int = 1, at: dt.datetime = NIGHT) -> None:
    with database.writing() as session:
        record_event(
            session,
            subject=f"request:{number}",
            kind=kind,
            occurred_at=at,
            recorded_at=at,
            source="call",
            actor="caller",
            facts={"severity": "normal"},
            personal={"name": "王小明"},
        )


def claim(database: Database, at: dt.datetime = NIGHT) -> ClaimedDelivery | None:
    with database.writing() as session:
        return claim_delivery(session, now=at)


def answer(database: Database, said: int | str, at: dt.datetime = NIGHT) -> bool:
    claimed = claim(database, at)
    assert claimed is not None
    with database.writing() as session:
        return record_answer(session, claimed=claimed, answer=said, now=at)


def states(database: Database, hook_id: int) -> list[DeliveryState]:
    with database.reading() as session:
        return [one.state for one in list_deliveries(session, hook_id=hook_id, limit=50)]


def test_an_event_that_is_wanted_is_told_without_anything_personal(database: Database, hook_id: int) -> None:
    happen(database, "request_closed")
    happen(database)

    claimed = claim(database)

    assert claimed is not None
    document = json.loads(claimed.body)
    assert (document["kind"], document["subject"], document["facts"]) == (
        "request_opened", "request:1", {"severity": "normal"},
    )  # fmt: skip
    assert "王小明" not in claimed.body
    assert claim(database) is None, "one event, one delivery, one sender"
    assert states(database, hook_id) == [DeliveryState.CLAIMED]


def test_what_is_rolled_back_is_never_told(database: Database, hook_id: int) -> None:
    with database.reading() as session:
        record_event(
            session, subject="request:1", kind="request_opened", occurred_at=NIGHT, recorded_at=NIGHT,
            source="call", actor="caller",
        )  # fmt: skip

    assert states(database, hook_id) == []


def test_no_answer_is_tried_again_with_growing_pauses_and_given_up_after_a_day(
    database: Database, hook_id: int
) -> None:
    happen(database)

    assert not answer(database, "ConnectTimeoutError")
    assert claim(database) is None, "not at once"
    assert not answer(database, 503, NIGHT + dt.timedelta(seconds=RETRY_BASE_SECONDS))
    assert not answer(database, 503, NIGHT + hours(24))

    assert states(database, hook_id) == [DeliveryState.FAILED]
    with database.writing() as session:
        (delivery,) = list_deliveries(session, hook_id=hook_id, limit=1)
        send_again(session, delivery=delivery, now=NIGHT + hours(25))
    assert answer(database, 200, NIGHT + hours(25))
    assert states(database, hook_id) == [DeliveryState.DELIVERED]


def test_one_whose_sender_never_came_back_is_told_again_and_a_late_answer_changes_nothing(
    database: Database, hook_id: int
) -> None:
    happen(database)
    lost = claim(database)
    assert lost is not None

    again = claim(database, NIGHT + dt.timedelta(minutes=3))

    assert again is not None
    assert (again.id, again.body) == (lost.id, lost.body)
    with database.writing() as session:
        assert not record_answer(session, claimed=lost, answer=500, now=NIGHT + hours(1))
        assert record_answer(session, claimed=again, answer=200, now=NIGHT + hours(1))
    assert states(database, hook_id) == [DeliveryState.DELIVERED]


def test_a_hook_that_fails_on_and_on_is_switched_off_and_told_what_waited_when_it_is_back(
    database: Database, hook_id: int
) -> None:
    for number in range(MOST_FAILURES + 1):
        happen(database, number=number)
    for _ in range(MOST_FAILURES):
        assert not answer(database, 404)

    assert claim(database) is None
    with database.writing() as session:
        hook = session.get_one(EventHook, hook_id)
        assert hook.state is HookState.BROKEN
        switch_hook(session, hook=hook, is_on=True, by="Li", now=NIGHT)
    assert answer(database, 204)
    with database.reading() as session:
        assert session.get_one(EventHook, hook_id).failures_in_a_row == 0
        told = [(one.kind, one.actor) for one in list_events(session, subject=f"hook:{hook_id}")]
    assert told == [("hook_added", "Li"), ("hook_switched_on", "Li")]


def test_a_hook_that_is_off_is_told_nothing_and_collects_nothing(database: Database, hook_id: int) -> None:
    happen(database)
    with database.writing() as session:
        switch_hook(session, hook=session.get_one(EventHook, hook_id), is_on=False, by="Li", now=NIGHT)
    happen(database, number=2)

    assert claim(database) is None
    assert states(database, hook_id) == [DeliveryState.WAITING]


@ON_SQLITE_ALONE
def test_a_test_goes_the_same_way_and_old_deliveries_are_forgotten(database: Database, hook_id: int) -> None:
    with database.writing() as session:
        send_test(session, hook=session.get_one(EventHook, hook_id), now=NIGHT)
        with pytest.raises(NoKinds):
            add_hook(session, address="https://other.example", kinds=["password_chosen"], seal=SEAL, by="Li", now=NIGHT)

    assert answer(database, 200)
    with database.writing() as session:
        assert forget_deliveries(session, now=NIGHT + dt.timedelta(days=29)) == 0
        assert forget_deliveries(session, now=NIGHT + dt.timedelta(days=31)) == 1
        assert session.query(HookDelivery).count() == 0


@given(st.integers(100, 599), st.integers(1, 5000))
def test_every_answer_means_one_thing_and_every_pause_is_bounded(status: int, attempts: int) -> None:
    assert not (is_taken(status) and is_permanent(status))
    assert status < 500 or not is_permanent(status)
    assert RETRY_BASE_SECONDS <= pause_seconds(attempts) <= pause_seconds(attempts + 1) <= RETRY_LIMIT_SECONDS


def test_a_secret_is_sealed_in_the_database_and_whole_where_it_signs(database: Database) -> None:
    with database.writing() as session:
        hook, secret = add_hook(
            session, address="https://other.example/in", kinds=["request_opened"], seal=SEAL, by="Li", now=NIGHT
        )
        assert secret not in hook.secret
    happen(database)
    poster, claimed = Poster(), claim(database)
    assert claimed is not None

    assert post_delivery(poster, claimed, seal=SEAL) == 200
    other = post_delivery(poster, claimed, seal=Seal("another key of another house altogether"))

    assert poster.secrets == [secret]
    assert "another SECRET_KEY" in str(other)


def test_a_secret_from_before_there_were_seals_goes_on_signing_and_is_sealed_once(
    database: Database, hook_id: int
) -> None:
    with database.writing() as session:
        session.get_one(EventHook, hook_id).secret = "as it was"
    happen(database)
    poster, claimed = Poster(), claim(database)
    assert claimed is not None

    assert post_delivery(poster, claimed, seal=SEAL) == 200
    with database.writing() as session:
        sealed = [seal_old_secrets(session, seal=SEAL) for _ in range(2)]

    assert (poster.secrets, sealed) == (["as it was"], [1, 0])
    with database.reading() as session:
        stored = session.get_one(EventHook, hook_id).secret
    assert (stored == "as it was", SEAL.open(stored)) == (False, "as it was")
