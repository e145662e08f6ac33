"""Active service (主动服务): from a plan's settings to its due dates, and how one of them proceeds (F3)."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from policies.months import date_in_month


class CareKind(StrEnum):
    """What is done; the first four are visits, the others are contacts."""

    QUARTERLY_MAINTENANCE = "quarterly_maintenance"
    YEARLY_CARE = "yearly_care"
    SUMMER_INSPECTION = "summer_inspection"
    WINTER_INSPECTION = "winter_inspection"
    MONTHLY_CONTACT = "monthly_contact"
    NEW_CUSTOMER_CALL = "new_customer_call"
    GREETING = "greeting"


VISITS = frozenset(
    {
        CareKind.QUARTERLY_MAINTENANCE,
        CareKind.YEARLY_CARE,
        CareKind.SUMMER_INSPECTION,
        CareKind.WINTER_INSPECTION,
    }
)
"""Care for which somebody drives there."""


class Rhythm(StrEnum):
    """How often."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    SEASON = "season"
    ONCE = "once"


_MONTHS_BETWEEN = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}


class CareState(StrEnum):
    """Where one date of a plan stands."""

    PLANNED = "planned"
    RELEASED = "released"
    DONE = "done"
    SKIPPED = "skipped"


_MOVES: dict[CareState, frozenset[CareState]] = {
    CareState.PLANNED: frozenset({CareState.RELEASED, CareState.DONE, CareState.SKIPPED}),
    # A visit that is cancelled reopens its date.
    CareState.RELEASED: frozenset({CareState.PLANNED, CareState.DONE, CareState.SKIPPED}),
    CareState.DONE: frozenset(),
    CareState.SKIPPED: frozenset({CareState.PLANNED}),
}


class CareMoveRefused(ValueError):
    """The date cannot go from its state to the one asked for."""


class CareOutOfTolerance(ValueError):
    """The day lies outside what the plan tolerates around its due date."""

    field = "wanted_on"


class RhythmIncomplete(ValueError):
    """A season needs its month and day, a single date its days after the purchase."""


@dataclass(frozen=True, slots=True)
class CareRhythm:
    """A plan's settings as far as dates go.

    `month` and `day` say when in the year a season's date is; `after_days` how long after the anchor a single one.
    A date may be moved by so many days at most, before and after.
    """

    rhythm: Rhythm
    month: int | None = None
    day: int | None = None
    after_days: int | None = None
    days_before: int = 7
    days_after: int = 7

    def check(self) -> None:
        """Raise RhythmIncomplete where the rhythm lacks what it needs."""
        is_season = self.rhythm is Rhythm.SEASON
        if is_season and not (self.month and self.day and self.day <= calendar.monthrange(2001, self.month)[1]):
            raise RhythmIncomplete("month, day")
        if self.rhythm is Rhythm.ONCE and self.after_days is None:
            raise RhythmIncomplete("after_days")


def move_care(now: CareState, to: CareState) -> CareState:
    """Return `to` if a date may go there from `now`; otherwise raise CareMoveRefused."""
    if to not in _MOVES[now]:
        raise CareMoveRefused(f"{now} -> {to}")
    return to


def list_due_dates(rhythm: CareRhythm, *, anchor_on: dt.date, from_on: dt.date, until_on: dt.date) -> list[dt.date]:
    """Return the due dates in [from_on, until_on), none before the anchor: a purchase, or a plan's first day.

    The same settings give the same dates whenever they are asked, so nothing shifts and nothing comes twice. A month
    that is too short has its date on its last day, and the next one is again on the anchor's.
    """
    return [on for on in _dates(rhythm, anchor_on, until_on) if from_on <= on < until_on and on >= anchor_on]


def check_day(rhythm: CareRhythm, *, due_on: dt.date, wanted_on: dt.date) -> None:
    """Raise CareOutOfTolerance when a date is moved further than the plan tolerates."""
    earliest, latest = tolerated_days(rhythm, due_on=due_on)
    if not earliest <= wanted_on <= latest:
        raise CareOutOfTolerance(f"{earliest} – {latest}")


def tolerated_days(rhythm: CareRhythm, *, due_on: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day on which a date may be kept."""
    return due_on - dt.timedelta(days=rhythm.days_before), due_on + dt.timedelta(days=rhythm.days_after)


def _dates(rhythm: CareRhythm, anchor_on: dt.date, until_on: dt.date) -> Iterator[dt.date]:
    if rhythm.rhythm is Rhythm.ONCE:
        yield anchor_on + dt.timedelta(days=rhythm.after_days or 0)
        return
    if rhythm.rhythm is Rhythm.SEASON:
        for year in range(anchor_on.year, until_on.year + 1):
            yield dt.date(year, rhythm.month or 1, rhythm.day or 1)
        return
    step = _MONTHS_BETWEEN[rhythm.rhythm]
    months = step
    while (on := date_in_month(anchor_on, months)) < until_on:
        yield on
        months += step
