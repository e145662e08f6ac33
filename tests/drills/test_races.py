"""Races for the last window, by the thousand: never two winners, never none (rule 6).

One technician has time for one visit. Callers ask and choose at the same moment; then the winner cancels, and it begins
anew. Short in CI (as a proof); `make drills` runs 300 of them on each engine, or `RACES` where it is set.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

import dispatch
from models import SlotHold, Visit
from models.database import Database
from operations.dispatching.bookings import PlanRefused, WindowLost, commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import cancel_visit
from operations.planning.live import open_plan
from tests.factories.city import HOUSE, City, make_city, open_visit
from tests.factories.instants import NIGHT, minutes
from tests.factories.threads import run_together

RACES = int(os.environ.get("RACES", "300"))
CALLERS = 4
LOOK_EVERY = 25


class LastWindow:
    """A city with room for one visit, and callers without one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writing() as session:
            self._city: City = make_city(
                session,
                technicians=1,
                days=1,
                shift_hours=3,
                duration_minutes=100,
                overtime_minutes=0,
                customers=CALLERS,
            )
        self._visits = [self._open(customer) for customer in range(CALLERS)]

    def race(self, draws: random.Random) -> list[int]:
        """Let callers race one way or another; return the indexes of those who were promised the window."""
        racing = draws.sample(range(CALLERS), draws.randint(2, CALLERS))
        if draws.random() < 1 / 4:
            return self._come_back(racing[:2])
        won = run_together(*(partial(self._ask_and_choose, index) for index in racing))
        return [index for index, has_won in zip(racing, won, strict=True) if has_won]

    def begin_anew(self, winner: int) -> None:
        """The winner cancels and calls again."""
        with self._database.writing() as session:
            visit = session.get_one(Visit, self._visits[winner])
            cancel_visit(session, visit=visit, house=HOUSE, now=NIGHT, source="hotline", actor="caller")
        self._visits[winner] = self._open(winner)

    def find_faults(self) -> list[dispatch.Violation]:
        """What the planner's checker has against the plan."""
        with self._database.writing() as session:
            opened = open_plan(session, area_id=self._city.area.id, now=NIGHT)
            return list(dispatch.check(opened.snapshot.problem, opened.snapshot.plan))

    def _open(self, customer: int) -> int:
        with self._database.writing() as session:
            return open_visit(session, self._city, customer=customer).id

    def _offer(self, index: int, now: dt.datetime) -> int | None:
        with self._database.writing() as session:
            holds = offer_windows(session, visit=session.get_one(Visit, self._visits[index]), now=now).holds
            return holds[0].id if holds else None

    def _ask_and_choose(self, index: int) -> bool:
        hold_id = self._offer(index, NIGHT)
        return hold_id is not None and self._choose(hold_id, NIGHT)

    def _come_back(self, pair: list[int]) -> list[int]:
        """Both were offered the window, one after the other had let it lapse, and choose it much later."""
        later = NIGHT + minutes(10)
        holds = {index: self._offer(index, NIGHT + minutes(4 * turn)) for turn, index in enumerate(pair)}
        choices: dict[int, Callable[[], bool]] = {
            index: partial(self._choose, hold_id, later) for index, hold_id in holds.items() if hold_id is not None
        }
        assert len(choices) == len(pair), "a window that had lapsed was not offered to the next caller"
        won = run_together(*choices.values())
        return [index for index, has_won in zip(choices, won, strict=True) if has_won]

    def _choose(self, hold_id: int, now: dt.datetime) -> bool:
        try:
            with self._database.writing() as session:
                hold = session.get_one(SlotHold, hold_id)
                commit_hold(session, hold=hold, house=HOUSE, now=now, source="hotline", actor="caller")
        except WindowLost:
            return False
        return True


def run_races(database: Database, count: int) -> None:
    """Run so many races; fail with the number of the first that has not exactly one winner."""
    window, draws = LastWindow(database), random.Random(count)
    for number in range(count):
        winners = window.race(draws)
        assert len(winners) == 1, f"race {number}: {len(winners)} winners"
        if number % LOOK_EVERY == 0:
            assert window.find_faults() == [], f"race {number}"
        window.begin_anew(winners[0])


@pytest.mark.proof
@pytest.mark.timeout(300)
def test_races_for_the_last_window_have_one_winner_each(database: Database) -> None:
    run_races(database, 60)


@pytest.mark.drill
@pytest.mark.timeout(7200)
def test_many_more_races_for_the_last_window_have_one_winner_each(database: Database) -> None:
    run_races(database, RACES)


class Unlocked(Database):
    """The fault: whoever writes takes no lock, of the process or of the database, before reading the plan."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        event.listen(self.engine, "before_cursor_execute", _forget_to_lock, retval=True)

    @contextmanager
    def _wait_for_turn(self) -> Iterator[None]:
        yield


@pytest.mark.proof
@pytest.mark.timeout(300)
def test_the_races_have_teeth(database_url: str) -> None:
    """Two at the telephone read the same plan where nobody locks it, and the races tell."""
    database = Unlocked(database_url)
    try:
        with pytest.raises((AssertionError, PlanRefused, SQLAlchemyError)):
            run_races(database, 200)
    finally:
        database.close()


def _forget_to_lock(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> Any:  # noqa: ANN401 (SQLAlchemy's own)
    return statement.replace(" FOR UPDATE", "").replace("BEGIN IMMEDIATE", "BEGIN"), parameters
