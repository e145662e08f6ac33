"""A settlement, a payment or a credit as lines of a double-entry journal, for the organisation's accounts (M1, M2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from policies.entitlement import CoveredBy, CoverItem


class Account(StrEnum):
    """The accounts our journal uses; an organisation maps them to its own."""

    RECEIVABLE = "receivable"
    CASH = "cash"
    LABOUR = "labour"
    TRAVEL = "travel"
    PARTS = "parts"
    WARRANTY = "warranty"
    AGREEMENT = "agreement"
    AGREEMENT_SALES = "agreement_sales"
    PENALTIES = "penalties"
    COMPENSATION = "compensation"
    RETURNS = "returns"
    COURIER_CLAIMS = "courier_claims"
    EXPENSES = "expenses"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: more than nothing is a debit, less a credit."""

    account: Account
    amount_cents: int


_REVENUE = {
    CoverItem.LABOUR: Account.LABOUR,
    CoverItem.TRAVEL: Account.TRAVEL,
    CoverItem.MAIN_PART: Account.PARTS,
    CoverItem.WEAR_PART: Account.PARTS,
}
_PAYERS = {CoveredBy.WARRANTY: Account.WARRANTY, CoveredBy.AGREEMENT: Account.AGREEMENT}


@dataclass(frozen=True, slots=True)
class Share:
    """What one line of a settlement comes to, and who pays it."""

    item: CoverItem
    covered_by: CoveredBy
    covered_cents: int
    charged_cents: int


def post_settlement(shares: Iterable[Share]) -> list[Posting]:
    """Return the postings of a settlement: revenue against the customer, the warranty and the agreements."""
    sums: dict[Account, int] = defaultdict(int)
    for share in shares:
        sums[Account.RECEIVABLE] += share.charged_cents
        if share.covered_cents:
            sums[_PAYERS[share.covered_by]] += share.covered_cents
        sums[_REVENUE[share.item]] -= share.charged_cents + share.covered_cents
    return _without_nothing(sums)


def post_pair(debit: Account, credit: Account, amount_cents: int) -> list[Posting]:
    """Return a plain pair of postings; a negative amount turns it around."""
    return _without_nothing({debit: amount_cents, credit: -amount_cents})


def _without_nothing(sums: dict[Account, int]) -> list[Posting]:
    return [Posting(account, sums[account]) for account in Account if sums.get(account)]
