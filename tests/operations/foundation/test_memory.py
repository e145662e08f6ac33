"""What a process remembers of crew and rules is never older than what the database says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from models import Certificate, Shift, Technician
from models.database import Database
from operations.foundation.memory import CREW, remember
from operations.planning.live_plan import lock_live_plan
from operations.planning.rows import PlanRows, read_plan_rows
from tests.factories.city import City
from tests.factories.instants import NIGHT, hours, monday
from tests.factories.team import make_absence, make_shift, make_technician


class Asked:
    """A question to the tables that counts how often it was put."""

    def __init__(self) -> None:
        self.times = 0

    def put(self, session: Session) -> int:
        return remember(session, topic=CREW, key="how often", read=self._read)

    def _read(self) -> int:
        self.times += 1
        return self.times


def rows_of(database: Database, city: City) -> PlanRows:
    with database.reading() as session:
        return read_plan_rows(session, area_id=city.area.id, now=NIGHT, until=NIGHT + hours(48))


def be_absent(session: Session, city: City) -> None:
    make_absence(session, city.technicians[0], monday(0), monday(24))


def move_house(session: Session, city: City) -> None:
    session.get_one(Technician, city.technicians[0].id).home_latitude = 31.4


def work_longer(session: Session, city: City) -> None:
    session.execute(update(Shift).where(Shift.id == city.shifts[0].id).values(overtime_limit_minutes=7))


def lose_a_shift(session: Session, city: City) -> None:
    session.execute(delete(Shift).where(Shift.id == city.shifts[0].id))


def begin_work(session: Session, city: City) -> None:
    make_shift(session, make_technician(session, city.area, city.skill), monday(8))


def pass_an_examination(session: Session, city: City) -> None:
    technician_id, skill_id = city.technicians[0].id, city.skill.id
    last_on = monday(0).date()
    session.add(Certificate(technician_id=technician_id, skill_id=skill_id, number="8", valid_until_on=last_on))


CHANGES = [be_absent, move_house, work_longer, lose_a_shift, begin_work, pass_an_examination]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_of_the_crew_in_any_process_is_in_the_next_plan(
    database: Database, elsewhere: Database, city: City, change: Callable[[Session, City], None]
) -> None:
    before = rows_of(database, city)

    with elsewhere.writing() as session:
        change(session, city)

    after = rows_of(database, city)
    assert after != before
    elsewhere.close()
    assert after == rows_of(elsewhere, city), "what is remembered is what is written"


def test_what_nobody_changes_is_read_once_for_every_later_question(database: Database) -> None:
    asked = Asked()

    for _ in range(3):
        with database.reading() as session:
            asked.put(session)
    with database.writing() as session:
        asked.put(session)

    assert asked.times == 1


def test_what_a_transaction_changes_itself_is_neither_taken_from_memory_nor_left_there(
    database: Database, city: City
) -> None:
    asked = Asked()

    def change_and_fail() -> None:
        with database.writing() as session:
            asked.put(session)
            work_longer(session, city)
            assert asked.put(session) == 2, "its own change counts for it"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()

    with database.reading() as session:
        assert asked.put(session) == 1, "it was taken back"


def test_who_waited_for_the_plan_sees_what_its_last_holder_changed(
    database: Database, elsewhere: Database, city: City
) -> None:
    asked = Asked()
    with database.reading() as session:
        asked.put(session)
    with elsewhere.writing() as session:
        work_longer(session, city)
    with database.writing() as session:
        lock_live_plan(session, area_id=city.area.id, now=NIGHT + hours(1))
        assert asked.put(session) == 2
