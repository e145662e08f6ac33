"""How often a step of a call goes to the database: at 200 callers each journey there counts more than what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from models.database import Database
from tests.databases import SqliteFolder
from tests.journeys.test_any_call_ends_well import a_fresh_town
from tests.town import Town

WANG, CHEN = "+8613800000001", "+8613800000003"
BOOKING = ("1", "1", "1", "2", "2", "1")
MOST = {
    "answer": 19,
    "asset": 9,
    "fault": 11,
    "first advice": 34,
    "second advice": 16,
    "offer": 48,
    "booked": 66,
    "hang up": 11,
}
"""Statements by step of a call that books a visit, the second of its process: what is remembered is known by then."""


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def book(town: Town, caller: str) -> dict[str, int]:
    """Book a visit by telephone; return how many statements each step took."""
    counts = {}
    with counting(town.services.database) as said:
        call = town.phone(caller).dial(town.hotline)
        call.listen()
        for step, key in zip(MOST, (*BOOKING, None), strict=False):
            counts[step] = len(said)
            said.clear()
            if key is not None:
                call.press(key)
                call.listen()
        call.hang_up()
        town.exchange.callbacks.deliver()
        counts["hang up"] = len(said)
    return counts


def test_no_step_of_a_booking_asks_the_database_more_often_than_it_must(sqlite_folder: SqliteFolder) -> None:
    with a_fresh_town(sqlite_folder) as town:
        # The first call of a version of the menu keeps it, and the next one reads that it is kept.
        town.phone(CHEN).dial(town.hotline).hang_up()
        book(town, CHEN)
        counts = book(town, WANG)
    assert {step: count for step, count in counts.items() if count > MOST[step]} == {}, counts
