"""Warranty and charges: covered until when, for what reason, and what a repair would cost (H9, C2, C6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice
from ivr.turn import Turn
from models import Asset
from operations.money.entitlement import find_cover_lines, find_entitlement
from operations.money.prices import find_usual_prices
from operations.telephone.calls import log_step, note_outcome
from outbox.spoken_money import say_money
from outbox.words import load_words, say_date
from policies.call_states import CallOutcome
from policies.entitlement import WHOLE_PERCENT, CoveredBy, CoverItem, CoverLine, CoverReason, Entitlement
from policies.purchases import SaleKind
from policies.warranty import CoverageReason

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
PRICED = {"charges_due": "charges_due_prices", "charges_clearance": "charges_clearance_prices"}
CHARGES_KEY, FAULT_KEY = "1", "2"


def enter_warranty(turn: Turn) -> Reply:
    """Say until when the machine and its accessories are covered, by warranty and by agreement, or why not."""
    asset, found = _entitlement(turn)
    lines = [_unit(turn, asset, found), *_accessories(turn, asset, found), *_agreement(turn, found)]
    return choice(*lines, Line("warranty_choice"), keys=("1", "2", "3"))


def answer_warranty(turn: Turn, key: str) -> str:
    """Charges, a report about the same machine, or the first menu."""
    if key == FAULT_KEY:
        turn.remember(about="fault")
        return "fault"
    return "charges" if key == CHARGES_KEY else "main"


def enter_charges(turn: Turn) -> Reply:
    """Say what of a repair is free; what is not free is priced and agreed before anybody begins (M3)."""
    asset, found = _entitlement(turn)
    values = _values(turn, asset, found.unit.last_on)
    if found.needs_choice:
        said = [Line("charges_choose_agreement")]
    elif found.line_id is not None:
        said = _shares(turn, found)
    elif asset.sale_kind is SaleKind.CLEARANCE:
        said = [_priced(turn, asset, "charges_clearance", values)]
    else:
        said = [_priced(turn, asset, CHARGES_PROMPTS[found.unit.reason], values)]
    return choice(*said, Line("charges_choice"), keys=("1", "2", "3"))


def _priced(turn: Turn, asset: Asset, prompt: str, values: dict[str, str]) -> Line:
    """Say with it what coming and working cost, by the list the settlement takes, where it has to be paid."""
    today = turn.now.astimezone(ZoneInfo(asset.site.time_zone)).date()
    prices = find_usual_prices(turn.session, on=today) if prompt in PRICED else None
    if prices is None:
        return Line(prompt, values)
    travel, labour = (
        say_money(cents, currency=prices.currency, language=turn.language)
        for cents in (prices.travel_cents, prices.labour_cents)
    )
    return Line(PRICED[prompt], {"product": values["product"], "travel": travel, "labour": labour})


def answer_charges(turn: Turn, key: str) -> str:
    """A price by telephone is a call back; or a report about the same machine, or the first menu."""
    if key == FAULT_KEY:
        turn.remember(about="fault")
        return "fault"
    turn.remember(about="price")
    return "call_back" if key == CHARGES_KEY else "main"


def _entitlement(turn: Turn) -> tuple[Asset, Entitlement]:
    """Decide, and keep in the call's log what the caller is about to be told."""
    note_outcome(turn.call, CallOutcome.INFORMED)
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    found = find_entitlement(turn.session, asset=asset, now=turn.now)
    told = {str(cover.item): f"{cover.percent}% {cover.reason}" for cover in found.items}
    log_step(turn.session, call=turn.call, kind="cover_told", now=turn.now, facts={"serial": asset.serial, **told})
    return asset, found


def _unit(turn: Turn, asset: Asset, found: Entitlement) -> Line:
    values = _values(turn, asset, found.unit.last_on)
    if asset.sale_kind is SaleKind.CLEARANCE:
        return Line("warranty_clearance", values)
    return Line(UNIT_PROMPTS[found.unit.reason], values)


def _accessories(turn: Turn, asset: Asset, found: Entitlement) -> list[Line]:
    """Accessories are worth a sentence of their own while the unit's term is known and runs."""
    runs = found.unit.reason in {CoverageReason.IN_WARRANTY, CoverageReason.NO_PROOF}
    if not runs or asset.sale_kind is SaleKind.CLEARANCE:
        return []
    has_ended = found.accessories.reason is CoverageReason.ENDED
    values = {"date": _date(turn, found.accessories.last_on)}
    return [Line("accessories_ended", values) if has_ended else Line("accessories_covered", values)]


def _agreement(turn: Turn, found: Entitlement) -> list[Line]:
    """What an agreement adds: until when, and how many of its visits are left."""
    if found.needs_choice:
        return [Line("agreements_several")]
    paying = next((cover for cover in found.items if cover.line_id is not None), None)
    if paying is None:
        is_used_up = any(cover.reason is CoverReason.ALLOWANCE_USED_UP for cover in found.items)
        return [Line("agreement_used_up")] if is_used_up else []
    last_on = paying.until_on - dt.timedelta(days=1) if paying.until_on else None
    lines = [Line("agreement_covers", {"date": _date(turn, last_on)})]
    counted = _counted_line(turn, paying.line_id)
    if counted is not None:
        lines.append(Line("agreement_visits", {"left": counted.visits_left, "count": counted.visits_allowed}))
    return lines


def _counted_line(turn: Turn, line_id: int | None) -> CoverLine | None:
    lines = find_cover_lines(turn.session, asset=turn.session.get_one(Asset, turn.recall("asset_id")))
    return next((line for line in lines if line.line_id == line_id and line.visits_left is not None), None)


def _shares(turn: Turn, found: Entitlement) -> list[Line]:
    """What is free and what is not, item by item, where an agreement pays a part."""
    free = [cover.item for cover in found.items if cover.percent == WHOLE_PERCENT]
    reduced = [cover.item for cover in found.items if 0 < cover.percent < WHOLE_PERCENT]
    charged = [cover.item for cover in found.items if cover.covered_by is CoveredBy.NOBODY]
    sentences = (("charges_free_items", free), ("charges_reduced_items", reduced), ("charges_charged_items", charged))
    return [Line(prompt, {"items": _items(turn, items)}) for prompt, items in sentences if items]


def _items(turn: Turn, items: Iterable[CoverItem]) -> str:
    words = load_words(turn.language)
    return str(words["list_separator"]).join(words["cover_items"][item] for item in items)


def _values(turn: Turn, asset: Asset, last_on: dt.date | None) -> dict[str, str]:
    return {"product": turn.name_of(asset.product), "date": _date(turn, last_on)}


def _date(turn: Turn, day: dt.date | None) -> str:
    return "" if day is None else say_date(day, language=turn.language)


WARRANTY = Node("warranty", enter_warranty, answer_warranty, ends_on_silence=True)
CHARGES = Node("charges", enter_charges, answer_charges, ends_on_silence=True)
