"""Whose certificate has expired is not sent for what it stands for (T1)."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from models import Certificate, Technician
from models.database import Database
from operations.dispatching.offers import offer_windows
from operations.imports.certificates import import_certificates
from operations.imports.problems import ImportRefused, Trouble
from operations.planning.live import read_plan
from tests.factories.city import City, open_visit
from tests.factories.instants import MIDNIGHT, NIGHT, hours

SUNDAY, MONDAY = dt.date(2026, 11, 22), dt.date(2026, 11, 23)
HEADER = "technician_number,skill,certificate_number,valid_until_on"


def certify(session: Session, city: City, technician: Technician, last_on: dt.date) -> None:
    session.add(
        Certificate(technician_id=technician.id, skill_id=city.skill.id, number=f"C-{last_on}", valid_until_on=last_on)
    )
    session.flush()


def shifts_with_the_skill(session: Session, city: City) -> dict[str, set[int]]:
    """Per technician, which of his shifts the planner may send him in, by their number."""
    shifts = read_plan(session, area_id=city.area.id, now=NIGHT).snapshot.problem.shifts
    found: dict[str, set[int]] = {}
    for one in sorted(shifts, key=lambda shift: (shift.technician_id, shift.from_seconds)):
        numbers = found.setdefault(one.technician_id, set())
        day = round((one.from_seconds - (MIDNIGHT - NIGHT).total_seconds()) // 86_400)
        if city.skill.code in one.skills:
            numbers.add(day)
    return found


def test_a_certificate_counts_through_its_last_day_and_the_latest_one_decides(database: Database, city: City) -> None:
    first, second = city.technicians
    with database.writing() as session:
        certify(session, city, first, MONDAY)

        assert shifts_with_the_skill(session, city) == {str(first.id): {0}, str(second.id): {0, 1}}

        certify(session, city, first, MONDAY + dt.timedelta(days=365))
        assert shifts_with_the_skill(session, city)[str(first.id)] == {0, 1}


def test_with_every_certificate_expired_no_window_is_offered(database: Database, city: City) -> None:
    with database.writing() as session:
        for technician in city.technicians:
            certify(session, city, technician, SUNDAY)
        visit = open_visit(session, city)

        assert offer_windows(session, visit=visit, now=NIGHT).holds == []


def test_a_file_of_certificates_moves_the_plan_on_and_names_what_is_wrong(database: Database, city: City) -> None:
    number, skill = city.technicians[0].number, city.skill.code
    good = f"{number},{skill},C-1,2026-11-23"
    with database.writing() as session:
        before = read_plan(session, area_id=city.area.id, now=NIGHT).row.revision
        counts = import_certificates(session, data=f"{HEADER}\n{good}".encode(), now=NIGHT + hours(1))
        assert counts["certificates"].added == 1
        assert read_plan(session, area_id=city.area.id, now=NIGHT).row.revision == before + 1

        bad = [good, good, good.replace(number, "T9999"), good.replace(skill, "magic"), good.replace("-23", "-31")]
        with pytest.raises(ImportRefused) as refused:
            import_certificates(session, data="\n".join([HEADER, *bad]).encode(), now=NIGHT)

    assert {(one.line, one.column, one.trouble) for one in refused.value.problems} == {
        (3, "valid_until_on", Trouble.REPEATED),
        (4, "technician_number", Trouble.UNKNOWN),
        (5, "skill", Trouble.UNKNOWN),
        (6, "valid_until_on", Trouble.NOT_A_DATE),
    }
