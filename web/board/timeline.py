"""Where things stand on a timeline: instants become steps of five minutes, placed by style classes (no inline CSS)."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

STEP = dt.timedelta(minutes=5)
STEPS_PER_HOUR = dt.timedelta(hours=1) // STEP
MOST_DAYS = 3
MOST_STEPS = (MOST_DAYS * 24 + 1) * STEPS_PER_HOUR  # clocks go back once at most
LABEL_HOURS = {1: 1, MOST_DAYS: 3}
"""Every how many hours there is a label, by the number of days shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the timeline, in steps from its left end."""

    start: int
    length: int

    @property
    def css(self) -> str:
        """Return the style classes that put an element there."""
        return f"s{self.start} n{self.length}"


@dataclass(frozen=True, slots=True)
class Axis:
    """Some local days, from midnight to midnight."""

    on: dt.date
    zone: ZoneInfo
    days: int = 1

    @property
    def from_at(self) -> dt.datetime:
        """The first instant of the day."""
        return dt.datetime.combine(self.on, dt.time(), self.zone).astimezone(dt.UTC)

    @property
    def until_at(self) -> dt.datetime:
        """The first instant after the last day."""
        return dt.datetime.combine(self.on + dt.timedelta(days=self.days), dt.time(), self.zone).astimezone(dt.UTC)

    @property
    def steps(self) -> int:
        """How many steps there are: 288 a day, and 12 more or fewer when clocks change."""
        return (self.until_at - self.from_at) // STEP

    def hours(self) -> list[tuple[Place, str]]:
        """Return the place and the label of every hour, or of every third when there are several days."""
        apart = LABEL_HOURS.get(self.days, 1)
        hours = range(0, self.steps // STEPS_PER_HOUR, apart)
        starts = [(hour * STEPS_PER_HOUR, self.from_at + dt.timedelta(hours=hour)) for hour in hours]
        return [(Place(step, apart * STEPS_PER_HOUR), f"{at.astimezone(self.zone):%H:%M}") for step, at in starts]

    def midnights(self) -> list[tuple[Place, dt.date]]:
        """Return the place and the date of every day shown."""
        days = [Axis(self.on + dt.timedelta(days=day), self.zone) for day in range(self.days)]
        places = ((self.place(day.from_at, day.until_at), day.on) for day in days)
        return [(place, on) for place, on in places if place is not None]

    def instant(self, step: int) -> dt.datetime:
        """Return the instant a step begins."""
        return self.from_at + step * STEP

    def place(self, from_at: dt.datetime, until_at: dt.datetime) -> Place | None:
        """Return where a stretch stands, cut to what is shown, at least one step long; None if it lies outside."""
        if until_at <= self.from_at or from_at >= self.until_at:
            return None
        start = max(0, round((from_at - self.from_at) / STEP))
        end = min(self.steps, round((until_at - self.from_at) / STEP))
        start = min(start, self.steps - 1)
        return Place(start, max(1, end - start))

    def moment(self, at: dt.datetime) -> int | None:
        """Return the step an instant falls into, or None outside."""
        return (at - self.from_at) // STEP if self.from_at <= at < self.until_at else None


@cache
def steps_stylesheet() -> str:
    """Return the classes that `Place.css` names: s0… for where, n1… for how long."""
    starts = "".join(f".s{step}{{--s:{step}}}" for step in range(MOST_STEPS + 1))
    lengths = "".join(f".n{step}{{--n:{step}}}" for step in range(1, MOST_STEPS + 1))
    return f"/* made by web/board/timeline.py */\n{starts}\n{lengths}\n"
