"""Which greeting a customer gets today: a day of their own, or a festival (F3)."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import holidays

FROM_HOUR, UNTIL_HOUR = 9, 20
"""Between these hours of the customer's day greetings are stored; whoever agrees later in the day gets none."""
FEBRUARY, LEAP_DAY = 2, 29


class Occasion(StrEnum):
    """What a greeting is for."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    MID_AUTUMN = "mid_autumn"
    SPECIAL_DAY = "special_day"


class ConsentWay(StrEnum):
    """How somebody said whether greetings are welcome."""

    TEXT = "text"
    PAGE = "page"
    TELEPHONE = "telephone"
    IN_PERSON = "in_person"
    LETTER = "letter"


HEARD_AT_DESK = (ConsentWay.TELEPHONE, ConsentWay.IN_PERSON, ConsentWay.LETTER)
"""The ways somebody of the office writes down; the others write themselves down."""
_FESTIVALS = {
    "New Year's Day": Occasion.NEW_YEAR,
    "Chinese New Year (Spring Festival)": Occasion.SPRING_FESTIVAL,
    "Mid-Autumn Festival": Occasion.MID_AUTUMN,
}


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day of the year that a customer likes to be remembered on."""

    id: int
    name: str
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Greeting:
    """One greeting: `key` tells it apart from every other one this customer ever gets, `name` is their own day's."""

    occasion: Occasion
    key: str
    name: str = ""


def decide_greeting(local: dt.datetime, *, own_days: Iterable[OwnDay]) -> Greeting | None:
    """Return the greeting due at a customer's local time, or None; their own day comes before a festival.

    Who was born on 29 February is remembered on the 28th in other years.
    """
    if not FROM_HOUR <= local.hour < UNTIL_HOUR:
        return None
    today = local.date()
    for own in own_days:
        if (own.month, own.day) in days_meant(today):
            return Greeting(Occasion.SPECIAL_DAY, f"{Occasion.SPECIAL_DAY}:{own.id}:{today.year}", own.name)
    festival = festivals_of(today.year).get(today)
    return Greeting(festival, f"{festival}:{today.year}") if festival else None


def days_meant(on: dt.date) -> tuple[tuple[int, int], ...]:
    """Return the days of the year, as month and day, that are kept on this date."""
    is_short = not calendar.isleap(on.year) and (on.month, on.day) == (FEBRUARY, LEAP_DAY - 1)
    return ((on.month, on.day), (FEBRUARY, LEAP_DAY)) if is_short else ((on.month, on.day),)


@cache
def festivals_of(year: int) -> Mapping[dt.date, Occasion]:
    """Return the first day of each festival of a year."""
    first: dict[Occasion, dt.date] = {}
    calendar_of_year = holidays.country_holidays("CN", years=[year], language="en_US", observed=False)
    for on, names in sorted(calendar_of_year.items()):
        for name in names.split("; "):
            if name in _FESTIVALS:
                first.setdefault(_FESTIVALS[name], on)
    return MappingProxyType({on: occasion for occasion, on in first.items()})
