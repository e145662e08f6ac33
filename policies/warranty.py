"""Is it covered, until when, for what reason (C2, H9): one decision for the telephone and for the settlement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from policies.months import end_of_term


class CoverageReason(StrEnum):
    """Why something is covered, or why it is not."""

    IN_WARRANTY = "in_warranty"
    NO_PROOF = "no_proof"
    ENDED = "ended"
    UNKNOWN_PURCHASE = "unknown_purchase"


class WarrantyStart(StrEnum):
    """What a term begins with, as product or contract say.

    `latest`: the latest date known, for nobody's warranty should begin before the machine was theirs to use.
    """

    LATEST = "latest"
    PURCHASE = "purchase"
    DELIVERY = "delivery"
    ACCEPTANCE = "acceptance"


@dataclass(frozen=True, slots=True)
class Papers:
    """What is known of a purchase. `has_proof`: an invoice or a warranty card has been seen."""

    purchased_on: dt.date | None = None
    delivered_on: dt.date | None = None
    accepted_on: dt.date | None = None
    has_proof: bool = False

    def begins_on(self, begins_with: WarrantyStart = WarrantyStart.LATEST) -> dt.date | None:
        """Return the first day of the warranty, or None while its date is not known."""
        days = {
            WarrantyStart.PURCHASE: self.purchased_on,
            WarrantyStart.DELIVERY: self.delivered_on,
            WarrantyStart.ACCEPTANCE: self.accepted_on,
        }
        if begins_with is WarrantyStart.LATEST:
            return max((day for day in days.values() if day is not None), default=None)
        return days[begins_with]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The decision. `until_on` is the first day that is no longer covered; without a purchase date there is none."""

    reason: CoverageReason
    from_on: dt.date | None
    until_on: dt.date | None

    @property
    def is_covered(self) -> bool:
        """Whether repair is free as far as dates decide; misuse and the like are another decision (C3)."""
        return self.reason is CoverageReason.IN_WARRANTY

    @property
    def last_on(self) -> dt.date | None:
        """The last day that is covered: what people are told."""
        return None if self.until_on is None else self.until_on - dt.timedelta(days=1)


def decide_coverage(
    papers: Papers, *, months: int, on: dt.date, begins_with: WarrantyStart = WarrantyStart.LATEST
) -> Coverage:
    """Decide whether something covered for `months` is covered on a day.

    What lies inside the term but has no proof of purchase has its own reason: it is covered once the proof is shown.
    """
    begins_on = papers.begins_on(begins_with)
    if begins_on is None:
        return Coverage(CoverageReason.UNKNOWN_PURCHASE, None, None)
    until_on = end_of_term(begins_on, months)
    if on >= until_on:
        return Coverage(CoverageReason.ENDED, begins_on, until_on)
    reason = CoverageReason.IN_WARRANTY if papers.has_proof else CoverageReason.NO_PROOF
    return Coverage(reason, begins_on, until_on)
