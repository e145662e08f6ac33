"""Keys to the JSON API: who made one and took it back is on record, and when it was last used."""

import datetime as dt

import pytest

from models import ApiKey
from models.database import Database
from operations.foundation.events import list_events
from operations.people.api_keys import (
    USE_NOTED_EVERY_MINUTES,
    ApiKeyNameTaken,
    ApiKeyUnknown,
    find_api_key,
    is_use_to_note,
    list_api_keys,
    make_api_key,
    note_use,
    revoke_api_key,
)
from policies.api_scopes import ApiScope

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


def make(database: Database, name: str = "ERP") -> str:
    with database.writing() as session:
        return make_api_key(session, name=name, scopes={ApiScope.VISITS_READ}, by="Li", source="page", now=NOON)


def read(database: Database, key: str) -> ApiKey:
    with database.reading() as session:
        found = find_api_key(session, key=key)
        session.expunge_all()
    return found


def use(database: Database, key: str, at: dt.datetime) -> None:
    with database.writing() as session:
        note_use(session, key_id=find_api_key(session, key=key).id, now=at)


def revoke(database: Database, by: str) -> None:
    with database.writing() as session:
        revoke_api_key(session, name="ERP", by=by, source="page", now=NOON)


def test_who_made_a_key_and_who_took_it_back_first_is_on_record_without_the_key(database: Database) -> None:
    key = make(database)
    revoke(database, "Mei")
    revoke(database, "Late")

    with database.reading() as session:
        (row,) = list_api_keys(session)
        events = list_events(session, subject=f"api_key:{row.id}")
        told = [(event.kind, event.actor, event.facts) for event in events]
    facts = {"name": "ERP", "scopes": ["visits:read"]}
    assert told == [("api_key_made", "Li", facts), ("api_key_revoked", "Mei", facts)]
    assert key not in str(told)
    with database.reading() as session, pytest.raises(ApiKeyUnknown):
        find_api_key(session, key=key)


def test_a_name_is_given_once_even_when_its_key_was_taken_back(database: Database) -> None:
    make(database)
    revoke(database, "Li")

    with pytest.raises(ApiKeyNameTaken):
        make(database)
    with database.writing() as session, pytest.raises(ApiKeyUnknown):
        revoke_api_key(session, name="nobody", by="Li", source="page", now=NOON)


def test_a_use_is_noted_every_few_minutes_and_never_goes_back(database: Database) -> None:
    key = make(database)
    soon, later = (NOON + dt.timedelta(minutes=USE_NOTED_EVERY_MINUTES + more) for more in (-1, 0))
    assert is_use_to_note(read(database, key), now=NOON)
    use(database, key, NOON)

    assert not is_use_to_note(read(database, key), now=soon)
    assert is_use_to_note(read(database, key), now=later)
    use(database, key, soon)
    assert read(database, key).last_used_at == NOON
    use(database, key, later)
    use(database, key, NOON)
    assert read(database, key).last_used_at == later


def test_keys_in_use_come_first(database: Database) -> None:
    make(database, "ERP")
    make(database, "Shop")
    revoke(database, "Li")

    with database.reading() as session:
        assert [key.name for key in list_api_keys(session)] == ["Shop", "ERP"]
