import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from policies.clocks.calendars import (
    ALWAYS,
    CalendarMalformed,
    CalendarNeverOpen,
    WorkingCalendar,
    first_instant,
    read_calendar,
    write_calendar,
    write_hours,
)
from tests.factories.clocks import CALENDARS, delivered_calendar
from tests.factories.instants import NIGHT, hours, minutes, monday

OFFICE = delivered_calendar("office")
WEEK = [[["09:00", "18:00"]]] * 5 + [[], []]


def document(**changed: object) -> dict[str, object]:
    return {"zone": "Asia/Shanghai", "weekly": WEEK, "days": {}} | changed


def test_a_calendar_that_is_always_open_loses_no_minute_at_midnight() -> None:
    all_week = read_calendar(document(weekly=[[["00:00", "24:00"]]] * 7))

    for calendar in (ALWAYS, all_week):
        assert calendar.open_time(NIGHT, NIGHT + hours(24 * 400)) == hours(24 * 400)


def test_office_hours_have_a_break_an_evening_a_weekend_and_holidays() -> None:
    assert OFFICE.open_time(monday(0), monday(24)) == hours(8)
    assert OFFICE.open_time(monday(11), monday(14)) == hours(2)
    assert OFFICE.open_time(monday(0), monday(7 * 24)) == hours(40)
    national_day = dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)
    assert OFFICE.open_time(national_day, national_day + hours(7 * 24)) == hours(0)


def test_a_night_shift_belongs_to_the_day_it_opens_on() -> None:
    nights = read_calendar(document(weekly=[[["22:00", "06:00"]]] + [[]] * 6))

    assert nights.open_time(monday(0), monday(6)) == hours(0)
    assert nights.open_time(monday(20), monday(48)) == hours(8)


def test_a_shift_into_a_day_that_opens_early_counts_no_minute_twice() -> None:
    both = read_calendar(document(weekly=[[["20:00", "10:00"]]] + [[["08:00", "12:00"]]] + [[]] * 5))

    assert both.open_time(monday(12), monday(40)) == hours(16)


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2026-03-08T02:30", "2026-03-08T07:00+00:00"),  # left out: the clock first shows 3:00
        ("2026-11-01T01:30", "2026-11-01T05:30+00:00"),  # shown twice: the first time
        ("2026-07-01T09:00", "2026-07-01T13:00+00:00"),
    ],
)
def test_a_time_on_the_wall_is_the_first_instant_it_is_shown_or_has_passed(wall: str, instant: str) -> None:
    found = first_instant(dt.datetime.fromisoformat(wall), ZoneInfo("America/New_York"))

    assert found == dt.datetime.fromisoformat(instant)


def test_a_day_of_office_hours_is_as_long_as_ever_when_the_clocks_change_at_night() -> None:
    office = read_calendar(document(zone="Europe/Berlin", weekly=[[["09:00", "17:00"]]] * 7))
    nights = read_calendar(document(zone="Europe/Berlin", weekly=[[["22:00", "06:00"]]] * 7))

    for month, day, night in ((3, 29, 7), (10, 25, 9)):
        noon_before = dt.datetime(2026, month, day - 1, 11, tzinfo=dt.UTC)
        assert office.open_time(noon_before + hours(8), noon_before + hours(30)) == hours(8)
        assert nights.open_time(noon_before, noon_before + hours(22)) == hours(night)


def test_the_next_opening_is_now_while_somebody_works_or_has_just_closed() -> None:
    assert OFFICE.next_open(monday(10)) == monday(10)
    assert OFFICE.next_open(monday(18)) == monday(18)
    assert OFFICE.next_open(monday(18) + minutes(1)) == monday(33)
    assert OFFICE.next_open(monday(2)) == monday(9)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"zone": "Asia/Nowhere"}, "zone: no time zone is called 'Asia/Nowhere'"),
        ({"zone": None}, "zone"),
        ({"weekly": WEEK[:5]}, "weekly: seven days"),
        ({"weekly": [[]] * 7}, "weekly: at least one day"),
        ({"weekly": [[["09:00"]], *WEEK[1:]]}, "weekly, day 1"),
        ({"weekly": [["09:00", "18:00"], *WEEK[1:]]}, "weekly, day 1: '09:00' is not a pair"),
        ({"weekly": [*WEEK[:2], [["9:00", "18:00"]], *WEEK[3:]]}, "weekly, day 3: '9:00' is no time"),
        ({"weekly": [*WEEK[:2], [["24:00", "18:00"]], *WEEK[3:]]}, "weekly, day 3: nothing opens at 24:00"),
        ({"days": {"2026-02-30": []}}, "'2026-02-30' is no date"),
        ({"days": {"2026-02-03": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "2026-02-03: opening hours overlap"),
        ({"days": {"2026-02-03": [["09:00", "24:30"]]}}, "2026-02-03: '24:30' is no time"),
        ({"days": {"2026-02-03": [["06:00", "08:00"], ["20:00", "07:00"]]}}, "2026-02-03: opening hours last longer"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_refused_and_says_where(changed: dict[str, object], says: str) -> None:
    with pytest.raises(CalendarMalformed, match=says):
        read_calendar(document(**changed))


def test_a_calendar_whose_every_day_is_a_holiday_is_found_out_instead_of_searched_for_ever() -> None:
    closed = {NIGHT.date() + dt.timedelta(days=day): () for day in range(4000)}
    never = WorkingCalendar(ZoneInfo("UTC"), (((540, 1080),),) * 7, closed)

    with pytest.raises(CalendarNeverOpen):
        never.next_open(NIGHT)
    with pytest.raises(CalendarNeverOpen):
        never.end_of_workday(NIGHT, workdays=1)


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: calendar["code"])
def test_the_opening_hours_of_delivered_calendars_are_written_as_they_are_read(calendar: dict) -> None:
    read = read_calendar(calendar)

    assert [write_hours(hours) for hours in read.weekly or ()] == (calendar["weekly"] or [])
    assert {day.isoformat(): write_hours(hours) for day, hours in read.days.items()} == calendar["days"]


def test_hours_that_begin_at_no_full_hour_or_end_the_next_morning_are_written_as_they_are_read() -> None:
    odd = [["08:45", "12:20"], ["22:30", "06:15"]]
    read = read_calendar(document(weekly=[odd, *[[]] * 6]))

    assert read.hours_of(monday(12).date()) == ((525, 740), (1350, 1815))
    assert [write_hours(hours) for hours in read.weekly or ()] == [odd, *[[]] * 6]


def test_a_calendar_that_is_always_open_is_open_from_midnight_to_midnight() -> None:
    assert ALWAYS.hours_of(monday(0).date()) == ((0, 1440),)


def test_a_calendar_is_written_with_the_days_of_a_period_and_read_again() -> None:
    first, last = dt.date(2026, 10, 1), dt.date(2026, 10, 7)
    outside = last + dt.timedelta(days=1)
    holidays = read_calendar(document(days={first.isoformat(): [], outside.isoformat(): []}))

    for calendar, days in ((ALWAYS, []), (holidays, [first.isoformat()])):
        written = write_calendar(calendar, from_on=first, until_on=last)
        assert list(written["days"]) == days
        assert read_calendar(written).weekly == calendar.weekly
        assert read_calendar(written).zone == calendar.zone


def test_hours_that_lie_in_an_hour_the_clocks_leave_out_make_a_workday_without_time() -> None:
    """From 02:10 to 02:40 on the night on which clocks go from two to three."""
    short = read_calendar(document(zone="America/New_York", weekly=[[["02:10", "02:40"]]] * 7))
    saturday, sunday = (dt.datetime(2026, 3, day, 17, tzinfo=dt.UTC) for day in (7, 8))

    assert short.open_time(saturday, sunday) == hours(0)
    assert short.end_of_workday(saturday, workdays=1) == dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC)


@given(st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24 * 30))
def test_open_time_adds_up_over_any_instant_between(first: int, second: int, third: int) -> None:
    start, middle, end = (NIGHT + minutes(at) for at in sorted((first, second, third)))

    assert OFFICE.open_time(start, middle) + OFFICE.open_time(middle, end) == OFFICE.open_time(start, end)
