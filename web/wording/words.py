"""Times and states as the pages write them."""

import datetime as dt
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.commitments import CommitmentState
from web.wording.sentences import say

SOON = dt.timedelta(hours=4)
NEAR = dt.timedelta(hours=8)


class Tone(StrEnum):
    """How much a deadline needs somebody."""

    KEPT = "kept"
    CALM = "calm"
    NEAR = "near"
    SOON = "soon"
    BROKEN = "broken"


def clock_time(at: dt.datetime, zone: ZoneInfo) -> str:
    """Return the local time of day: 08:30."""
    return f"{at.astimezone(zone):%H:%M}"


def day_name(on: dt.date) -> str:
    """Return a date with its weekday: 11月23日 星期一, Mon 23 Nov."""
    return say(f"date.{on.month}", day=on.day, month=on.month, weekday=say(f"weekday.{on.weekday()}"))


def instant(at: dt.datetime, zone: ZoneInfo, *, today: dt.date) -> str:
    """Return time of day, with the date in front when it is not today."""
    local = at.astimezone(zone)
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}"


def window(from_at: dt.datetime, until_at: dt.datetime, zone: ZoneInfo, *, today: dt.date) -> str:
    """Return a promised window: 08:00–10:00, with the date in front when it is not today."""
    return f"{instant(from_at, zone, today=today)}–{clock_time(until_at, zone)}"


def stretch(length: dt.timedelta) -> str:
    """Return how long something is, without its sign: 3 小时 20 分, 3 h 20 min, or days when it is long."""
    seconds = int(abs(length).total_seconds())
    if seconds < 60:  # noqa: PLR2004 (seconds of a minute)
        return say("stretch.seconds", seconds=seconds)
    minutes = seconds // 60
    if minutes < 60:  # noqa: PLR2004 (minutes of an hour)
        return say("stretch.minutes", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:  # noqa: PLR2004 (two days are still counted in hours: the promises are made in hours)
        return say("stretch.hours", hours=hours, minutes=minutes)
    return say("stretch.days", days=hours // 24, hours=hours % 24)


def time_left(deadline_at: dt.datetime, now: dt.datetime) -> str:
    """Return how much time is left, or by how much it is late."""
    left = deadline_at - now
    return say("left.late" if left < dt.timedelta() else "left.left", time=stretch(left))


def tone_of(deadline_at: dt.datetime, now: dt.datetime) -> Tone:
    """Return how much a running clock needs somebody."""
    left = deadline_at - now
    if left < dt.timedelta():
        return Tone.BROKEN
    if left < SOON:
        return Tone.SOON
    return Tone.NEAR if left < NEAR else Tone.CALM


def tone_of_state(state: CommitmentState, deadline_at: dt.datetime, now: dt.datetime) -> Tone:
    """Return the tone of a clock's last verdict."""
    if state is CommitmentState.RUNNING:
        return tone_of(deadline_at, now)
    if state is CommitmentState.PAUSED:
        return Tone.CALM
    return Tone.BROKEN if state is CommitmentState.BROKEN else Tone.KEPT
