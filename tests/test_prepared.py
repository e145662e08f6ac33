"""What fixtures write once and have copied: no test may see another's."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Area, StatusEvent, Technician
from models.database import Database
from operations.foundation.events import find_broken_chains
from tests.databases import ON_SQLITE_ALONE
from tests.factories.city import City, book_visit, make_city
from tests.prepared import prepare

made: list[str] = []


def a_booked_city(session: Session, *, technicians: int) -> City:
    made.append(f"{session.get_bind().dialect.name} {technicians}")
    city = make_city(session, technicians=technicians)
    book_visit(session, city)
    return city


@pytest.mark.parametrize("_attempt", [1, 2])
def test_a_copy_is_whole_and_a_test_changes_its_own_alone(database: Database, _attempt: int) -> None:
    city = prepare(database, a_booked_city, technicians=2)

    with database.writing() as session:
        assert session.scalar(select(func.count()).select_from(Technician)) == 2
        assert list(find_broken_chains(session)) == []
        assert session.scalar(select(func.count()).select_from(StatusEvent))
        assert (session.get_one(Area, city.area.id).name, city.area.name) == ("上海", "上海")
        # Another city gets numbers of its own, and the rows handed out are nobody else's.
        assert make_city(session).area.id != city.area.id
        session.get_one(Area, city.area.id).name = city.area.name = "changed"
    assert len(made) == len(set(made)), "written once for each kind of database"


def test_other_options_are_another_copy(database: Database) -> None:
    assert len(prepare(database, a_booked_city, technicians=3).technicians) == 3


@ON_SQLITE_ALONE
def test_nothing_is_written_over(database: Database) -> None:
    with database.writing() as session:
        make_city(session)

    with pytest.raises(AssertionError, match="writes over"):
        prepare(database, make_city)
