import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest

from cli.demo_city.city import TIME_ZONE, build_city
from cli.demo_city.content import Fault, list_faults, read_rows
from cli.demo_city.shapes import City, CityTechnician
from tests.cli.demo_city.conftest import START_AT

STARTS = [START_AT + dt.timedelta(days=days) for days in range(3)]


def list_working(city: City, day: dt.date) -> list[CityTechnician]:
    """Who starts a shift on this local day and is not absent in any part of it."""
    technicians = {technician.number: technician for technician in city.technicians}
    return [
        technicians[shift.technician]
        for shift in city.shifts
        if shift.starts_at.astimezone(ZoneInfo(TIME_ZONE)).date() == day
        and not any(
            absence.technician == shift.technician
            and absence.absent_from_at < shift.ends_at
            and absence.absent_until_at > shift.starts_at
            for absence in city.absences
        )
    ]


def is_able(technician: CityTechnician, fault: Fault, territory: str) -> bool:
    return dict(technician.skills).get(fault.skill, 0) >= fault.skill_level and (
        not technician.territories or territory in technician.territories
    )


@pytest.mark.parametrize("start_at", STARTS)
def test_every_fault_has_a_technician_with_the_skill_in_every_territory_on_every_day(start_at: dt.datetime) -> None:
    city = build_city(seed=1, start_at=start_at)
    today = start_at.astimezone(ZoneInfo(TIME_ZONE)).date()

    for day in (today + dt.timedelta(days=ahead) for ahead in range(14)):
        working = list_working(city, day)
        for fault in list_faults():
            for territory in city.area.territories:
                assert any(is_able(technician, fault, territory.code) for technician in working), (day, fault.code)


def test_two_technicians_work_at_night_and_never_are_both_away(city: City) -> None:
    night = {shift.technician for shift in city.shifts if shift.is_night}
    today = START_AT.astimezone(ZoneInfo(TIME_ZONE)).date()

    assert len(night) == 2
    for day in (today + dt.timedelta(days=ahead) for ahead in range(14)):
        assert night & {technician.number for technician in list_working(city, day)}, day


def test_nobody_works_more_than_six_days_without_rest(city: City) -> None:
    for technician in city.technicians:
        starts = sorted(shift.starts_at for shift in city.shifts if shift.technician == technician.number)
        gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]

        assert dt.timedelta(days=2) in gaps
        assert min(gaps) == dt.timedelta(days=1)


def test_every_shift_has_a_break_that_fits_into_it(city: City) -> None:
    for shift in city.shifts:
        assert shift.starts_at < shift.break_from_at < shift.break_until_at
        assert shift.break_until_at + dt.timedelta(minutes=shift.break_minutes) <= shift.ends_at


def test_every_skill_a_technician_holds_is_in_the_catalogue(city: City) -> None:
    known = {row["code"] for row in read_rows("catalogue/skills")}

    assert {skill for technician in city.technicians for skill, _ in technician.skills} == known


def test_some_technician_is_absent_on_the_day_of_the_start(city: City) -> None:
    assert any(absence.absent_from_at <= START_AT < absence.absent_until_at for absence in city.absences)
