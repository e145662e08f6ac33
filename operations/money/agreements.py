"""Service agreements from draft to end: approved by another, never two for one thing, counted by visits (C6, M2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from models import (
    Agreement,
    AllowanceUse,
    Asset,
    CoverageLine,
    Customer,
    PreventivePlan,
    ServiceRequest,
    StatusEvent,
)
from operations.clocks.clock_events import agree_target
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.foundation.portions import Portion, read_portion
from operations.messages.agreement_messages import tell_ending
from operations.money.entitlement import count_visits_left, names_asset
from operations.money.receivables import owe
from policies.agreements import (
    AgreementState,
    LinePeriod,
    find_clashes,
    move_agreement,
    plan_instalments,
    renewal_notice_on,
)
from policies.commitments import CommitmentKind
from policies.receivables import ReceivableKind

WRITTEN = "agreement_written"


class AgreementOverlap(ValueError):
    """Another approved agreement of the same kind covers the same thing in the same time."""


class AgreementEmpty(ValueError):
    """An agreement without a line covers nothing and cannot be approved."""


class AgreementOwnApproval(PermissionError):
    """Nobody approves an agreement on which they have written themselves."""


class AllowanceUsedUp(ValueError):
    """The line's visits are used up; none can be taken from it."""


def agreement_subject(agreement_id: int) -> str:
    """Return the chain's name for an agreement."""
    return f"agreement:{agreement_id}"


def find_agreement(session: Session, *, number: str) -> Agreement | None:
    """Return the agreement of this number with its lines and their uses, or None."""
    return session.scalars(select(Agreement).where(Agreement.number == number).options(*_parts())).one_or_none()


def list_agreements(
    session: Session, *, state: AgreementState | None = None, customer_id: int | None = None, most: int
) -> Portion[Agreement]:
    """Return agreements, those that end first at the top."""
    query = select(Agreement).order_by(Agreement.until_on, Agreement.number).options(*_parts())
    if state is not None:
        query = query.where(Agreement.state == state)
    if customer_id is not None:
        query = query.where(Agreement.customer_id == customer_id)
    return read_portion(session, query, most=most)


def approve_agreement(session: Session, *, agreement: Agreement, by: str, now: dt.datetime) -> None:
    """Put a draft in force: from now on it pays, and its price is owed in instalments.

    Raises AgreementOwnApproval, AgreementEmpty, AgreementOverlap, or AgreementMoveRefused for one that is no draft.
    """
    lock_agreement(session, agreement=agreement)
    state = move_agreement(agreement.state, AgreementState.APPROVED)
    if by in list_writers(session, agreement=agreement):
        raise AgreementOwnApproval(agreement.number)
    if not agreement.lines:
        raise AgreementEmpty(agreement.number)
    clashes = find_overlaps(session, agreement=agreement)
    if clashes:
        raise AgreementOverlap(f"{agreement.number}: {clashes[0][1].agreement} ({clashes[0][0].scope})")
    agreement.state, agreement.approved_by, agreement.approved_at = state, by, now
    session.flush()
    for part in plan_instalments(
        price_cents=agreement.price_cents,
        first_due_on=agreement.from_on,
        count=agreement.instalment_count,
        every_months=agreement.instalment_months,
    ):
        owe(
            session,
            customer_id=agreement.customer_id,
            kind=ReceivableKind.INSTALMENT,
            amount_cents=part.amount_cents,
            currency=agreement.currency,
            due_on=part.due_on,
            agreement=agreement,
            now=now,
        )
    _plan_visits_again(session, agreement)
    _record(session, agreement, "agreement_approved", actor=by, now=now)


def lock_agreement(session: Session, *, agreement: Agreement) -> None:
    """Read an agreement anew; nobody else changes it or approves one of its customer until this transaction ends."""
    # Two drafts that cover the same thing are two rows: only their customer's makes their approvals take turns.
    session.scalars(select(Customer.id).where(Customer.id == agreement.customer_id).with_for_update()).one()
    session.flush()
    session.scalars(
        select(Agreement)
        .where(Agreement.id == agreement.id)
        .options(selectinload(Agreement.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def note_written(session: Session, *, agreement: Agreement, by: str, now: dt.datetime) -> None:
    """Put on record that somebody has written a draft down or changed it: they cannot approve it any more."""
    _record(session, agreement, WRITTEN, actor=by, now=now)


def list_writers(session: Session, *, agreement: Agreement) -> list[str]:
    """Return everybody who has written on an agreement, the first coming first."""
    actors = session.scalars(
        select(StatusEvent.actor)
        .where(StatusEvent.subject == agreement_subject(agreement.id), StatusEvent.kind == WRITTEN)
        .order_by(StatusEvent.position)
    )
    return list(dict.fromkeys([agreement.made_by, *actors]))


def find_overlaps(session: Session, *, agreement: Agreement) -> list[tuple[LinePeriod, LinePeriod]]:
    """Return the agreement's lines that cover what another line does on some day, each with the other (C6)."""
    approved = select(Agreement).where(
        Agreement.state == AgreementState.APPROVED,
        Agreement.customer_id == agreement.customer_id,
        Agreement.id != agreement.id,
    )
    others = session.scalars(approved.order_by(Agreement.until_on, Agreement.number).options(*_parts()))
    return find_clashes(list_periods(agreement), tuple(line for other in others for line in list_periods(other)))


def end_agreement(session: Session, *, agreement: Agreement, reason: str, by: str, now: dt.datetime) -> None:
    """End an agreement now; what it has paid for stays paid. Raises AgreementMoveRefused for one that has ended."""
    lock_agreement(session, agreement=agreement)
    agreement.state = move_agreement(agreement.state, AgreementState.ENDED)
    agreement.ended_reason = reason
    session.flush()
    _plan_visits_again(session, agreement)
    _record(session, agreement, "agreement_ended", actor=by, now=now)


def list_renewals_due(session: Session, *, today: dt.date) -> list[Agreement]:
    """Return approved agreements that end so soon that customer and office should speak about renewing them."""
    running = select(Agreement).where(Agreement.state == AgreementState.APPROVED, Agreement.until_on > today)
    return [
        one
        for one in session.scalars(running.order_by(Agreement.until_on, Agreement.number).options(*_parts()))
        if renewal_notice_on(one.until_on, notice_days=one.renewal_notice_days) <= today
    ]


def notice_endings(session: Session, *, house: House, now: dt.datetime) -> int:
    """Tell the customers whose agreements end soon, each once (C6); return how many agreements there were."""
    found = session.scalars(
        select(Agreement)
        .where(
            Agreement.state == AgreementState.APPROVED, Agreement.noticed_at.is_(None), Agreement.until_on > now.date()
        )
        .order_by(Agreement.until_on, Agreement.id)
        .options(joinedload(Agreement.customer).selectinload(Customer.phones))
    ).all()
    due = [one for one in found if renewal_notice_on(one.until_on, notice_days=one.renewal_notice_days) <= now.date()]
    for agreement in due:
        agreement.noticed_at = now
        tell_ending(session, agreement=agreement, house=house, now=now)
        _record(session, agreement, "agreement_ending_told", actor="clock", now=now)
    session.flush()
    return len(due)


def use_visit(
    session: Session, *, line: CoverageLine, request: ServiceRequest, by: str, now: dt.datetime
) -> AllowanceUse | None:
    """Take one visit of a line for a request, once; None where visits are not counted. Raises AllowanceUsedUp.

    The agreement's row is locked, so that two settlements cannot take the last visit both.
    """
    session.scalars(select(Agreement.id).where(Agreement.id == line.agreement_id).with_for_update()).one()
    session.refresh(line, ["uses"])
    if line.allowance_visits is None or sum(use.visits for use in line.uses if use.request_id == request.id) > 0:
        return None
    if count_visits_left(line) == 0:
        raise AllowanceUsedUp(line.agreement.number)
    return _write_use(session, line, request, visits=1, by=by, now=now)


def give_visit_back(
    session: Session, *, line: CoverageLine, request: ServiceRequest, by: str, now: dt.datetime
) -> AllowanceUse | None:
    """Give the visit back that a request took from a line, if it took one and has not given it back."""
    session.refresh(line, ["uses"])
    if sum(use.visits for use in line.uses if use.request_id == request.id) <= 0:
        return None
    return _write_use(session, line, request, visits=-1, by=by, now=now)


def promise_agreed_times(session: Session, *, request: ServiceRequest, by: str, now: dt.datetime) -> None:
    """Set the clocks of a request to what an agreement promises for its machine: on site, and working again (D1).

    Of several agreements in force the shortest time counts. Where none promises anything the house's own times stand.
    """
    if request.asset is None:
        return
    on = request.opened_at.astimezone(ZoneInfo(request.asset.site.time_zone)).date()
    running = list_promising(session, asset=request.asset, on=on)
    for kind, name in (
        (CommitmentKind.ON_SITE, "response_hours"),
        (CommitmentKind.RESTORATION, "restoration_hours"),
    ):
        promising = [one for one in running if getattr(one, name) is not None]
        if not promising:
            continue
        shortest = min(promising, key=lambda one: (getattr(one, name), one.number))
        agree_target(
            session,
            subject=request_subject(request.id),
            request_id=request.id,
            kind=kind,
            minutes=getattr(shortest, name) * 60,
            agreement=shortest.number,
            by=by,
            now=now,
        )


def list_promising(session: Session, *, asset: Asset, on: dt.date) -> Sequence[Agreement]:
    """Return agreements in force on a day that cover a machine and promise a time for it."""
    return (
        session.scalars(
            select(Agreement)
            .join(Agreement.lines)
            .where(
                Agreement.customer_id == asset.customer_id,
                Agreement.state == AgreementState.APPROVED,
                Agreement.from_on <= on,
                Agreement.until_on > on,
                Agreement.response_hours.is_not(None) | Agreement.restoration_hours.is_not(None),
                names_asset(asset),
            )
            .order_by(Agreement.number)
        )
        .unique()
        .all()
    )


def scope_of(line: CoverageLine) -> str:
    """Return what a line covers as one word, such as "asset:17" or "customer"."""
    named = {"asset": line.asset_id, "site": line.site_id, "product": line.product_id}
    return next((f"{kind}:{id_}" for kind, id_ in named.items() if id_ is not None), "customer")


def list_periods(agreement: Agreement) -> tuple[LinePeriod, ...]:
    """Return an agreement's lines as the policy compares them."""
    return tuple(
        LinePeriod(agreement.number, agreement.kind, scope_of(line), agreement.from_on, agreement.until_on)
        for line in agreement.lines
    )


def _parts() -> tuple[ExecutableOption, ...]:
    return (joinedload(Agreement.customer), selectinload(Agreement.lines).selectinload(CoverageLine.uses))


def _plan_visits_again(session: Session, agreement: Agreement) -> None:
    """Have the dates of its visits written anew, and those of the general plans that they stand in for (F3)."""
    kinds = select(PreventivePlan.kind).where(PreventivePlan.agreement_id == agreement.id)
    session.execute(
        update(PreventivePlan)
        .where(PreventivePlan.kind.in_(kinds))
        .values(written_until_on=None)
        .execution_options(synchronize_session="fetch")
    )


def _write_use(
    session: Session, line: CoverageLine, request: ServiceRequest, *, visits: int, by: str, now: dt.datetime
) -> AllowanceUse:
    use = AllowanceUse(line_id=line.id, request_id=request.id, visits=visits, used_at=now, used_by=by)
    line.uses.append(use)
    session.flush()
    return use


def _record(session: Session, agreement: Agreement, kind: str, *, actor: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=agreement_subject(agreement.id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=actor,
        facts={"number": agreement.number, "price_cents": agreement.price_cents},
    )
