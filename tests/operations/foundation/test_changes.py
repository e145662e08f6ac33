import pytest

from models.database import Database
from operations.foundation.changes import BOARD, CALLS, last_changes, note_change
from tests.factories.instants import NIGHT
from tests.factories.threads import run_together


def numbers(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return last_changes(session, topics=(BOARD, CALLS))


def note(database: Database, *topics: str) -> None:
    with database.writing() as session:
        for topic in topics:
            note_change(session, topic=topic, now=NIGHT)


def test_before_anything_happens_every_number_is_zero(database: Database) -> None:
    assert numbers(database) == {BOARD: 0, CALLS: 0}


def test_each_transaction_counts_once_for_each_topic_it_changes(database: Database) -> None:
    note(database, BOARD)
    note(database, BOARD, CALLS, BOARD)

    assert numbers(database) == {BOARD: 2, CALLS: 1}


def test_what_is_not_committed_does_not_count(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            note_change(session, topic=BOARD, now=NIGHT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert numbers(database) == {BOARD: 0, CALLS: 0}


def test_a_part_that_was_taken_back_does_not_keep_the_rest_from_counting(database: Database) -> None:
    with database.writing() as session:
        with session.begin_nested():
            note_change(session, topic=BOARD, now=NIGHT)
        with session.begin_nested() as part:
            note_change(session, topic=CALLS, now=NIGHT)
            part.rollback()

    assert numbers(database)[BOARD] == 1


def test_no_change_is_lost_when_many_write_at_once_in_any_order(database: Database) -> None:
    run_together(
        *[lambda: note(database, BOARD, CALLS)] * 3,
        *[lambda: note(database, CALLS, BOARD)] * 3,
    )

    assert numbers(database) == {BOARD: 6, CALLS: 6}
