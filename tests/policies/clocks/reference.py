"""A clock read minute by minute, as a person with a stopwatch and a wall clock would: slow, obvious, and not ours.

Works on whole minutes. Nothing of policies/clocks is used but the words of the states.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

MINUTE = dt.timedelta(minutes=1)
Hours = tuple[tuple[int, int], ...]


@dataclass
class Wall:
    """What hangs on the wall of an office: a clock, and a list of opening hours."""

    zone: ZoneInfo
    weekly: tuple[Hours, ...] | None
    days: dict[dt.date, Hours] = field(default_factory=dict)

    def minutes(self, from_at: dt.datetime) -> Iterator[tuple[dt.datetime, bool]]:
        """Yield each minute from an instant on, and whether the office is open in it."""
        at = from_at - dt.timedelta(hours=4)  # who comes in while the clock shows an hour again must know it
        latest = at.astimezone(self.zone).replace(tzinfo=None)
        while True:
            # An office does not open or close a second time because the clock was put back.
            latest = max(latest, at.astimezone(self.zone).replace(tzinfo=None))
            if at >= from_at:
                yield at, self.is_open(latest)
            at += MINUTE

    def is_open(self, wall: dt.datetime) -> bool:
        if self.weekly is None:
            return True
        for day in (wall.date() - dt.timedelta(days=1), wall.date()):
            midnight = dt.datetime.combine(day, dt.time())
            hours = self.days.get(day, self.weekly[day.weekday()])
            if any(midnight + start * MINUTE <= wall < midnight + end * MINUTE for start, end in hours):
                return True
        return False


@dataclass
class Happened:
    """One thing that happened: a word, when, and for a pause its reason."""

    word: str
    at: dt.datetime
    reason: str = ""


def read_by_the_minute(
    wall: Wall, happened: Sequence[Happened], *, target_minutes: int, now: dt.datetime
) -> tuple[str, dt.datetime, dt.datetime | None] | None:
    """Return state, start, and when it was decided; None while nothing has started.

    Words: start, meet, withdraw, pause, resume.
    """
    known = [one for one in happened if one.at <= now]
    starts = [one.at for one in known if one.word == "start"]
    if not starts:
        return None
    started_at = min(starts)
    used = 0
    for at, is_open in wall.minutes(started_at):
        for word, state in (("meet", "met"), ("withdraw", "withdrawn")):
            if any(one.word == word and one.at == at for one in known):
                return state, started_at, at
        if used == target_minutes:
            # This is the deadline itself: what happens now is in time, what happens later is not.
            return ("running", started_at, None) if at == now else ("broken", started_at, at)
        is_paused = bool(reasons_held(known, at))
        if at == now:
            return ("paused" if is_paused else "running"), started_at, None
        used += is_open and not is_paused
    raise AssertionError("time does not end")


def reasons_held(known: Sequence[Happened], at: dt.datetime) -> set[str]:
    """Return the reasons that hold the clock in the minute that begins at `at`."""
    held: set[str] = set()
    for one in sorted(known, key=lambda one: one.at):
        if one.at > at:
            break
        if one.word == "pause":
            held.add(one.reason)
        elif one.word == "resume":
            held.discard(one.reason)
    return held
