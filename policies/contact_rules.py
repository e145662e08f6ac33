"""Whether a message may go out now: opt-outs, consent, quiet hours, and how often is too often (H15, F3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.figures import Figures
from policies.message_purposes import CAN_WAIT, MessagePurpose

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
WHEN_STOPPED = frozenset({MessagePurpose.URGENT})
"""What goes to somebody who stopped our messages: they wait at home for a visit that changes under their feet.

Everything else about the visit they can hear on the telephone, and were told so when they stopped.
"""


class ContactVerdict(StrEnum):
    """What becomes of a message that is due."""

    SEND = "send"
    WAIT = "wait"
    WITHHOLD = "withhold"


class ContactReason(StrEnum):
    """Why a message waits or is not sent at all."""

    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    QUIET_HOURS = "quiet_hours"
    TOO_OFTEN = "too_often"
    DEAR_NUMBER = "dear_number"
    TOO_MANY_ABROAD = "too_many_abroad"


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """What a person has said about being written to, and how much of a purpose they had in its period (`cap_of`).

    `is_dear`: the number is one we never pay for. `sent_abroad` is how much went to the country of a stranger's number
    in the last hour; 0 for numbers at home or on file.
    """

    is_stopped: bool = False
    is_care_agreed: bool = False
    sent_in_period: int = 0
    is_dear: bool = False
    sent_abroad: int = 0


@dataclass(frozen=True, slots=True)
class ContactDecision:
    """A verdict with its reason. `until_at` is when a waiting message may be looked at again."""

    verdict: ContactVerdict
    reason: ContactReason | None = None
    until_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages of a purpose to one address in any stretch of this length."""

    most: int
    period: dt.timedelta


def cap_of(purpose: MessagePurpose, figures: Figures) -> Cap | None:
    """Return how often a purpose may reach one address; None for what is never too often.

    Replies are capped because a machine that answers our answers would keep us talking for ever.
    """
    caps = {
        MessagePurpose.REPLY: Cap(figures.replies_per_hour, HOUR),
        MessagePurpose.REMINDER: Cap(figures.reminders_per_day, DAY),
        MessagePurpose.SURVEY: Cap(1, figures.survey_days * DAY),
        MessagePurpose.CARE: Cap(1, figures.care_days * DAY),
    }
    return caps.get(purpose)


def decide_contact(
    purpose: MessagePurpose,
    *,
    history: ContactHistory,
    time_zones: Sequence[str],
    figures: Figures,
    now: dt.datetime,
) -> ContactDecision:
    """Decide whether a message that is due may go out; the strictest reason comes first.

    `time_zones` are where the recipient may be: a number's country can have several, and night in one is night.
    """
    if history.is_dear:
        return ContactDecision(ContactVerdict.WITHHOLD, ContactReason.DEAR_NUMBER)
    if history.sent_abroad >= figures.strangers_abroad_per_hour:
        return ContactDecision(ContactVerdict.WITHHOLD, ContactReason.TOO_MANY_ABROAD)
    if history.is_stopped and purpose not in WHEN_STOPPED:
        return ContactDecision(ContactVerdict.WITHHOLD, ContactReason.OPTED_OUT)
    if purpose is MessagePurpose.CARE and not history.is_care_agreed:
        return ContactDecision(ContactVerdict.WITHHOLD, ContactReason.NO_CONSENT)
    cap = cap_of(purpose, figures)
    if cap is not None and history.sent_in_period >= cap.most:
        return ContactDecision(ContactVerdict.WITHHOLD, ContactReason.TOO_OFTEN)
    if purpose in CAN_WAIT:
        awake_at = first_waking_instant(now, time_zones=time_zones, figures=figures)
        if awake_at > now:
            return ContactDecision(ContactVerdict.WAIT, ContactReason.QUIET_HOURS, awake_at)
    return ContactDecision(ContactVerdict.SEND)


def first_waking_instant(now: dt.datetime, *, time_zones: Sequence[str], figures: Figures) -> dt.datetime:
    """Return `now`, or the end of the quiet hours it lies in; where zones leave no common hour, the first one's."""
    for zones in (time_zones, time_zones[:1]):
        at = now
        # Each step ends the night of one zone; two rounds through all of them suffice, or there is no common hour.
        for zone in [*zones, *zones]:
            at = _end_of_quiet(at, ZoneInfo(zone), figures)
        if all(_end_of_quiet(at, ZoneInfo(zone), figures) == at for zone in zones):
            return at
    return now


def _end_of_quiet(at: dt.datetime, zone: ZoneInfo, figures: Figures) -> dt.datetime:
    local = at.astimezone(zone)
    from_hour, until_hour = figures.quiet_from_hour, figures.quiet_until_hour
    is_over_midnight = from_hour > until_hour
    is_late, is_early = local.hour >= from_hour, local.hour < until_hour
    if not ((is_late or is_early) if is_over_midnight else (is_late and is_early)):
        return at
    day = local.date() + (dt.timedelta(days=1) if is_over_midnight and is_late else dt.timedelta())
    return dt.datetime.combine(day, dt.time(until_hour), zone).astimezone(dt.UTC)
