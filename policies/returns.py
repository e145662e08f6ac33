"""Exchange, return and refund: when they are due, what is paid back, and how a return goes its way (C4, C5, P3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.money import basis_points_of


class Remedy(StrEnum):
    """What the customer wants."""

    EXCHANGE = "exchange"
    REFUND = "refund"


class ReturnGround(StrEnum):
    """Why it is due; the first that applies counts, for it is the best for the customer."""

    QUALITY = "quality"
    BEYOND_REPAIR = "beyond_repair"
    FAILED_REPAIRS = "failed_repairs"
    REPAIR_TOO_LONG = "repair_too_long"
    PERSONAL = "personal"


class ReturnRefusal(StrEnum):
    """Why it is not."""

    TOO_LATE = "too_late"
    NOT_IN_WARRANTY = "not_in_warranty"
    NOT_YET = "not_yet"
    UNKNOWN_SALE = "unknown_sale"


class CarriagePayer(StrEnum):
    """Who pays the carriage both ways."""

    HOUSE = "house"
    CUSTOMER = "customer"


class ReturnState(StrEnum):
    """From the wish to the machine's end with us. `refused` also after a look at what came in."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    RECEIVED = "received"
    CLOSED = "closed"


class Disposition(StrEnum):
    """What becomes of the machine that came back."""

    RESTOCK = "restock"
    REPAIR = "repair"
    UPGRADE = "upgrade"
    RETIRE = "retire"


MOVES: dict[ReturnState, frozenset[ReturnState]] = {
    ReturnState.REQUESTED: frozenset({ReturnState.APPROVED, ReturnState.REFUSED}),
    ReturnState.APPROVED: frozenset({ReturnState.RECEIVED, ReturnState.REFUSED}),
    ReturnState.RECEIVED: frozenset({ReturnState.CLOSED, ReturnState.REFUSED}),
    ReturnState.REFUSED: frozenset(),
    ReturnState.CLOSED: frozenset(),
}


class ReturnMoveRefused(ValueError):
    """The return cannot go from its state to the one asked for."""


class ReturnPriceUnknown(ValueError):
    """Money is to be paid back or set off, and nobody has said what the machine cost."""

    field = "price"


class RefundAbovePrice(ValueError):
    """More would be paid back than was paid."""


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """The policy's figures."""

    repairs: int
    repair_days: int
    quality_days: int
    handling_fee_basis_points: int
    depreciation_basis_points_per_day: int


@dataclass(frozen=True, slots=True)
class RepairPeriod:
    """Days a machine was under repair; `until_on` is the day it worked again, None while it does not."""

    from_on: dt.date
    until_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """Everything the decision looks at, stored with it. `replacement_cents` is None for the same model."""

    on: dt.date
    remedy: Remedy
    terms: ReturnTerms
    sold_on: dt.date | None = None
    warranty_until_on: dt.date | None = None
    price_cents: int | None = None
    failed_repairs: int = 0
    repairs: tuple[RepairPeriod, ...] = ()
    is_beyond_repair: bool = False
    is_personal: bool = False
    replacement_cents: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnDecision:
    """What is due. `difference_cents` is what the customer adds to an exchange; less than nothing is paid back."""

    ground: ReturnGround | None
    refusal: ReturnRefusal | None
    refund_cents: int = 0
    used_days: int = 0
    depreciation_cents: int = 0
    handling_fee_cents: int = 0
    difference_cents: int = 0
    carriage_paid_by: CarriagePayer = CarriagePayer.HOUSE

    @property
    def is_due(self) -> bool:
        """Whether the customer gets what they want."""
        return self.ground is not None


def move_return(now: ReturnState, to: ReturnState) -> ReturnState:
    """Return `to` if a return may go there from `now`; otherwise raise ReturnMoveRefused."""
    if to not in MOVES[now]:
        raise ReturnMoveRefused(f"{now} -> {to}")
    return to


def decide_return(facts: ReturnFacts) -> ReturnDecision:
    """Decide whether exchange or refund is due, and the amounts; raises ReturnPriceUnknown where they need a price.

    Within the days after the sale everything is taken back: for a fault in full, for personal reasons less a handling
    fee. Later, within the warranty, after repairs that did not help, a repair that takes too long, or beyond repair:
    the same model free, another for the difference, or the money less depreciation for the days of use.
    """
    if facts.sold_on is None:
        return ReturnDecision(None, ReturnRefusal.UNKNOWN_SALE)
    ground = _find_ground(facts, facts.sold_on)
    if isinstance(ground, ReturnRefusal):
        return ReturnDecision(None, ground)
    payer = CarriagePayer.CUSTOMER if ground is ReturnGround.PERSONAL else CarriagePayer.HOUSE
    if facts.remedy is Remedy.EXCHANGE:
        return ReturnDecision(ground, None, difference_cents=_difference(facts), carriage_paid_by=payer)
    return _refund(facts, facts.sold_on, ground, payer)


def check_refund(amount_cents: int, *, price_cents: int) -> None:
    """Raise RefundAbovePrice where more would be paid back than was paid, or less than nothing."""
    if not 0 <= amount_cents <= price_cents:
        raise RefundAbovePrice(f"{amount_cents} > {price_cents}")


def count_days_of_use(from_on: dt.date, until_on: dt.date, repairs: Sequence[RepairPeriod]) -> int:
    """Return the days from the sale to the return, those under repair not counted, each day once."""
    days = max((until_on - from_on).days, 0)
    under_repair: set[int] = set()
    for period in repairs:
        start = max((period.from_on - from_on).days, 0)
        end = min(((period.until_on or until_on) - from_on).days, days)
        under_repair |= set(range(start, end))
    return days - len(under_repair)


def _find_ground(facts: ReturnFacts, sold_on: dt.date) -> ReturnGround | ReturnRefusal:
    is_fresh = sold_on <= facts.on <= sold_on + dt.timedelta(days=facts.terms.quality_days)
    if facts.is_personal:
        return ReturnGround.PERSONAL if is_fresh else ReturnRefusal.TOO_LATE
    if is_fresh:
        return ReturnGround.QUALITY
    if facts.warranty_until_on is None or facts.on >= facts.warranty_until_on:
        return ReturnRefusal.NOT_IN_WARRANTY
    longest = max((((one.until_on or facts.on) - one.from_on).days for one in facts.repairs), default=0)
    grounds = {
        ReturnGround.BEYOND_REPAIR: facts.is_beyond_repair,
        ReturnGround.FAILED_REPAIRS: facts.failed_repairs >= facts.terms.repairs,
        ReturnGround.REPAIR_TOO_LONG: longest > facts.terms.repair_days,
    }
    return next((ground for ground, applies in grounds.items() if applies), ReturnRefusal.NOT_YET)


def _difference(facts: ReturnFacts) -> int:
    if facts.replacement_cents is None:
        return 0
    return facts.replacement_cents - _price(facts)


def _refund(facts: ReturnFacts, sold_on: dt.date, ground: ReturnGround, payer: CarriagePayer) -> ReturnDecision:
    price = _price(facts)
    fee = depreciation = days = 0
    if ground is ReturnGround.PERSONAL:
        fee = min(basis_points_of(price, facts.terms.handling_fee_basis_points), price)
    elif ground is not ReturnGround.QUALITY:
        days = count_days_of_use(sold_on, facts.on, facts.repairs)
        depreciation = min(basis_points_of(price, facts.terms.depreciation_basis_points_per_day * days), price)
    refund = price - fee - depreciation
    return ReturnDecision(ground, None, refund, days, depreciation, fee, 0, payer)


def _price(facts: ReturnFacts) -> int:
    if facts.price_cents is None:
        raise ReturnPriceUnknown
    return facts.price_cents
