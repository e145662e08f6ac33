"""What customers owe us or we owe them, how it is paid, and what technicians spend (M2)."""

from __future__ import annotations

from enum import StrEnum


class ReceivableKind(StrEnum):
    """What an amount is owed for; a negative amount is a credit of the customer's, or of the courier's."""

    SETTLEMENT = "settlement"
    INSTALMENT = "instalment"
    PENALTY = "penalty"
    COMPENSATION = "compensation"
    EXCHANGE = "exchange"
    REFUND = "refund"
    COURIER_CLAIM = "courier_claim"


class PaymentMethod(StrEnum):
    """How money changed hands."""

    CASH = "cash"
    TRANSFER = "transfer"
    CARD = "card"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    OFFSET = "offset"


class ExpenseKind(StrEnum):
    """What a technician paid on the way."""

    FUEL = "fuel"
    TOLL = "toll"
    PARKING = "parking"
    FARE = "fare"
    LODGING = "lodging"
    MATERIAL = "material"
    OTHER = "other"


class ExpenseState(StrEnum):
    """From the claim to the money."""

    CLAIMED = "claimed"
    APPROVED = "approved"
    DECLINED = "declined"
    PAID = "paid"


class PaymentTooLarge(ValueError):
    """The payment is of the wrong direction, or more than what is still open."""

    field = "amount"


EXPENSE_MOVES: dict[ExpenseState, frozenset[ExpenseState]] = {
    ExpenseState.CLAIMED: frozenset({ExpenseState.APPROVED, ExpenseState.DECLINED}),
    ExpenseState.APPROVED: frozenset({ExpenseState.PAID}),
    ExpenseState.DECLINED: frozenset(),
    ExpenseState.PAID: frozenset(),
}


class ExpenseMoveRefused(ValueError):
    """The expense cannot go from its state to the one asked for."""


def move_expense(now: ExpenseState, to: ExpenseState) -> ExpenseState:
    """Return `to` if an expense may go there from `now`; otherwise raise ExpenseMoveRefused."""
    if to not in EXPENSE_MOVES[now]:
        raise ExpenseMoveRefused(f"{now} -> {to}")
    return to


def check_payment(*, open_cents: int, amount_cents: int) -> int:
    """Return what is open after a payment; raises PaymentTooLarge for one beyond what is open, or of nothing."""
    is_owed_to_us = open_cents > 0
    fits = 0 < amount_cents <= open_cents if is_owed_to_us else open_cents <= amount_cents < 0
    if not fits:
        raise PaymentTooLarge(f"{amount_cents} of {open_cents}")
    return open_cents - amount_cents
