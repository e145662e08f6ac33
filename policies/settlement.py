"""What a repair costs, who pays what, and what must be true before it is booked (M1, M3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.entitlement import CoveredBy, CoverItem, CoverReason, Entitlement
from policies.money import percent_of, share_of

HUNDREDTHS = 100


class PriceUnit(StrEnum):
    """What a price is for one of."""

    HOUR = "hour"
    VISIT = "visit"
    PIECE = "piece"


class SettlementState(StrEnum):
    """`waiting`: the total is not what was agreed, and somebody must approve it.

    `reversed`: its receipt was undone, by one that is a `reversal`.
    """

    QUOTED = "quoted"
    AGREED = "agreed"
    REPLACED = "replaced"
    DECLINED = "declined"
    WAITING = "waiting"
    SETTLED = "settled"
    REVERSED = "reversed"
    REVERSAL = "reversal"


MOVES: dict[SettlementState, frozenset[SettlementState]] = {
    SettlementState.QUOTED: frozenset(
        {SettlementState.AGREED, SettlementState.DECLINED, SettlementState.REPLACED, SettlementState.WAITING}
    ),
    SettlementState.AGREED: frozenset(
        {SettlementState.REPLACED, SettlementState.DECLINED, SettlementState.WAITING, SettlementState.SETTLED}
    ),
    SettlementState.WAITING: frozenset({SettlementState.SETTLED, SettlementState.REPLACED, SettlementState.WAITING}),
    SettlementState.SETTLED: frozenset({SettlementState.REVERSED}),
    SettlementState.REPLACED: frozenset(),
    SettlementState.DECLINED: frozenset(),
    SettlementState.REVERSED: frozenset(),
    SettlementState.REVERSAL: frozenset(),
}
UNBOOKED = frozenset({SettlementState.QUOTED, SettlementState.AGREED, SettlementState.WAITING})


class SettlementMoveRefused(ValueError):
    """The settlement cannot go from its state to the one asked for; what is booked is corrected by reversal."""


class EntitlementUndecided(ValueError):
    """Two agreements apply and nobody has chosen between them; until then nothing can be priced."""


class QuantityOutOfRange(ValueError):
    """A quantity is not more than nothing, or larger than any repair needs."""

    field = "quantity"


@dataclass(frozen=True, slots=True)
class WorkLine:
    """Something done or fitted, with its price. `quantity_hundredths` of 150 are an hour and a half."""

    item: CoverItem
    code: str
    quantity_hundredths: int
    unit_cents: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its share: `covered_cents` and `charged_cents` are together `gross_cents`."""

    work: WorkLine
    gross_cents: int
    covered_percent: int
    covered_by: CoveredBy
    reason: CoverReason
    covered_cents: int
    charged_cents: int


MOST_HUNDREDTHS = 100_000


def move_settlement(now: SettlementState, to: SettlementState) -> SettlementState:
    """Return `to` if a settlement may go there from `now`; otherwise raise SettlementMoveRefused."""
    if to not in MOVES[now]:
        raise SettlementMoveRefused(f"{now} -> {to}")
    return to


def price_lines(work: Iterable[WorkLine], entitlement: Entitlement) -> list[PricedLine]:
    """Price every line, less what the entitlement pays; lines that come to nothing stay and show why (M1).

    Raises EntitlementUndecided, or QuantityOutOfRange naming the line's code.
    """
    if entitlement.needs_choice:
        raise EntitlementUndecided
    return [_price(line, entitlement) for line in work]


def _price(line: WorkLine, entitlement: Entitlement) -> PricedLine:
    if not 0 < line.quantity_hundredths <= MOST_HUNDREDTHS:
        raise QuantityOutOfRange(line.code)
    cover = entitlement.cover_of(line.item)
    gross = share_of(line.unit_cents, line.quantity_hundredths, HUNDREDTHS)
    covered = percent_of(gross, cover.percent)
    return PricedLine(line, gross, cover.percent, cover.covered_by, cover.reason, covered, gross - covered)


def total_charged(lines: Sequence[PricedLine]) -> int:
    """Return what the customer pays for all lines, in cents."""
    return sum(line.charged_cents for line in lines)


def needs_approval(*, agreed_cents: int | None, total_cents: int) -> bool:
    """Tell whether a person must approve a total: it is not what the customer agreed to before the work (M3).

    Where nothing was agreed nothing may be charged.
    """
    return total_cents != (agreed_cents or 0)


def round_up_hours(minutes: int) -> int:
    """Return working time in hundredths of an hour, each quarter of an hour that was begun counted."""
    return -(-minutes // 15) * 25
