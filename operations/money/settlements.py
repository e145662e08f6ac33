"""A matter's money from the quote to the receipt: agreed before work, booked once, undone only by reversal (M1, M3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import CoverageLine, NumberSeries, Price, ServiceRequest, Settlement, SettlementLine, Visit, WorkReport
from operations.clocks.commitments import request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.foundation.portions import Portion, read_portion
from operations.messages.request_messages import tell_about_request
from operations.money.agreements import give_visit_back, use_visit
from operations.money.entitlement import read_outcome, settle_decision
from operations.money.prices import LABOUR_CODE, TRAVEL_CODE, Work, find_price, find_price_list
from operations.money.receivables import owe
from policies.authority import check_authority
from policies.money import write_amount
from policies.receivables import ReceivableKind
from policies.roles import Role
from policies.settlement import (
    HUNDREDTHS,
    UNBOOKED,
    PricedLine,
    SettlementState,
    WorkLine,
    move_settlement,
    needs_approval,
    price_lines,
    round_up_hours,
    total_charged,
)


class RequestSettledAlready(ValueError):
    """The request has a receipt; it is corrected by a reversal, and settled anew after it."""


class NothingToSettle(ValueError):
    """No work was written down; a settlement without a line would say nothing."""


class CustomerUnnamed(ValueError):
    """Whoever agreed for the customer must be named."""

    field = "customer"


def list_settlements(session: Session, *, request: ServiceRequest) -> Sequence[Settlement]:
    """Return a request's settlements with their lines, the first one first."""
    return session.scalars(
        select(Settlement)
        .where(Settlement.request_id == request.id)
        .order_by(Settlement.id)
        .options(selectinload(Settlement.lines), joinedload(Settlement.price_list))
    ).all()


def find_settlement(session: Session, *, settlement_id: int) -> Settlement | None:
    """Return one settlement, locked for the transaction, or None."""
    return session.scalars(select(Settlement).where(Settlement.id == settlement_id).with_for_update()).one_or_none()


def propose_work(session: Session, *, request: ServiceRequest) -> list[Work]:
    """Return what the visits and their reports say was done: coming, the hours on site, the parts fitted.

    Before a visit it is what one will take: coming, and the hours the fault usually needs.
    """
    visits = session.scalars(
        select(Visit).where(Visit.request_id == request.id, Visit.arrived_at.is_not(None)).order_by(Visit.id)
    ).all()
    if not visits:
        minutes = request.fault_category.duration_minutes if request.fault_category else 60
        return [Work(TRAVEL_CODE, HUNDREDTHS), Work(LABOUR_CODE, round_up_hours(minutes))]
    minutes = sum(_minutes_on_site(visit) for visit in visits)
    work = [Work(TRAVEL_CODE, HUNDREDTHS * len(visits))]
    work += [Work(LABOUR_CODE, round_up_hours(minutes))] if minutes else []
    reports = session.scalars(
        select(WorkReport)
        .where(WorkReport.visit_id.in_([visit.id for visit in visits]))
        .order_by(WorkReport.id)
        .options(selectinload(WorkReport.parts))
    )
    return work + [Work(part.part_code, HUNDREDTHS * part.quantity) for report in reports for part in report.parts]


def quote_request(
    session: Session, *, request: ServiceRequest, work: Sequence[Work], by: str, now: dt.datetime
) -> Settlement:
    """Price work before it is done by the list in force today, less what is covered; an older quote is replaced.

    Raises PriceListGap, PriceMissing, EntitlementUndecided, QuantityOutOfRange, RequestWithoutAsset, NothingToSettle,
    or RequestSettledAlready.
    """
    _replace_unbooked(session, request)
    settlement = _price(session, request, work, on=_today(request, now), by=by, now=now)
    _record(session, settlement, "settlement_quoted", actor=by, now=now)
    return settlement


def agree_quote(session: Session, *, settlement: Settlement, customer: str, by: str, now: dt.datetime) -> None:
    """The customer says yes to exactly this total, before the work (M3, V3); raises SettlementMoveRefused."""
    if not customer.strip():
        raise CustomerUnnamed
    settlement.state = move_settlement(settlement.state, SettlementState.AGREED)
    settlement.agreed_cents, settlement.agreed_at, settlement.agreed_by = settlement.total_cents, now, customer
    session.flush()
    _record(session, settlement, "settlement_agreed", actor=by, now=now)


def decline_quote(session: Session, *, settlement: Settlement, by: str, now: dt.datetime) -> None:
    """The customer does not want it at this price; nothing is charged, and the request stays for somebody to close."""
    settlement.state = move_settlement(settlement.state, SettlementState.DECLINED)
    session.flush()
    _record(session, settlement, "settlement_declined", actor=by, now=now)


def settle_request(
    session: Session, *, request: ServiceRequest, work: Sequence[Work], house: House, by: str, now: dt.datetime
) -> Settlement:
    """Price what was done by the list in force at the visit, and book it if it comes to what was agreed.

    Otherwise it waits for somebody to approve the difference. Raises what `quote_request` raises.
    """
    agreed = _find_agreed(session, request)
    _replace_unbooked(session, request)
    settlement = _price(session, request, work, on=_visited_on(session, request, now), by=by, now=now)
    if agreed is not None:
        settlement.agreed_cents, settlement.agreed_at, settlement.agreed_by = agreed
    settlement.state = SettlementState.WAITING
    session.flush()
    if needs_approval(agreed_cents=settlement.agreed_cents, total_cents=settlement.total_cents):
        _record(session, settlement, "settlement_waits", actor=by, now=now)
    else:
        _book(session, settlement, house=house, by=by, now=now)
    return settlement


def approve_difference(
    session: Session, *, settlement: Settlement, reason: str, house: House, by: str, role: Role, now: dt.datetime
) -> None:
    """A person approves a total that is not what was agreed, within the role's limit, and it is booked (M3).

    Raises AuthorityExceeded or SettlementMoveRefused.
    """
    move_settlement(settlement.state, SettlementState.SETTLED)
    difference = settlement.total_cents - (settlement.agreed_cents or 0)
    check_authority(role, difference, figures_at(session, now))
    settlement.approved_by, settlement.approved_reason = by, reason
    _book(session, settlement, house=house, by=by, now=now)


def reverse_settlement(
    session: Session, *, settlement: Settlement, reason: str, by: str, role: Role, now: dt.datetime
) -> Settlement:
    """Undo a receipt with one of the opposite amounts; visits taken from an allowance are given back (M1).

    Raises SettlementMoveRefused for what is not booked or is reversed already, or AuthorityExceeded.
    """
    settlement.state = move_settlement(settlement.state, SettlementState.REVERSED)
    check_authority(role, settlement.total_cents, figures_at(session, now))
    reversal = Settlement(
        request_id=settlement.request_id,
        request=settlement.request,
        decision_id=settlement.decision_id,
        price_list_id=settlement.price_list_id,
        state=SettlementState.REVERSAL,
        currency=settlement.currency,
        total_cents=-settlement.total_cents,
        made_at=now,
        made_by=by,
        approved_by=by,
        approved_reason=reason,
        reverses_id=settlement.id,
        lines=[_opposite(line) for line in settlement.lines],
    )
    session.add(reversal)
    session.flush()
    _give_receipt(session, reversal, by=by, now=now)
    line = _allowance_line(session, settlement)
    if line is not None:
        give_visit_back(session, line=line, request=settlement.request, by=by, now=now)
    _owe(session, reversal, now=now)
    _record(session, reversal, "settlement_reversed", actor=by, now=now)
    return reversal


def list_waiting(session: Session, *, most: int) -> Portion[Settlement]:
    """Return settlements whose difference somebody must approve, the oldest first."""
    wanted = (
        select(Settlement)
        .where(Settlement.state == SettlementState.WAITING)
        .order_by(Settlement.made_at, Settlement.id)
        .options(joinedload(Settlement.request).joinedload(ServiceRequest.customer))
    )
    return read_portion(session, wanted, most=most)


def _price(
    session: Session, request: ServiceRequest, work: Sequence[Work], *, on: dt.date, by: str, now: dt.datetime
) -> Settlement:
    if not work:
        raise NothingToSettle(request.number)
    decision = settle_decision(session, request=request, by=by, now=now)
    price_list = find_price_list(session, on=on)
    prices = [find_price(session, price_list=price_list, code=one.code) for one in work]
    lines = [
        WorkLine(price.item, price.code, one.quantity_hundredths, price.unit_cents)
        for one, price in zip(work, prices, strict=True)
    ]
    priced = price_lines(lines, read_outcome(decision))
    settlement = Settlement(
        request_id=request.id,
        request=request,
        decision_id=decision.id,
        price_list_id=price_list.id,
        state=SettlementState.QUOTED,
        currency=price_list.currency,
        total_cents=total_charged(priced),
        made_at=now,
        made_by=by,
        lines=[
            _build_line(line, price, position)
            for position, (line, price) in enumerate(zip(priced, prices, strict=True), start=1)
        ],
    )
    session.add(settlement)
    session.flush()
    return settlement


def _build_line(line: PricedLine, price: Price, position: int) -> SettlementLine:
    return SettlementLine(
        position=position,
        item=line.work.item,
        code=line.work.code,
        name=price.name,
        name_en=price.name_en,
        quantity_hundredths=line.work.quantity_hundredths,
        unit_cents=line.work.unit_cents,
        gross_cents=line.gross_cents,
        covered_percent=line.covered_percent,
        covered_by=line.covered_by,
        reason=line.reason,
        covered_cents=line.covered_cents,
        charged_cents=line.charged_cents,
    )


def _replace_unbooked(session: Session, request: ServiceRequest) -> None:
    """Quotes give way to the next one; where a receipt stands there is no next one."""
    for one in list_settlements(session, request=request):
        if one.state is SettlementState.SETTLED:
            raise RequestSettledAlready(request.number)
        if one.state in UNBOOKED:
            one.state = SettlementState.REPLACED
    session.flush()


def _find_agreed(session: Session, request: ServiceRequest) -> tuple[int | None, dt.datetime | None, str | None] | None:
    """Return what the customer agreed to last: a quote of ours, or what was signed on the technician's page."""
    quote = session.scalars(
        select(Settlement)
        .where(
            Settlement.request_id == request.id,
            Settlement.state.in_(UNBOOKED),
            Settlement.agreed_cents.is_not(None),
        )
        .order_by(Settlement.id.desc())
        .limit(1)
    ).first()
    signed = session.scalars(
        select(WorkReport)
        .join(WorkReport.visit)
        .where(Visit.request_id == request.id, WorkReport.agreed_total_cents.is_not(None))
        .order_by(WorkReport.agreed_at.desc())
        .limit(1)
    ).first()
    found = [
        (cents, at, who)
        for cents, at, who in (
            (quote.agreed_cents, quote.agreed_at, quote.agreed_by) if quote else (None, None, None),
            (signed.agreed_total_cents, signed.agreed_at, signed.agreed_by) if signed else (None, None, None),
        )
        if at is not None
    ]
    return max(found, key=lambda agreed: agreed[1], default=None)


def _book(session: Session, settlement: Settlement, *, house: House, by: str, now: dt.datetime) -> None:
    settlement.state = move_settlement(settlement.state, SettlementState.SETTLED)
    _give_receipt(session, settlement, by=by, now=now)
    line = _allowance_line(session, settlement)
    if line is not None:
        use_visit(session, line=line, request=settlement.request, by=by, now=now)
    _owe(session, settlement, now=now)
    session.flush()
    _record(session, settlement, "settlement_booked", actor=by, now=now)
    amount = write_amount(settlement.total_cents, settlement.currency)
    tell_about_request(
        session,
        request=settlement.request,
        event=f"receipt:{settlement.receipt_number}",
        template="receipt_given",
        values={"receipt": settlement.receipt_number, "amount": amount},
        house=house,
        now=now,
    )


def _give_receipt(session: Session, settlement: Settlement, *, by: str, now: dt.datetime) -> None:
    settlement.receipt_number = draw_number(session, series=f"R{_today(settlement.request, now):%y}")
    settlement.settled_at, settlement.settled_by = now, by


def draw_number(session: Session, *, series: str) -> str:
    """Return the next number of a series, such as R26-000017; numbers follow each other without a gap."""
    row = session.scalars(select(NumberSeries).where(NumberSeries.series == series).with_for_update()).one_or_none()
    if row is None:
        row = NumberSeries(series=series, last_number=0)
        session.add(row)
    row.last_number += 1
    session.flush()
    return f"{series}-{row.last_number:06d}"


def _allowance_line(session: Session, settlement: Settlement) -> CoverageLine | None:
    line_id = read_outcome(settlement.decision).line_id
    return session.get_one(CoverageLine, line_id) if line_id is not None else None


def _owe(session: Session, settlement: Settlement, *, now: dt.datetime) -> None:
    customer_id = settlement.request.customer_id
    if settlement.total_cents and customer_id is not None:
        owe(
            session,
            customer_id=customer_id,
            kind=ReceivableKind.SETTLEMENT,
            amount_cents=settlement.total_cents,
            currency=settlement.currency,
            now=now,
            settlement=settlement,
            request=settlement.request,
        )


def _opposite(line: SettlementLine) -> SettlementLine:
    same = {
        name: getattr(line, name)
        for name in ("position", "item", "code", "name", "name_en", "quantity_hundredths", "unit_cents")
    }
    return SettlementLine(
        **same,
        covered_percent=line.covered_percent,
        covered_by=line.covered_by,
        reason=line.reason,
        gross_cents=-line.gross_cents,
        covered_cents=-line.covered_cents,
        charged_cents=-line.charged_cents,
    )


def _minutes_on_site(visit: Visit) -> int:
    if visit.arrived_at is None or visit.completed_at is None:
        return 0
    return int((visit.completed_at - visit.arrived_at).total_seconds() // 60)


def _today(request: ServiceRequest, now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(request.time_zone)).date()


def _visited_on(session: Session, request: ServiceRequest, now: dt.datetime) -> dt.date:
    """The day of the last arrival, where the machine stands; today where nobody went."""
    arrived_at = session.scalar(
        select(Visit.arrived_at)
        .where(Visit.request_id == request.id, Visit.arrived_at.is_not(None))
        .order_by(Visit.arrived_at.desc())
        .limit(1)
    )
    return _today(request, arrived_at or now)


def _record(session: Session, settlement: Settlement, kind: str, *, actor: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=request_subject(settlement.request_id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=actor,
        facts={
            "total_cents": settlement.total_cents,
            "agreed_cents": settlement.agreed_cents,
            "receipt": settlement.receipt_number,
        },
    )
    note_change(session, topic=BOARD, now=now)
