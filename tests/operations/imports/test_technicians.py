import pytest
from sqlalchemy.orm import Session

from models import LivePlan, Technician
from models.database import Database
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import read_sheet
from operations.imports.technicians import (
    COLUMNS,
    KnownTeam,
    TechnicianRow,
    import_technicians,
    parse_technicians,
)
from tests.operations.imports.conftest import NOW

HEADER = ",".join(column.name for column in COLUMNS)
KNOWN = KnownTeam(
    territories={"shanghai": frozenset({"centre", "east"})},
    skills=frozenset({"optics", "audio"}),
    phone_owners={"+8615400000001": "T01"},
)
GOOD = "T50,shanghai,钱进,Qian Jin,15400000050,zh-CN,31.2,121.4,centre;east,optics:3;audio:1"


def parse(*lines: str) -> list[TechnicianRow]:
    return parse_technicians(read_sheet("\n".join([HEADER, *lines]).encode(), COLUMNS), KNOWN)


def problems_of(*lines: str) -> list[Problem]:
    with pytest.raises(ImportRefused) as caught:
        parse(*lines)
    return list(caught.value.problems)


def test_a_technician_has_territories_and_levels() -> None:
    (technician,) = parse(GOOD)

    assert technician.territories == ("centre", "east")
    assert technician.skills == (("optics", 3), ("audio", 1))


def test_no_territory_means_the_whole_area() -> None:
    (technician,) = parse(GOOD.replace("centre;east", ""))

    assert technician.territories == ()


def test_every_unknown_area_territory_and_skill_is_named() -> None:
    assert problems_of(
        GOOD.replace("shanghai", "atlantis"),
        GOOD.replace("T50", "T51").replace("0050", "0051").replace("east", "moon").replace("audio:1", "optics:2;x:1"),
    ) == [
        Problem(2, "area", Trouble.UNKNOWN, "atlantis"),
        Problem(3, "skills", Trouble.REPEATED, "3"),
        Problem(3, "skills", Trouble.UNKNOWN, "x"),
        Problem(3, "territories", Trouble.UNKNOWN, "moon"),
    ]


def test_numbers_and_telephones_are_there_once() -> None:
    assert problems_of(GOOD, GOOD) == [
        Problem(3, "phone", Trouble.REPEATED, "2"),
        Problem(3, "technician_number", Trouble.REPEATED, "2"),
    ]


def test_a_stored_technicians_telephone_is_not_given_to_another() -> None:
    assert problems_of(GOOD.replace("15400000050", "15400000001")) == [
        Problem(2, "phone", Trouble.BELONGS_TO_OTHER, "T01")
    ]


def take_in(session: Session, *lines: str) -> tuple[int, int, int]:
    count = import_technicians(session, data="\n".join([HEADER, *lines]).encode(), now=NOW)["technicians"]
    return count.added, count.changed, count.unchanged


def test_skills_become_those_of_the_file(city_database: Database) -> None:
    with city_database.writing() as session:
        take_in(session, GOOD)
    with city_database.writing() as session:
        counts = take_in(session, GOOD.replace("optics:3;audio:1", "optics:2;panel:1"))

    assert counts == (0, 1, 0)
    with city_database.reading() as session:
        technician = session.query(Technician).filter_by(number="T50").one()
        assert {(held.skill.code, held.level) for held in technician.skills} == {("optics", 2), ("panel", 1)}


def test_two_technicians_can_swap_their_telephones(city_database: Database) -> None:
    other = GOOD.replace("T50", "T51").replace("15400000050", "15400000051")
    swapped = [GOOD.replace("15400000050", "15400000051"), other.replace("15400000051", "15400000050")]

    with city_database.writing() as session:
        take_in(session, GOOD, other)
    with city_database.writing() as session:
        counts = take_in(session, *swapped)

    assert counts == (0, 2, 0)
    with city_database.reading() as session:
        phones = {t.number: t.phone for t in session.query(Technician).filter(Technician.number.in_(["T50", "T51"]))}
    assert phones == {"T50": "+8615400000051", "T51": "+8615400000050"}


def test_a_change_of_the_team_is_a_step_on_the_live_plan_and_no_change_is_none(city_database: Database) -> None:
    with city_database.writing() as session:
        revision = session.query(LivePlan).one().revision
        take_in(session, GOOD)
    with city_database.writing() as session:
        take_in(session, GOOD)

    with city_database.reading() as session:
        assert session.query(LivePlan).one().revision == revision + 1
