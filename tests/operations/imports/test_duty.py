"""The duty roster as a file: what is wrong is named, what is right is stored once."""

import datetime as dt

import pytest
from sqlalchemy import select

from models import DutyTurn
from models.database import Database
from operations.imports.duty import import_duty
from operations.imports.problems import ImportRefused, Trouble
from policies.duty import DutyRole

HIS = "+8615400000991"
HEADER = "area,role,position,name,name_en,phone,language,from_at,until_at"
GOOD = "shanghai,technician,1,唐立诚,Tang Licheng,+8615400000991,zh-CN,2026-05-11 18:00,2026-05-12 08:00"


def take_in(database: Database, *lines: str) -> dict[str, tuple[int, int, int]]:
    with database.writing() as session:
        counts = import_duty(session, data="\n".join([HEADER, *lines]).encode())
    return {noun: (count.added, count.changed, count.unchanged) for noun, count in counts.items()}


def troubles(database: Database, *lines: str) -> list[tuple[int, str, Trouble]]:
    with pytest.raises(ImportRefused) as refused:
        take_in(database, *lines)
    return [(problem.line, problem.column, problem.trouble) for problem in refused.value.problems]


def test_a_turn_is_local_time_of_its_area(city_database: Database) -> None:
    assert take_in(city_database, GOOD) == {"duty": (1, 0, 0)}

    with city_database.reading() as session:
        turn = session.scalars(select(DutyTurn).where(DutyTurn.phone == HIS)).one()
        assert (turn.role, turn.from_at) == (DutyRole.TECHNICIAN, dt.datetime(2026, 5, 11, 10, tzinfo=dt.UTC))


def test_the_same_file_twice_adds_nothing_and_a_change_is_a_change(city_database: Database) -> None:
    take_in(city_database, GOOD)

    assert take_in(city_database, GOOD) == {"duty": (0, 0, 1)}
    assert take_in(city_database, GOOD.replace(",1,", ",2,")) == {"duty": (0, 1, 0)}


def test_chinese_words_for_the_role_and_no_area_are_understood(city_database: Database) -> None:
    line = GOOD.replace("shanghai", "").replace("technician", "经理")

    assert take_in(city_database, line) == {"duty": (1, 0, 0)}


def test_everything_wrong_is_named_and_nothing_is_stored(city_database: Database) -> None:
    found = troubles(
        city_database,
        GOOD,
        GOOD,
        GOOD.replace("shanghai", "atlantis").replace("991", "994"),
        GOOD.replace("2026-05-12 08:00", "2026-05-11 17:00"),
        GOOD.replace("technician", "butler"),
        GOOD.replace(",1,", ",0,"),
    )

    assert set(found) == {
        (6, "role", Trouble.NOT_A_WORD),
        (7, "position", Trouble.OUT_OF_RANGE),
        (4, "area", Trouble.UNKNOWN),
        (5, "until_at", Trouble.ENDS_BEFORE_START),
        *((line, "from_at", Trouble.REPEATED) for line in (3, 5, 6, 7)),
    }
    with city_database.reading() as session:
        assert session.scalars(select(DutyTurn).where(DutyTurn.phone == HIS)).all() == []
