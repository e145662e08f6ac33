"""One request's money: who pays and why, the price told before the work, the receipt, its reversal (C2, M1, M3)."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CoverageLine, EntitlementDecision, ServiceRequest, Settlement
from operations.imports.cells import read_decimal
from operations.imports.problems import BadCell
from operations.money.entitlement import (
    decide_again,
    find_decision,
    find_entitlement,
    list_decisions,
    read_facts,
    read_outcome,
)
from operations.money.prices import PriceListGap, Work, find_price_list
from operations.money.settlements import (
    agree_quote,
    approve_difference,
    decline_quote,
    find_settlement,
    list_settlements,
    propose_work,
    quote_request,
    reverse_settlement,
    settle_request,
)
from policies.entitlement import ChargeableCause, Entitlement
from policies.settlement import UNBOOKED, SettlementState
from web.forms.form_fields import fault, read_text
from web.forms.refusals import REFUSALS
from web.foundation.access import HELPERS, OFFICE, PLANNERS, for_roles
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.layout.tables import carry_out, local
from web.wording.amounts import amount, quantity
from web.wording.sentences import in_language, say

request_money = Blueprint("request_money", __name__, url_prefix="/requests/<number>/money")
LONGEST_REASON = 200
LINES_TO_FILL = 3
MOST_HUNDREDTHS = 100_000


@dataclass(frozen=True, slots=True)
class CoverLineRow:
    """One item of the decision in words."""

    item: str
    percent: int
    payer: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """An agreement's line a person may choose."""

    line_id: int
    words: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision of the history."""

    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One line of a settlement."""

    name: str
    quantity: str
    unit: str
    gross: str
    covered: str
    why: str
    charged: str


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """One settlement with its lines, and what may be done with it."""

    id: int
    state: str
    at: str
    by: str
    receipt: str
    total: str
    agreed: str
    agreed_by: str
    approved: str
    lines: list[PriceRow]
    is_open: bool


@dataclass(frozen=True, slots=True)
class MoneyPage:
    """Everything the page shows."""

    number: str
    covers: list[CoverLineRow]
    is_stored: bool
    choices: list[ChoiceRow]
    causes: list[tuple[str, bool]]
    decisions: list[DecisionRow]
    settlements: list[SettlementRow]
    prices: list[tuple[str, str]]
    work: list[tuple[str, str]]
    may_act: bool
    may_approve: bool


@request_money.get("")
@for_roles(OFFICE)
def show(number: str) -> ResponseReturnValue:
    """The page; nothing is decided or priced by looking at it."""
    with services().database.reading() as session:
        matter = _find(session, number)
        page = _build(session, matter)
    return render_template("request_money.html", page=page)


@request_money.post("/decide")
@for_roles(HELPERS)
def decide(number: str) -> ResponseReturnValue:
    """Decide who pays, again: with the causes somebody found, or with the agreement a person chose."""

    def change(session: Session) -> None:
        chosen = request.form.get("line", type=row_id)
        decide_again(
            session,
            request=_find(session, number),
            by=current_user.name,
            reason=_reason() or say("request_money.looked_again"),
            now=now(),
            causes=[ChargeableCause(word) for word in request.form.getlist("cause") if word in set(ChargeableCause)],
            chosen_line_id=chosen,
        )

    return _carry_out(change, number)


@request_money.post("/quote")
@for_roles(HELPERS)
def quote(number: str) -> ResponseReturnValue:
    """Price the work before it is done."""
    by = current_user.name
    return _carry_out(
        lambda session: quote_request(session, request=_find(session, number), work=_work(), by=by, now=now()), number
    )


@request_money.post("/settle")
@for_roles(HELPERS)
def settle(number: str) -> ResponseReturnValue:
    """Settle what was done; what is not as agreed waits for a person."""
    by, house = current_user.name, services().house
    return _carry_out(
        lambda session: settle_request(
            session, request=_find(session, number), work=_work(), house=house, by=by, now=now()
        ),
        number,
    )


@request_money.post("/<int:settlement_id>/agree")
@for_roles(HELPERS)
def agree(number: str, settlement_id: int) -> ResponseReturnValue:
    """The customer says yes to a quote, by name."""
    return _carry_out(
        lambda session: agree_quote(
            session,
            settlement=_settlement(session, number, settlement_id),
            customer=read_text("customer", longest=80),
            by=current_user.name,
            now=now(),
        ),
        number,
    )


@request_money.post("/<int:settlement_id>/decline")
@for_roles(HELPERS)
def decline(number: str, settlement_id: int) -> ResponseReturnValue:
    """The customer says no to a quote."""
    return _carry_out(
        lambda session: decline_quote(
            session, settlement=_settlement(session, number, settlement_id), by=current_user.name, now=now()
        ),
        number,
    )


@request_money.post("/<int:settlement_id>/approve")
@for_roles(PLANNERS)
def approve(number: str, settlement_id: int) -> ResponseReturnValue:
    """Somebody approves a total that is not what was agreed."""
    return _carry_out(
        lambda session: approve_difference(
            session,
            settlement=_settlement(session, number, settlement_id),
            reason=_reason(),
            house=services().house,
            by=current_user.name,
            role=current_user.role,
            now=now(),
        ),
        number,
    )


@request_money.post("/<int:settlement_id>/reverse")
@for_roles(PLANNERS)
def reverse(number: str, settlement_id: int) -> ResponseReturnValue:
    """Somebody undoes a receipt."""
    return _carry_out(
        lambda session: reverse_settlement(
            session,
            settlement=_settlement(session, number, settlement_id),
            reason=_reason(),
            by=current_user.name,
            role=current_user.role,
            now=now(),
        ),
        number,
    )


def _find(session: Session, number: str) -> ServiceRequest:
    return session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none() or abort(404)


def _settlement(session: Session, number: str, settlement_id: int) -> Settlement:
    found = find_settlement(session, settlement_id=settlement_id)
    if found is None or found.request.number != number:
        abort(404)
    return found


def _carry_out(act: Callable[[Session], object], number: str) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.request_money.show", number=number))


def _reason() -> str:
    return read_text("reason", longest=LONGEST_REASON)


def _work() -> list[Work]:
    """Return the lines of the form that were filled in; raises FormRefused for a quantity that is no number."""
    filled = zip(request.form.getlist("code"), request.form.getlist("quantity"), strict=False)
    return [
        Work(code, _quantity(typed.strip(), place))
        for place, (code, typed) in enumerate(filled)
        if code and typed.strip()
    ]


def _quantity(typed: str, place: int) -> int:
    try:
        return read_decimal(2, MOST_HUNDREDTHS)(typed)
    except BadCell as error:
        raise fault(f"quantity#{place}", "forms.not_a_number") from error


def _build(session: Session, matter: ServiceRequest) -> MoneyPage:
    zone = ZoneInfo(matter.site.time_zone if matter.site else "UTC")
    decision = find_decision(session, request=matter)
    entitlement = _entitlement(session, matter, decision)
    causes = read_facts(decision).causes if decision else frozenset()
    settlements = list_settlements(session, request=matter)
    return MoneyPage(
        number=matter.number,
        covers=_covers(entitlement) if entitlement else [],
        is_stored=decision is not None,
        choices=_choices(session, entitlement),
        causes=[(str(cause), cause in causes) for cause in ChargeableCause],
        decisions=[
            DecisionRow(local(one.decided_at, zone), one.decided_by, one.reason)
            for one in list_decisions(session, request=matter)
        ],
        settlements=[_settlement_row(one, zone) for one in reversed(settlements)],
        prices=_prices(session, zone),
        work=_proposed(session, matter, settlements),
        may_act=current_user.role in HELPERS and matter.asset is not None and not _is_settled(settlements),
        may_approve=current_user.role in PLANNERS,
    )


def _is_settled(settlements: Sequence[Settlement]) -> bool:
    return any(one.state is SettlementState.SETTLED for one in settlements)


def _entitlement(session: Session, matter: ServiceRequest, decision: EntitlementDecision | None) -> Entitlement | None:
    """What was decided; before that, what would be."""
    if decision is not None:
        return read_outcome(decision)
    if matter.asset is None:
        return None
    return find_entitlement(session, asset=matter.asset, now=matter.opened_at)


def _covers(entitlement: Entitlement) -> list[CoverLineRow]:
    return [
        CoverLineRow(
            item=say(f"cover_item.{cover.item}"),
            percent=cover.percent,
            payer=say(f"covered_by.{cover.covered_by}"),
            reason=say(f"cover_reason.{cover.reason}"),
            until=(cover.until_on - dt.timedelta(days=1)).isoformat() if cover.until_on else "",
        )
        for cover in entitlement.items
    ]


def _choices(session: Session, entitlement: Entitlement | None) -> list[ChoiceRow]:
    lines = [session.get_one(CoverageLine, line_id) for line_id in (entitlement.choices if entitlement else ())]
    return [
        ChoiceRow(
            line.id,
            say(
                "request_money.choice",
                agreement=line.agreement.number,
                kind=say(f"agreement_kind.{line.agreement.kind}"),
                labour=line.labour_percent,
                travel=line.travel_percent,
                main_part=line.main_part_percent,
                wear_part=line.wear_part_percent,
            ),
        )
        for line in lines
    ]


def _settlement_row(one: Settlement, zone: ZoneInfo) -> SettlementRow:
    return SettlementRow(
        id=one.id,
        state=str(one.state),
        at=local(one.settled_at or one.made_at, zone),
        by=one.settled_by or one.made_by,
        receipt=one.receipt_number or "",
        total=amount(one.total_cents, one.currency),
        agreed="" if one.agreed_cents is None else amount(one.agreed_cents, one.currency),
        agreed_by=one.agreed_by or "",
        approved=f"{one.approved_by}: {one.approved_reason}" if one.approved_by else "",
        lines=[
            PriceRow(
                name=in_language(line, "name"),
                quantity=quantity(line.quantity_hundredths),
                unit=amount(line.unit_cents, one.currency),
                gross=amount(line.gross_cents, one.currency),
                covered=amount(line.covered_cents, one.currency),
                why=say(f"cover_reason.{line.reason}"),
                charged=amount(line.charged_cents, one.currency),
            )
            for line in one.lines
        ],
        is_open=one.state in UNBOOKED,
    )


def _prices(session: Session, zone: ZoneInfo) -> list[tuple[str, str]]:
    try:
        price_list = find_price_list(session, on=now().astimezone(zone).date())
    except PriceListGap:
        return []
    return [
        (price.code, f"{in_language(price, 'name')} · {amount(price.unit_cents, price_list.currency)}")
        for price in price_list.prices
    ]


def _proposed(session: Session, matter: ServiceRequest, settlements: Sequence[Settlement]) -> list[tuple[str, str]]:
    """The form's lines: those of the last quote, else what the visits say, and some to fill in."""
    last = next((one for one in reversed(settlements) if one.state in UNBOOKED), None)
    work = (
        [Work(line.code, line.quantity_hundredths) for line in last.lines]
        if last
        else propose_work(session, request=matter)
    )
    return [(one.code, quantity(one.quantity_hundredths)) for one in work] + [("", "")] * LINES_TO_FILL
