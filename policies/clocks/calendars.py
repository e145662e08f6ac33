"""When time counts: always, or in the opening hours of a zone with its holidays and make-up workdays (K1)."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTES_OF_DAY = 24 * 60
DAYS_OF_WEEK = 7
FURTHEST_DAYS = 3700
"""No promise is longer than ten years; a calendar that offers no time for so long is a mistake."""

Hours = tuple[tuple[int, int], ...]
"""The opening hours of one day, in minutes after its midnight; what ends after 1440 ends on the next day."""
Span = tuple[dt.datetime, dt.datetime]


class CalendarMalformed(ValueError):
    """A calendar's document says something that cannot be meant; the message says where and what."""


class CalendarNeverOpen(ValueError):
    """A calendar has no opening hours for ten years on end, so nothing could ever fall due."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkingCalendar:
    """When time counts. `weekly` holds Monday to Sunday; `days` replaces single days: holidays, make-up workdays.

    `weekly` None: time always counts, by day and night, and no zone matters. Opening hours are wall-clock times: a day
    opens when the clock on the wall first shows the time or has passed it, and closes likewise, so an hour that a zone
    leaves out is not worked and one that it repeats is.
    """

    zone: ZoneInfo
    weekly: tuple[Hours, ...] | None = None
    days: Mapping[dt.date, Hours] = field(default_factory=dict)
    _spans: dict[dt.date, tuple[Span, ...]] = field(default_factory=dict, repr=False)

    def hours_of(self, day: dt.date) -> Hours:
        """Return the opening hours of one day, in minutes after its midnight."""
        if day in self.days:
            return self.days[day]
        return self.weekly[day.weekday()] if self.weekly else ((0, MINUTES_OF_DAY),)

    def is_workday(self, day: dt.date) -> bool:
        """Tell whether anybody works on this day."""
        return bool(self.hours_of(day))

    def spans_of(self, day: dt.date) -> tuple[Span, ...]:
        """Return the stretches of UTC time that open on this day; the last may end on the next.

        One that lies in an hour that the zone leaves out has no length.
        """
        known = self._spans.get(day)
        if known is None:
            hours = self.hours_of(day)
            known = self._spans[day] = tuple((self._at(day, start), self._at(day, end)) for start, end in hours)
        return known

    def open_spans(self, from_at: dt.datetime) -> Iterator[Span]:
        """Yield the stretches in which time counts from `from_at` on, in order, apart from each other, without end."""
        if self.weekly is None:
            yield from_at, dt.datetime.max.replace(tzinfo=dt.UTC)
            return
        from_at = from_at.astimezone(dt.UTC)
        day = from_at.astimezone(self.zone).date() - dt.timedelta(days=1)
        closed_until, last_day = from_at, day + dt.timedelta(days=FURTHEST_DAYS)
        while day <= last_day:
            for start, end in self.spans_of(day):
                # The end of a night shift may reach into the next day's hours; no minute counts twice.
                begins = max(start, closed_until)
                if begins < end:
                    yield begins, end
                    closed_until, last_day = end, day + dt.timedelta(days=FURTHEST_DAYS)
            day += dt.timedelta(days=1)
        raise CalendarNeverOpen(f"nothing opens between {closed_until:%Y-%m-%d} and {last_day}")

    def open_time(self, from_at: dt.datetime, until_at: dt.datetime) -> dt.timedelta:
        """Return how much time counts between two instants."""
        total = dt.timedelta()
        for start, end in self.open_spans(from_at):
            if start >= until_at:
                break
            total += min(end, until_at) - start
        return total

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """Return `at` if somebody works then, or has just closed, else when they open next."""
        start, _ = next(self.open_spans(at - dt.timedelta(microseconds=1)))
        return max(start, at)

    def end_of_workday(self, at: dt.datetime, *, workdays: int) -> dt.datetime:
        """Return when the n-th workday after the day of `at` closes; the day itself does not count."""
        day, left = at.astimezone(self.zone).date(), workdays
        for _ in range(FURTHEST_DAYS):
            day += dt.timedelta(days=1)
            left -= self.is_workday(day)
            if left == 0:
                return max(end for _, end in self.spans_of(day))
        raise CalendarNeverOpen(f"fewer than {workdays} workdays in ten years")

    def _at(self, day: dt.date, minute: int) -> dt.datetime:
        days, rest = divmod(minute, MINUTES_OF_DAY)
        wall = dt.datetime.combine(day + dt.timedelta(days=days), dt.time(rest // 60, rest % 60))
        return first_instant(wall, self.zone)


def first_instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the first UTC instant at which a clock on a wall of the zone shows `wall` (naive), or has passed it."""
    early = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # The zone leaves this time out. Both readings of it stand on either side of the change of the clocks.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC), early
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


ALWAYS = WorkingCalendar(ZoneInfo("UTC"))
"""Day and night, every day of the year."""

_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


def read_calendar(document: Mapping[str, Any]) -> WorkingCalendar:
    """Return the calendar of a document: `zone`, `weekly` (seven lists of ["09:00", "17:30"]), `days` (by date).

    An end of 24:00 is midnight; an end at or before its start lies on the next day. Raises CalendarMalformed.
    """
    try:
        zone = ZoneInfo(str(document.get("zone")))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarMalformed(f"zone: no time zone is called {document.get('zone')!r}") from error
    weekly = document.get("weekly")
    if weekly is None:
        return WorkingCalendar(zone)
    if not isinstance(weekly, Sequence) or len(weekly) != DAYS_OF_WEEK:
        raise CalendarMalformed("weekly: seven days are wanted, Monday first")
    week = tuple(read_hours(day, where=f"weekly, day {number}") for number, day in enumerate(weekly, start=1))
    if not any(week):
        raise CalendarMalformed("weekly: at least one day needs opening hours")
    days = {_date(name): read_hours(hours, where=name) for name, hours in document.get("days", {}).items()}
    return WorkingCalendar(zone, week, days)


def read_hours(hours: Sequence[Sequence[str]], *, where: str) -> Hours:
    """Return the opening hours of a day in order; raises CalendarMalformed naming `where` for an overlap or a typo."""
    read = sorted(_read_span(span, where) for span in hours)
    for (_, end), (start, _) in itertools.pairwise(read):
        if start < end:
            raise CalendarMalformed(f"{where}: opening hours overlap")
    if read and read[-1][1] > read[0][0] + MINUTES_OF_DAY:
        raise CalendarMalformed(f"{where}: opening hours last longer than a day")
    return tuple(read)


def write_hours(hours: Hours) -> list[list[str]]:
    """Return opening hours as a document holds them."""
    return [
        [_write_time(start), _write_time(end if end <= MINUTES_OF_DAY else end - MINUTES_OF_DAY)]
        for start, end in hours
    ]


def write_calendar(calendar: WorkingCalendar, *, from_on: dt.date, until_on: dt.date) -> dict[str, Any]:
    """Return the calendar as a document that says all about the days of a period."""
    if calendar.weekly is None:
        return {"zone": calendar.zone.key, "weekly": None, "days": {}}
    days = {day.isoformat(): write_hours(hours) for day, hours in calendar.days.items() if from_on <= day <= until_on}
    return {"zone": calendar.zone.key, "weekly": [write_hours(hours) for hours in calendar.weekly], "days": days}


def _write_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _read_span(span: Sequence[str], where: str) -> tuple[int, int]:
    if isinstance(span, str) or len(span) != 2:  # noqa: PLR2004 (from and until)
        raise CalendarMalformed(f"{where}: {span!r} is not a pair of times")
    start, end = (_read_time(text, where) for text in span)
    if start >= MINUTES_OF_DAY:
        raise CalendarMalformed(f"{where}: nothing opens at 24:00")
    return start, end if end > start else end + MINUTES_OF_DAY


def _read_time(text: object, where: str) -> int:
    found = _TIME.fullmatch(str(text))
    minute = int(found[1]) * 60 + int(found[2]) if found else None
    if minute is None or minute > MINUTES_OF_DAY:
        raise CalendarMalformed(f"{where}: {text!r} is no time between 00:00 and 24:00")
    return minute


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CalendarMalformed(f"days: {text!r} is no date such as 2026-10-01") from error
