import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from policies.greetings import FROM_HOUR, UNTIL_HOUR, Occasion, OwnDay, decide_greeting, festivals_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
LEAP_CHILD = OwnDay(7, "生日", 2, 29)


def at(year: int, month: int, day: int, hour: int = 10) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("on", "occasion"),
    [
        (at(2027, 1, 1), Occasion.NEW_YEAR),
        (at(2027, 2, 6), Occasion.SPRING_FESTIVAL),
        (at(2027, 2, 7), None),
        (at(2027, 9, 15), Occasion.MID_AUTUMN),
        (at(2020, 10, 1), Occasion.MID_AUTUMN),
        (at(2027, 10, 1), None),
    ],
)
def test_a_festival_is_greeted_on_its_first_day(on: dt.datetime, occasion: Occasion | None) -> None:
    greeting = decide_greeting(on, own_days=[])

    assert (greeting.occasion if greeting else None) == occasion


@pytest.mark.parametrize("year", range(2026, 2061))
def test_each_festival_comes_once_in_every_year(year: int) -> None:
    assert sorted(festivals_of(year).values()) == sorted(set(Occasion) - {Occasion.SPECIAL_DAY})


def test_a_day_of_ones_own_comes_before_a_festival_and_once_a_year() -> None:
    own = OwnDay(3, "开业纪念日", 1, 1)

    first, next_year = (decide_greeting(at(year, 1, 1), own_days=[own]) for year in (2027, 2028))

    assert first is not None
    assert next_year is not None
    assert (first.occasion, first.name) == (Occasion.SPECIAL_DAY, "开业纪念日")
    assert first.key != next_year.key


@pytest.mark.parametrize(("on", "is_due"), [((2028, 2, 29), True), ((2028, 2, 28), False), ((2027, 2, 28), True)])
def test_whoever_was_born_on_a_leap_day_is_remembered_every_year(on: tuple[int, int, int], *, is_due: bool) -> None:
    assert (decide_greeting(at(*on), own_days=[LEAP_CHILD]) is not None) == is_due


@given(st.dates(dt.date(2026, 1, 1), dt.date(2060, 12, 31)), st.integers(0, 23))
def test_nobody_is_greeted_early_or_late(on: dt.date, hour: int) -> None:
    local = at(on.year, on.month, on.day, hour)
    own = OwnDay(1, "生日", local.month, local.day)

    assert (decide_greeting(local, own_days=[own]) is not None) == (FROM_HOUR <= local.hour < UNTIL_HOUR)
