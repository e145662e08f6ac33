"""A return from the wish to the money or the new machine (C4, C5, P3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from models import Asset, Product, Return, ServiceRequest, Visit
from operations.aftercare.care_dates import hand_over_dates
from operations.aftercare.own_requests import end_request
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.foundation.portions import Portion, read_portion
from operations.messages.return_messages import tell_granted, tell_received, tell_refused, tell_settled
from operations.money.entitlement import RequestWithoutAsset, find_entitlement
from operations.money.receivables import owe
from operations.money.settlements import draw_number
from operations.people.customers import SERIAL_TAIL_DIGITS
from policies.authority import check_authority
from policies.figures import Figures
from policies.receivables import ReceivableKind
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason, RequestState
from policies.returns import (
    Disposition,
    Remedy,
    RepairPeriod,
    ReturnDecision,
    ReturnFacts,
    ReturnState,
    ReturnTerms,
    check_refund,
    decide_return,
    move_return,
)
from policies.roles import Role
from policies.visit_states import VisitState
from policies.warranty import CoverageReason

FACTS = TypeAdapter(ReturnFacts)
DECISION = TypeAdapter(ReturnDecision)
CURRENCY = "CNY"
KEPT = (
    "customer_id",
    "site_id",
    "purchased_on",
    "invoiced_on",
    "purchase_channel",
    "delivered_on",
    "accepted_on",
    "sale_kind",
    "contract_months",
    "parent_id",
)
"""What a machine has from the one in whose place it stands: owner, site and papers, not the price of another model."""
CLOSE_REASONS = {Remedy.EXCHANGE: CloseReason.EXCHANGED, Remedy.REFUND: CloseReason.REFUNDED}


class ReturnOpenAlready(ValueError):
    """There is a return of this machine that has not ended."""

    field = "request"


class ReturnNotDue(ValueError):
    """The policy refuses it, for the reason it names."""


class ReplacementIncomplete(ValueError):
    """An exchange for another model needs both the model and its price."""

    field = "replacement_price"


class ConditionUnknown(ValueError):
    """Nobody has looked yet in what condition the machine came in."""

    field = "condition"


class SerialTaken(ValueError):
    """The new machine's serial number is one we know already."""

    field = "serial"


class SerialTooShort(ValueError):
    """A serial number needs at least six digits, which callers enter on their keypad."""

    field = "serial"


def request_return(
    session: Session,
    *,
    request: ServiceRequest,
    remedy: Remedy,
    by: str,
    now: dt.datetime,
    is_personal: bool = False,
    is_beyond_repair: bool = False,
    price_cents: int | None = None,
    replacement: Product | None = None,
    replacement_cents: int | None = None,
) -> Return:
    """Write down that a customer wants a machine exchanged or taken back, with what the policy says of it.

    `price_cents` is what was paid, where the file does not know; `replacement` another model that is wanted in its
    place, `replacement_cents` that model's price. Raises RequestWithoutAsset, ReturnOpenAlready, ReplacementIncomplete
    or ReturnPriceUnknown.
    """
    asset = request.asset
    if asset is None:
        raise RequestWithoutAsset(request.number)
    if (replacement is None) is not (replacement_cents is None) or (replacement and remedy is not Remedy.EXCHANGE):
        raise ReplacementIncomplete
    open_one = select(Return.id).where(
        Return.asset_id == asset.id, Return.state.not_in([ReturnState.CLOSED, ReturnState.REFUSED])
    )
    if session.scalar(open_one.limit(1)) is not None:
        raise ReturnOpenAlready(asset.serial)
    figures = figures_at(session, now)
    facts = ReturnFacts(
        on=_today(asset, now),
        remedy=remedy,
        terms=read_terms(figures),
        sold_on=asset.invoiced_on or asset.purchased_on,
        warranty_until_on=_warranty_until(session, asset, now),
        price_cents=asset.price_cents if asset.price_cents is not None else price_cents,
        failed_repairs=count_failed_repairs(session, asset=asset),
        repairs=tuple(list_repair_periods(session, asset=asset)),
        is_beyond_repair=is_beyond_repair,
        is_personal=is_personal,
        replacement_cents=replacement_cents,
    )
    decision = decide_return(facts)
    wish = Return(
        number=draw_number(session, series=f"RMA{facts.on:%y}"),
        request_id=request.id,
        request=request,
        asset_id=asset.id,
        asset=asset,
        remedy=remedy,
        state=ReturnState.REQUESTED,
        ground=decision.ground,
        refusal=decision.refusal,
        currency=CURRENCY,
        price_cents=facts.price_cents,
        refund_cents=decision.refund_cents,
        difference_cents=decision.difference_cents,
        replacement_product_id=replacement.id if replacement else None,
        carriage_paid_by=decision.carriage_paid_by,
        facts=FACTS.dump_python(facts, mode="json"),
        decision=DECISION.dump_python(decision, mode="json"),
        requested_at=now,
        requested_by=by,
    )
    session.add(wish)
    session.flush()
    _record(session, wish, "return_requested", actor=by, now=now)
    return wish


def read_facts(wish: Return) -> ReturnFacts:
    """Return what a stored decision was made from."""
    facts: ReturnFacts = FACTS.validate_python(wish.facts)
    return facts


def read_decision(wish: Return) -> ReturnDecision:
    """Return what was decided then."""
    decision: ReturnDecision = DECISION.validate_python(wish.decision)
    return decision


def approve_return(
    session: Session, *, wish: Return, by: str, role: Role, note: str, house: House, now: dt.datetime
) -> None:
    """Grant what is due, within the role's limit, and tell the customer.

    Raises ReturnNotDue where the policy refuses, AuthorityExceeded, RefundAbovePrice or ReturnMoveRefused.
    """
    state = move_return(wish.state, ReturnState.APPROVED)
    if wish.ground is None:
        raise ReturnNotDue(str(wish.refusal))
    if wish.remedy is Remedy.REFUND:
        check_refund(wish.refund_cents, price_cents=wish.price_cents or 0)
    check_authority(role, wish.refund_cents or wish.difference_cents, figures_at(session, now))
    _decide(session, wish, state, by=by, note=note, now=now)
    tell_granted(session, wish=wish, house=house, now=now)


def refuse_return(session: Session, *, wish: Return, by: str, note: str, house: House, now: dt.datetime) -> None:
    """Refuse it, at once or after a look at what came in; the note says why, and the customer is told."""
    _decide(session, wish, move_return(wish.state, ReturnState.REFUSED), by=by, note=note, now=now)
    tell_refused(session, wish=wish, house=house, now=now)


def receive_return(session: Session, *, wish: Return, condition: str, by: str, house: House, now: dt.datetime) -> None:
    """The machine has come back, in this condition; an empty one: nobody has looked at it yet."""
    wish.state = move_return(wish.state, ReturnState.RECEIVED)
    wish.received_at, wish.condition = now, condition
    session.flush()
    _record(session, wish, "return_received", actor=by, now=now)
    tell_received(session, wish=wish, house=house, now=now)


def close_return(
    session: Session,
    *,
    wish: Return,
    disposition: Disposition,
    house: House,
    by: str,
    now: dt.datetime,
    new_serial: str | None = None,
    condition: str = "",
) -> None:
    """Pay the money back or hand the new machine over, and say what becomes of the old one; the request closes.

    An exchange needs the new machine's serial: it stands in the old one's place, and keeps the old one's warranty.
    `condition` is how the machine came in, where that is not known yet. Raises ConditionUnknown, SerialTaken,
    SerialTooShort or ReturnMoveRefused.
    """
    wish.condition = condition or wish.condition
    if wish.state is ReturnState.RECEIVED and not wish.condition:
        raise ConditionUnknown(wish.number)
    wish.state = move_return(wish.state, ReturnState.CLOSED)
    wish.disposition, wish.closed_at = disposition, now
    if wish.remedy is Remedy.EXCHANGE:
        _replace(session, wish, serial=(new_serial or "").strip().upper())
    amount = -wish.refund_cents if wish.remedy is Remedy.REFUND else wish.difference_cents
    if amount:
        owe(
            session,
            customer_id=wish.asset.customer_id,
            kind=ReceivableKind.REFUND if wish.remedy is Remedy.REFUND else ReceivableKind.EXCHANGE,
            amount_cents=amount,
            currency=wish.currency,
            now=now,
            request=wish.request,
            note=wish.number,
        )
    session.flush()
    if wish.request.state is not RequestState.CLOSED:
        end_request(
            session,
            request=wish.request,
            reason=CLOSE_REASONS[wish.remedy],
            house=house,
            now=now,
            source="office",
            actor=by,
        )
    _record(session, wish, "return_closed", actor=by, now=now)
    session.refresh(wish.asset, ["replaced_by"])
    tell_settled(session, wish=wish, house=house, now=now)


def list_returns(
    session: Session, *, states: Sequence[ReturnState], most: int, is_newest_first: bool = False
) -> Portion[Return]:
    """Return returns in these states, the oldest first, or the newest."""
    asked = (Return.requested_at, Return.id)
    order = [one.desc() for one in asked] if is_newest_first else asked
    wanted = (
        select(Return)
        .where(Return.state.in_(states))
        .order_by(*order)
        .options(
            joinedload(Return.request),
            joinedload(Return.replacement),
            joinedload(Return.asset).joinedload(Asset.product),
            joinedload(Return.asset).joinedload(Asset.customer),
        )
    )
    return read_portion(session, wanted, most=most)


def count_failed_repairs(session: Session, *, asset: Asset) -> int:
    """Return how many repairs on site did not cure the machine: each was followed by a report of the same matter."""
    repeat = aliased(ServiceRequest)
    failed = (
        select(ServiceRequest.id)
        .where(
            ServiceRequest.asset_id == asset.id,
            ServiceRequest.kind == RequestKind.REPAIR,
            exists().where(Visit.request_id == ServiceRequest.id, Visit.state == VisitState.COMPLETED),
            exists().where(repeat.repeat_of_id == ServiceRequest.id),
        )
        .distinct()
    )
    return len(session.scalars(failed).all())


def list_repair_periods(session: Session, *, asset: Asset) -> list[RepairPeriod]:
    """Return from when to when the machine was reported broken.

    Care and installation are no repairs, nor are withdrawn reports and what was solved by telephone.
    """
    zone = ZoneInfo(asset.site.time_zone)
    left_out = [CloseReason.WITHDRAWN, CloseReason.SOLVED_BY_PHONE]
    requests = session.scalars(
        select(ServiceRequest)
        .where(
            ServiceRequest.asset_id == asset.id,
            ServiceRequest.kind == RequestKind.REPAIR,
            ServiceRequest.close_reason.is_(None) | ServiceRequest.close_reason.not_in(left_out),
        )
        .order_by(ServiceRequest.opened_at)
    )
    return [
        RepairPeriod(
            one.opened_at.astimezone(zone).date(),
            one.closed_at.astimezone(zone).date() if one.closed_at is not None else None,
        )
        for one in requests
    ]


def read_terms(figures: Figures) -> ReturnTerms:
    """Return the policy's figures for returns."""
    return ReturnTerms(
        repairs=figures.exchange_repairs,
        repair_days=figures.exchange_repair_days,
        quality_days=figures.quality_return_days,
        handling_fee_basis_points=figures.handling_fee_basis_points,
        depreciation_basis_points_per_day=figures.depreciation_basis_points_per_day,
    )


def _warranty_until(session: Session, asset: Asset, now: dt.datetime) -> dt.date | None:
    unit = find_entitlement(session, asset=asset, now=now).unit
    return unit.until_on if unit.reason is CoverageReason.IN_WARRANTY else None


def _replace(session: Session, wish: Return, *, serial: str) -> None:
    """Put the new machine in the old one's place, with its papers; another model at the price the decision knew."""
    old, other_price = wish.asset, read_facts(wish).replacement_cents
    digits = "".join(sign for sign in serial if sign.isdigit() and sign.isascii())
    if len(digits) < SERIAL_TAIL_DIGITS:
        raise SerialTooShort(serial)
    if session.scalar(select(Asset.id).where(Asset.serial == serial)) is not None:
        raise SerialTaken(serial)
    new = Asset(
        **{name: getattr(old, name) for name in KEPT},
        product_id=wish.replacement_product_id or old.product_id,
        price_cents=old.price_cents if other_price is None else other_price,
        serial=serial,
        serial_digits=digits,
        serial_tail=digits[-SERIAL_TAIL_DIGITS:],
    )
    session.add(new)
    session.flush()
    old.replaced_by_id = new.id
    hand_over_dates(session, old=old, new=new)


def _decide(session: Session, wish: Return, state: ReturnState, *, by: str, note: str, now: dt.datetime) -> None:
    wish.state, wish.decided_by, wish.decided_at, wish.note = state, by, now, note
    session.flush()
    _record(session, wish, f"return_{state}", actor=by, now=now)


def _today(asset: Asset, now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(asset.site.time_zone)).date()


def _record(session: Session, wish: Return, kind: str, *, actor: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=request_subject(wish.request_id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=actor,
        facts={
            "return": wish.number,
            "ground": str(wish.ground or wish.refusal),
            "refund_cents": wish.refund_cents,
            "difference_cents": wish.difference_cents,
        },
    )
