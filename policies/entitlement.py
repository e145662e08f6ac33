"""What of a repair is free, what is charged, and why: one decision for telephone, pages, settlement (C2, C3, C6).

Precedence: a chargeable cause comes before everything; then the warranty, which uses up nothing; then the customer's
agreements, the most specific line first; then nobody but the customer pays, for as long as the machine lives.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.warranty import Coverage, CoverageReason, Papers, WarrantyStart, decide_coverage

WHOLE_PERCENT = 100


class CoverItem(StrEnum):
    """What a repair is made of, each with cover of its own. Accessories and what wears out have a shorter term."""

    LABOUR = "labour"
    TRAVEL = "travel"
    MAIN_PART = "main_part"
    WEAR_PART = "wear_part"


class CoveredBy(StrEnum):
    """Who pays the covered share."""

    WARRANTY = "warranty"
    AGREEMENT = "agreement"
    NOBODY = "nobody"


class ChargeableCause(StrEnum):
    """Why a repair is charged although the term runs (C3). `clearance`: sold as discounted clearance."""

    MISUSE = "misuse"
    WRONG_CARE = "wrong_care"
    OWN_REPAIR = "own_repair"
    ILLEGAL_USE = "illegal_use"
    FOREIGN_PARTS = "foreign_parts"
    SERIAL_ALTERED = "serial_altered"
    FORCE_MAJEURE = "force_majeure"
    CLEARANCE = "clearance"


class CoverReason(StrEnum):
    """Why an item is covered, or why it is charged."""

    IN_WARRANTY = "in_warranty"
    IN_AGREEMENT = "in_agreement"
    CHARGEABLE_CAUSE = "chargeable_cause"
    CHOICE_NEEDED = "choice_needed"
    ALLOWANCE_USED_UP = "allowance_used_up"
    NO_PROOF = "no_proof"
    WARRANTY_ENDED = "warranty_ended"
    UNKNOWN_PURCHASE = "unknown_purchase"


class LineScope(StrEnum):
    """What a line of an agreement covers, from the most specific to the least."""

    ASSET = "asset"
    SITE = "site"
    PRODUCT = "product"
    CUSTOMER = "customer"


SPECIFIC_FIRST = tuple(LineScope)
_REASONS = {
    CoverageReason.NO_PROOF: CoverReason.NO_PROOF,
    CoverageReason.ENDED: CoverReason.WARRANTY_ENDED,
    CoverageReason.UNKNOWN_PURCHASE: CoverReason.UNKNOWN_PURCHASE,
}


class ChoiceNotOffered(ValueError):
    """The chosen line of an agreement is not among those that apply."""


@dataclass(frozen=True, slots=True)
class Term:
    """A warranty's length in months for the whole unit and for accessories and wear parts, and what it begins with."""

    unit_months: int
    accessory_months: int
    begins_with: WarrantyStart = WarrantyStart.LATEST


@dataclass(frozen=True, slots=True)
class CoverLine:
    """A line of an approved agreement that names this machine, its site, its model or its owner.

    Percentages say how much of an item is waived, 0 to 100. `visits_left` is None where visits are not counted.
    """

    line_id: int
    agreement: str
    scope: LineScope
    from_on: dt.date
    until_on: dt.date
    labour_percent: int = 0
    travel_percent: int = 0
    main_part_percent: int = 0
    wear_part_percent: int = 0
    visits_left: int | None = None
    visits_allowed: int | None = None
    covers_misuse: bool = False

    def percent_of(self, item: CoverItem) -> int:
        """Return how much of an item this line waives."""
        percent: int = getattr(self, f"{item}_percent")
        return percent

    def is_in_force(self, on: dt.date) -> bool:
        """Tell whether the agreement runs on a day; its last day is the one before `until_on`."""
        return self.from_on <= on < self.until_on


@dataclass(frozen=True, slots=True)
class EntitlementFacts:
    """Everything the decision looks at, stored with it, so that it can be made again years later."""

    on: dt.date
    papers: Papers
    term: Term
    causes: frozenset[ChargeableCause] = frozenset()
    lines: tuple[CoverLine, ...] = ()
    chosen_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class ItemCover:
    """The decision for one item: the percentage the customer does not pay, who pays it, why, and until when.

    `until_on` is the first day that is no longer covered; `line_id` is the agreement's line that pays.
    """

    item: CoverItem
    percent: int
    covered_by: CoveredBy
    reason: CoverReason
    until_on: dt.date | None = None
    line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The whole decision. `choices` are lines of several agreements between which a person must choose (C6)."""

    unit: Coverage
    accessories: Coverage
    items: tuple[ItemCover, ...]
    choices: tuple[int, ...] = ()

    @property
    def needs_choice(self) -> bool:
        """Whether a person must say which agreement pays before anything is charged."""
        return bool(self.choices)

    @property
    def line_id(self) -> int | None:
        """The line of the agreement that pays something, if one does."""
        return next((cover.line_id for cover in self.items if cover.line_id is not None), None)

    @property
    def is_free(self) -> bool:
        """Whether nothing of a repair is charged."""
        return all(cover.percent == WHOLE_PERCENT for cover in self.items)

    def cover_of(self, item: CoverItem) -> ItemCover:
        """Return the decision for one item."""
        return next(cover for cover in self.items if cover.item is item)


def decide_entitlement(facts: EntitlementFacts) -> Entitlement:
    """Decide item by item what is covered on a day; raises ChoiceNotOffered for a choice that is none.

    The warranty's term runs for labour, travel and main parts with the unit, for wear parts with the accessories. What
    lies inside the term without proof of purchase is charged until a proof is shown, unless an agreement pays.
    """
    unit = decide_coverage(facts.papers, months=facts.term.unit_months, on=facts.on, begins_with=facts.term.begins_with)
    accessories = decide_coverage(
        facts.papers, months=facts.term.accessory_months, on=facts.on, begins_with=facts.term.begins_with
    )
    terms = {item: accessories if item is CoverItem.WEAR_PART else unit for item in CoverItem}
    is_void = bool(facts.causes)
    open_items = [item for item in CoverItem if is_void or not terms[item].is_covered]
    lines = _lines_that_apply(facts)
    candidates = _most_specific(line for line in lines if any(line.percent_of(item) for item in open_items))
    choices = tuple(sorted(line.line_id for line in candidates)) if len(candidates) > 1 else ()
    paying = _choose(facts, candidates)
    items = tuple(
        _decide_item(item, facts, terms[item], paying=paying, is_open=item in open_items, has_choice=bool(choices))
        for item in CoverItem
    )
    return Entitlement(unit, accessories, items, () if paying is not None else choices)


def _lines_that_apply(facts: EntitlementFacts) -> list[CoverLine]:
    """Lines in force with something left; after misuse and the like only those that cover it by name."""
    causes = facts.causes - {ChargeableCause.CLEARANCE}
    return [
        line
        for line in facts.lines
        if line.is_in_force(facts.on) and line.visits_left != 0 and (line.covers_misuse or not causes)
    ]


def _most_specific(lines: Iterable[CoverLine]) -> list[CoverLine]:
    found = list(lines)
    best = min((SPECIFIC_FIRST.index(line.scope) for line in found), default=None)
    return [line for line in found if SPECIFIC_FIRST.index(line.scope) == best]


def _choose(facts: EntitlementFacts, candidates: Sequence[CoverLine]) -> CoverLine | None:
    """Return the one line that pays: the only one, or the one a person chose among several."""
    if facts.chosen_line_id is not None:
        chosen = [line for line in candidates if line.line_id == facts.chosen_line_id]
        if not chosen:
            raise ChoiceNotOffered(facts.chosen_line_id)
        return chosen[0]
    return candidates[0] if len(candidates) == 1 else None


def _decide_item(
    item: CoverItem,
    facts: EntitlementFacts,
    term: Coverage,
    *,
    paying: CoverLine | None,
    is_open: bool,
    has_choice: bool,
) -> ItemCover:
    if not is_open:
        return ItemCover(item, WHOLE_PERCENT, CoveredBy.WARRANTY, CoverReason.IN_WARRANTY, term.until_on)
    if paying is not None and paying.percent_of(item):
        return ItemCover(
            item,
            paying.percent_of(item),
            CoveredBy.AGREEMENT,
            CoverReason.IN_AGREEMENT,
            paying.until_on,
            paying.line_id,
        )
    if has_choice and paying is None:
        return ItemCover(item, 0, CoveredBy.NOBODY, CoverReason.CHOICE_NEEDED)
    return ItemCover(item, 0, CoveredBy.NOBODY, _reason_to_charge(item, facts, term), term.until_on)


def _reason_to_charge(item: CoverItem, facts: EntitlementFacts, term: Coverage) -> CoverReason:
    if facts.causes:
        return CoverReason.CHARGEABLE_CAUSE
    used_up = [
        line for line in facts.lines if line.is_in_force(facts.on) and line.visits_left == 0 and line.percent_of(item)
    ]
    return CoverReason.ALLOWANCE_USED_UP if used_up else _REASONS[term.reason]
