"""Counters against guessing (S2)."""

import datetime as dt

from models.database import Database
from operations.foundation.guesses import count_guess, erase_old_guesses, forget_guesses
from tests.factories.instants import NIGHT, minutes
from tests.factories.threads import run_together


def count(database: Database, *, key: str = "wang", scope: str = "sign_in", now: dt.datetime = NIGHT) -> int:
    with database.writing() as session:
        return count_guess(session, scope=scope, key=key, window_minutes=15, now=now)


def test_every_try_counts_once(database: Database) -> None:
    assert [count(database) for _ in range(3)] == [1, 2, 3]


def test_others_and_other_doors_are_counted_apart(database: Database) -> None:
    count(database)

    assert count(database, key="chen") == 1
    assert count(database, scope="link") == 1


def test_the_next_window_of_time_starts_from_nothing(database: Database) -> None:
    count(database)

    assert count(database, now=NIGHT + minutes(15)) == 1


def test_proved_right_the_counter_is_forgotten_and_others_are_not(database: Database) -> None:
    count(database)
    count(database, key="chen")

    with database.writing() as session:
        forget_guesses(session, scope="sign_in", key="wang")

    assert count(database) == 1
    assert count(database, key="chen") == 2


def test_yesterdays_counters_are_erased_and_todays_are_kept(database: Database) -> None:
    count(database, now=NIGHT - dt.timedelta(days=2))
    count(database)

    with database.writing() as session:
        erase_old_guesses(session, now=NIGHT)

    assert count(database, now=NIGHT - dt.timedelta(days=2)) == 1
    assert count(database) == 2


def test_tries_made_at_the_same_time_all_count(database: Database) -> None:
    results = run_together(*[lambda: count(database)] * 8)

    assert sorted(results) == list(range(1, 9))


def test_a_key_longer_than_the_table_holds_is_counted_all_the_same(database: Database) -> None:
    assert [count(database, key="钥匙" * 200) for _ in range(2)] == [1, 2]
