"""Warranty and charges: covered until when, for what reason, and what a repair would cost (H9, C2)."""

from __future__ import annotations

import datetime as dt

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice
from ivr.turn import Turn
from models import Asset
from operations.calls import note_outcome
from operations.coverage import AssetCoverage, find_coverage
from outbox.words import say_date
from policies.call_states import CallOutcome
from policies.warranty import Coverage, CoverageReason

UNIT_PROMPTS = {
    CoverageReason.IN_WARRANTY: "warranty_covered",
    CoverageReason.NO_PROOF: "warranty_no_proof",
    CoverageReason.ENDED: "warranty_ended",
    CoverageReason.UNKNOWN_PURCHASE: "warranty_unknown",
}
CHARGES_PROMPTS = {
    CoverageReason.IN_WARRANTY: "charges_none",
    CoverageReason.NO_PROOF: "charges_no_proof",
    CoverageReason.ENDED: "charges_due",
    CoverageReason.UNKNOWN_PURCHASE: "charges_no_proof",
}
CHARGES_KEY, FAULT_KEY = "1", "2"


def enter_warranty(turn: Turn) -> Reply:
    """Say until when the machine and its accessories are covered, or why that cannot be said."""
    coverage = _coverage(turn)
    unit = Line(UNIT_PROMPTS[coverage.unit.reason], _values(turn, coverage.unit))
    lines = [unit, *_accessories(turn, coverage)]
    return choice(*lines, Line("warranty_choice"), keys=("1", "2", "3"))


def answer_warranty(turn: Turn, key: str) -> str:
    """Charges, a report about the same machine, or the first menu."""
    if key == FAULT_KEY:
        turn.remember(about="fault")
        return "fault"
    return "charges" if key == CHARGES_KEY else "main"


def enter_charges(turn: Turn) -> Reply:
    """Say whether a repair is free; what is not free is priced and agreed before anybody begins (M3)."""
    unit = _coverage(turn).unit
    said = Line(CHARGES_PROMPTS[unit.reason], _values(turn, unit))
    return choice(said, Line("charges_choice"), keys=("1", "2", "3"))


def answer_charges(turn: Turn, key: str) -> str:
    """A price by telephone is a call back; or a report about the same machine, or the first menu."""
    if key == FAULT_KEY:
        turn.remember(about="fault")
        return "fault"
    turn.remember(about="price")
    return "call_back" if key == CHARGES_KEY else "main"


def _coverage(turn: Turn) -> AssetCoverage:
    note_outcome(turn.call, CallOutcome.INFORMED)
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    return find_coverage(asset, figures=turn.figures, now=turn.now)


def _accessories(turn: Turn, coverage: AssetCoverage) -> list[Line]:
    """Accessories are worth a sentence of their own while the unit's term is known and runs."""
    if coverage.unit.reason not in {CoverageReason.IN_WARRANTY, CoverageReason.NO_PROOF}:
        return []
    has_ended = coverage.accessories.reason is CoverageReason.ENDED
    values = {"date": _date(turn, coverage.accessories.last_on)}
    return [Line("accessories_ended", values) if has_ended else Line("accessories_covered", values)]


def _values(turn: Turn, coverage: Coverage) -> dict[str, str]:
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    return {"product": turn.name_of(asset.product), "date": _date(turn, coverage.last_on)}


def _date(turn: Turn, day: dt.date | None) -> str:
    return "" if day is None else say_date(day, language=turn.language)


WARRANTY = Node("warranty", enter_warranty, answer_warranty, ends_on_silence=True)
CHARGES = Node("charges", enter_charges, answer_charges, ends_on_silence=True)
