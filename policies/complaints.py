"""A complaint's way from the first word to the closing report, and what makes its solution fair (H8, F1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ComplaintCategory(StrEnum):
    """What it is about, as the caller chooses by key."""

    RESPONSE_TIME = "response_time"
    ATTITUDE = "attitude"
    RESULT = "result"
    CHARGES = "charges"
    OTHER = "other"


class ComplaintState(StrEnum):
    """`answered`: somebody has spoken with the customer, which is what the 24-hour clock asks for."""

    OPEN = "open"
    ANSWERED = "answered"
    INVESTIGATED = "investigated"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    CLOSED = "closed"


class Responsibility(StrEnum):
    """Whose it was, as the closing report finds."""

    TECHNICIAN = "technician"
    OFFICE = "office"
    PARTNER = "partner"
    PRODUCT = "product"
    CUSTOMER = "customer"
    NOBODY = "nobody"


class ComplaintRung(StrEnum):
    """Who has to see to it: the owner first, then up the ladder, each time the customer says no or time runs out."""

    OWNER = "owner"
    MANAGER = "manager"
    DIRECTOR = "director"


MOVES: dict[ComplaintState, frozenset[ComplaintState]] = {
    ComplaintState.OPEN: frozenset({ComplaintState.ANSWERED}),
    ComplaintState.ANSWERED: frozenset({ComplaintState.INVESTIGATED}),
    ComplaintState.INVESTIGATED: frozenset({ComplaintState.INVESTIGATED, ComplaintState.OFFERED}),
    ComplaintState.OFFERED: frozenset({ComplaintState.ACCEPTED, ComplaintState.INVESTIGATED}),
    ComplaintState.ACCEPTED: frozenset({ComplaintState.CLOSED}),
    ComplaintState.CLOSED: frozenset(),
}
UNSOLVED = frozenset({ComplaintState.OPEN, ComplaintState.ANSWERED, ComplaintState.INVESTIGATED})
"""Where no solution has been offered yet, so that the customer waits for one."""
FURTHEST_DAYS = 90
"""No date told to a customer lies further ahead."""
FURTHEST_IMPROVEMENT_DAYS = 365
LIKE_CASES = 3
"""So many like cases make a habit that a new one is measured by."""
TOLERANCE_PERCENT = 20


class ComplaintMoveRefused(ValueError):
    """The complaint cannot go from its state to the one asked for; each step comes after the one before it."""


class OneSideUnheard(ValueError):
    """Both sides must be heard before anything is found: the customer's, and that of whom it is about."""


class DeviationUnexplained(ValueError):
    """Like cases were compensated otherwise; say why this one is different, or treat it alike."""

    field = "deviation"


class DateNotAhead(ValueError):
    """A date told to a customer lies ahead, and not further than anybody can promise."""

    field = "solved_by_on"


class ImprovementDateWrong(ValueError):
    """The day by which something is done better lies ahead, and not further than a year."""

    field = "improvement_due_on"


class ImprovementMoveRefused(ValueError):
    """Nothing is to be done better, or it has been done already."""


class SolutionEmpty(ValueError):
    """A solution, a finding or a report needs words."""


def move_complaint(now: ComplaintState, to: ComplaintState) -> ComplaintState:
    """Return `to` if a complaint may go there from `now`; otherwise raise ComplaintMoveRefused."""
    if to not in MOVES[now]:
        raise ComplaintMoveRefused(f"{now} -> {to}")
    return to


def check_date(day: dt.date, *, today: dt.date) -> None:
    """Raise DateNotAhead for a date of a solution that has passed or is more than 90 days ahead."""
    if not today <= day <= today + dt.timedelta(days=FURTHEST_DAYS):
        raise DateNotAhead(day.isoformat())


def check_improvement_date(day: dt.date, *, today: dt.date) -> None:
    """Raise ImprovementDateWrong for a day that has passed or is more than a year ahead."""
    if not today <= day <= today + dt.timedelta(days=FURTHEST_IMPROVEMENT_DAYS):
        raise ImprovementDateWrong(day.isoformat())


@dataclass(frozen=True, slots=True)
class Usual:
    """What like cases were given: how many there are, and their middle amount in cents."""

    cases: int
    middle_cents: int


def find_usual(amounts_cents: Sequence[int]) -> Usual:
    """Return what is usual among closed like cases; of an even number the lower of the two middle ones."""
    ordered = sorted(amounts_cents)
    return Usual(len(ordered), ordered[(len(ordered) - 1) // 2] if ordered else 0)


def is_deviating(amount_cents: int, usual: Usual) -> bool:
    """Tell whether a compensation is far from what like cases got, more than a fifth, so that it must be explained."""
    if usual.cases < LIKE_CASES:
        return False
    return abs(amount_cents - usual.middle_cents) * 100 > usual.middle_cents * TOLERANCE_PERCENT


def level_due(*, started_at: dt.datetime, deadline_at: dt.datetime, now: dt.datetime) -> int:
    """Return how high a complaint nobody has answered must stand: one rung at its deadline, then more."""
    if now <= deadline_at:
        return 0
    return min(len(ComplaintRung) - 1, 1 + int((now - deadline_at) / (deadline_at - started_at)))


def rung_of(level: int) -> ComplaintRung:
    """Return who has to see to a complaint that has climbed so many rungs; the top one is never left."""
    rungs = list(ComplaintRung)
    return rungs[min(level, len(rungs) - 1)]
