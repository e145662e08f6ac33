"""What breaking an agreement costs us, computed from the instants of the clocks (C7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.money import basis_points_of


class PenaltyKind(StrEnum):
    """Which promise of the agreement was broken."""

    LATE_RESPONSE = "late_response"
    LATE_RESTORATION = "late_restoration"
    FAILED_INSPECTION = "failed_inspection"


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """The agreement's terms: hundredths of a percent of its price; hours of None promise nothing."""

    price_cents: int
    response_hours: int | None
    restoration_hours: int | None
    late_response_basis_points: int
    late_restoration_basis_points_per_day: int
    failed_inspection_basis_points: int


@dataclass(frozen=True, slots=True)
class Stoppage:
    """One matter under the agreement: when it was reported, when somebody came, when it worked again.

    None: not yet. `was_inspection_missed`: an inspection that was due and had not been made would have prevented it.
    The deadlines are those of the clocks, which may have been paused; without them the hours count from the report.
    """

    reported_at: dt.datetime
    arrived_at: dt.datetime | None = None
    restored_at: dt.datetime | None = None
    was_inspection_missed: bool = False
    response_due_at: dt.datetime | None = None
    restoration_due_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class PenaltyLine:
    """One penalty: how many times it fell due (missed responses, days begun), and what it comes to."""

    kind: PenaltyKind
    times: int
    amount_cents: int


def compute_penalties(terms: PenaltyTerms, stoppage: Stoppage, *, now: dt.datetime) -> list[PenaltyLine]:
    """Return what one stoppage costs us as of `now`; a promise still running costs nothing yet.

    A missed response counts once. Restoration counts each day begun after its deadline. The same instants give the same
    penalties, whenever they are computed again.
    """
    response_due_at = stoppage.response_due_at or _due(stoppage, terms.response_hours)
    restoration_due_at = stoppage.restoration_due_at or _due(stoppage, terms.restoration_hours)
    times = {
        PenaltyKind.LATE_RESPONSE: int(_seconds_late(response_due_at, stoppage.arrived_at, now) > 0),
        PenaltyKind.LATE_RESTORATION: _days_begun(_seconds_late(restoration_due_at, stoppage.restored_at, now)),
        PenaltyKind.FAILED_INSPECTION: int(stoppage.was_inspection_missed),
    }
    rates = {
        PenaltyKind.LATE_RESPONSE: terms.late_response_basis_points,
        PenaltyKind.LATE_RESTORATION: terms.late_restoration_basis_points_per_day,
        PenaltyKind.FAILED_INSPECTION: terms.failed_inspection_basis_points,
    }
    lines = [
        PenaltyLine(kind, count, basis_points_of(terms.price_cents, rates[kind] * count))
        for kind, count in times.items()
        if count and rates[kind]
    ]
    return cap_penalties(lines, most_cents=terms.price_cents)


def cap_penalties(lines: Sequence[PenaltyLine], *, most_cents: int) -> list[PenaltyLine]:
    """Return the lines, cut where together they would exceed the contract's value; a line of nothing is left out."""
    kept, left = [], most_cents
    for line in lines:
        amount = min(line.amount_cents, left)
        left -= amount
        if amount:
            kept.append(PenaltyLine(line.kind, line.times, amount))
    return kept


def _due(stoppage: Stoppage, hours: int | None) -> dt.datetime | None:
    return None if hours is None else stoppage.reported_at + dt.timedelta(hours=hours)


def _seconds_late(due_at: dt.datetime | None, done_at: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if due_at is None else ((done_at or now) - due_at).total_seconds()


def _days_begun(seconds_late: float) -> int:
    return -int(-max(seconds_late, 0.0) // 86_400)
