"""When a customer is reminded of a visit: the evening before, and two hours before (H15)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.figures import Figures


class ReminderKind(StrEnum):
    """Which of the two it is; each is told once."""

    EVENING = "evening"
    SOON = "soon"


JUST_HEARD = dt.timedelta(hours=3)
"""Whoever was promised the visit so lately needs no reminder of it."""


def decide_reminder(
    *, window_from_at: dt.datetime, promised_at: dt.datetime, time_zone: str, figures: Figures, now: dt.datetime
) -> ReminderKind | None:
    """Return the reminder that is due now, or None: never at night, and never for what has just been promised."""
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    is_night = not figures.quiet_until_hour <= local.hour < figures.quiet_from_hour
    if is_night or now >= window_from_at or now - promised_at < JUST_HEARD:
        return None
    if window_from_at - now <= dt.timedelta(minutes=figures.reminder_minutes):
        return ReminderKind.SOON
    days = (window_from_at.astimezone(zone).date() - local.date()).days
    return ReminderKind.EVENING if days == 1 and local.hour >= figures.reminder_evening_hour else None
