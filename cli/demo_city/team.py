"""The fourteen technicians, their shifts and absences over the days around the start."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from cli.demo_city.content import list_neighbourhoods, read_pairs, read_rows
from cli.demo_city.draws import open_draws
from cli.demo_city.places import draw_point
from cli.demo_city.shapes import CityAbsence, CityShift, CityTechnician
from policies.languages import Language

FIRST_DAY = -1
LAST_DAY = 14
REST_EVERY_DAYS = 6
PHONE_PREFIX = "+861540000"


def build_technicians(*, seed: int) -> tuple[CityTechnician, ...]:
    """Return the technicians; T01 has the telephone number +86 154 0000 0001, and so on."""
    draws = open_draws(seed, "technicians")
    places = {place.name: place for place in list_neighbourhoods()}
    technicians = []
    for index, row in enumerate(read_rows("demo/technicians"), start=1):
        latitude, longitude = draw_point(draws, places[row["home"]])
        technicians.append(
            CityTechnician(
                number=row["number"],
                name=row["name"],
                name_en=row["name_en"],
                phone=f"{PHONE_PREFIX}{index:04d}",
                language=Language(row["language"]),
                home_latitude=latitude,
                home_longitude=longitude,
                territories=tuple(filter(None, row["territories"].split("|"))),
                skills=tuple((skill, int(level)) for skill, level in read_pairs(row["skills"], between=":")),
            )
        )
    return tuple(technicians)


def build_shifts(*, today: dt.date, time_zone: str) -> tuple[CityShift, ...]:
    """Return every technician's shifts from the day before `today` for two weeks, with one day off in six."""
    rosters = {row["roster"]: row for row in read_rows("demo/rosters")}
    return tuple(
        _build_shift(row["number"], rosters[row["roster"]], today + dt.timedelta(days=day), time_zone)
        for day in range(FIRST_DAY, LAST_DAY)
        for row in read_rows("demo/technicians")
        if (day - int(row["rest_day"])) % REST_EVERY_DAYS
    )


def build_absences(*, today: dt.date, time_zone: str) -> tuple[CityAbsence, ...]:
    """Return the absences, counted in days from `today`."""
    return tuple(
        CityAbsence(
            technician=row["technician"],
            absent_from_at=_at(today + dt.timedelta(days=int(row["from_day"])), row["from_local"], time_zone),
            absent_until_at=_at(today + dt.timedelta(days=int(row["until_day"])), row["until_local"], time_zone),
            reason=row["reason"],
        )
        for row in read_rows("demo/absences")
    )


def _build_shift(technician: str, roster: dict[str, str], day: dt.date, time_zone: str) -> CityShift:
    starts_at = _at(day, roster["starts_local"], time_zone)

    def after(hours: str) -> dt.datetime:
        return starts_at + dt.timedelta(hours=float(roster[hours]))

    return CityShift(
        technician=technician,
        starts_at=starts_at,
        ends_at=after("hours"),
        break_from_at=after("break_from_hours"),
        break_until_at=after("break_until_hours"),
        break_minutes=int(roster["break_minutes"]),
        overtime_limit_minutes=int(roster["overtime_limit_minutes"]),
        is_night=roster["is_night"] == "1",
    )


def _at(day: dt.date, local: str, time_zone: str) -> dt.datetime:
    clock = dt.time.fromisoformat(local)
    return dt.datetime.combine(day, clock, tzinfo=ZoneInfo(time_zone)).astimezone(dt.UTC)
