"""What broken promises cost us under agreements: computed from recorded instants, shown, confirmed (C7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Agreement, Commitment, CoverageLine, Penalty, ServiceRequest
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.money.entitlement import names_asset
from operations.money.receivables import owe
from policies.agreements import AgreementState
from policies.authority import check_authority
from policies.commitments import CommitmentKind, CommitmentState
from policies.penalties import PenaltyKind, PenaltyLine, PenaltyTerms, Stoppage, compute_penalties
from policies.receivables import ReceivableKind
from policies.request_states import CloseReason
from policies.roles import Role


class PenaltyConfirmedAlready(ValueError):
    """The penalty is a credit of the customer's already."""


def refresh_penalties(session: Session, *, agreement_id: int, now: dt.datetime) -> list[Penalty]:
    """Compute what the agreement's matters cost us as of now; confirmed penalties stay as they were confirmed.

    Only broken promises have rows; together they never exceed the contract's value. The agreement's row is locked, so
    that the page and the clock take turns.
    """
    agreement = session.scalars(select(Agreement).where(Agreement.id == agreement_id).with_for_update()).one()
    kept = {(row.request_id, row.kind): row for row in list_penalties(session, agreement=agreement)}
    left = agreement.price_cents - sum(row.amount_cents for row in kept.values() if row.confirmed_at is not None)
    for request in _list_matters(session, agreement):
        inspection = kept.get((request.id, PenaltyKind.FAILED_INSPECTION))
        stoppage = _read_stoppage(request, agreement, was_inspection_missed=inspection is not None)
        for line in compute_penalties(_terms(agreement), stoppage, now=now):
            row = kept.get((request.id, line.kind))
            if row is not None and row.confirmed_at is not None:
                continue
            amount = min(line.amount_cents, max(left, 0))
            left -= amount
            if row is None:
                row = Penalty(agreement_id=agreement.id, request_id=request.id, kind=line.kind)
                session.add(row)
            row.times, row.amount_cents, row.computed_at = line.times, amount, now
    session.flush()
    return list(list_penalties(session, agreement=agreement))


def list_late_agreements(session: Session) -> Sequence[int]:
    """Return the ids of agreements that one of our clocks broke, for a matter that is open or not yet counted."""
    counted = select(Penalty.id).where(
        Penalty.agreement_id == Agreement.id,
        Penalty.request_id == Commitment.request_id,
        Penalty.computed_at >= Commitment.fulfilled_at,
    )
    return session.scalars(
        select(Agreement.id)
        .join(Commitment, Commitment.agreement == Agreement.number)
        .where(
            Agreement.state != AgreementState.DRAFT,
            Commitment.state == CommitmentState.BROKEN,
            Commitment.request_id.is_not(None),
            ~counted.exists(),
        )
        .distinct()
        .order_by(Agreement.id)
    ).all()


def note_failed_inspection(
    session: Session, *, agreement: Agreement, request: ServiceRequest, by: str, now: dt.datetime
) -> Penalty:
    """A person finds that an inspection due would have prevented this stoppage (C7); noted once."""
    for row in list_penalties(session, agreement=agreement):
        if (row.request_id, row.kind) == (request.id, PenaltyKind.FAILED_INSPECTION):
            return row
    lines = compute_penalties(_terms(agreement), Stoppage(now, was_inspection_missed=True), now=now)
    line = next((one for one in lines if one.kind is PenaltyKind.FAILED_INSPECTION), None) or PenaltyLine(
        PenaltyKind.FAILED_INSPECTION, 1, 0
    )
    penalty = Penalty(
        agreement_id=agreement.id,
        request_id=request.id,
        kind=line.kind,
        times=line.times,
        amount_cents=line.amount_cents,
        computed_at=now,
    )
    session.add(penalty)
    session.flush()
    _record(session, penalty, "inspection_failed", actor=by, now=now)
    return penalty


def list_penalties(session: Session, *, agreement: Agreement) -> Sequence[Penalty]:
    """Return an agreement's penalties, the oldest matter first."""
    return session.scalars(
        select(Penalty)
        .where(Penalty.agreement_id == agreement.id)
        .order_by(Penalty.request_id, Penalty.id)
        .options(joinedload(Penalty.request))
    ).all()


def confirm_penalty(session: Session, *, penalty: Penalty, by: str, role: Role, now: dt.datetime) -> None:
    """Make a penalty a credit of the customer's; raises PenaltyConfirmedAlready, or AuthorityExceeded."""
    if penalty.confirmed_at is not None:
        raise PenaltyConfirmedAlready
    check_authority(role, penalty.amount_cents, figures_at(session, now))
    penalty.confirmed_at, penalty.confirmed_by = now, by
    if penalty.amount_cents:
        owe(
            session,
            customer_id=penalty.agreement.customer_id,
            kind=ReceivableKind.PENALTY,
            amount_cents=-penalty.amount_cents,
            currency=penalty.agreement.currency,
            now=now,
            agreement=penalty.agreement,
            request=penalty.request,
        )
    session.flush()
    _record(session, penalty, "penalty_confirmed", actor=by, now=now)


def _list_matters(session: Session, agreement: Agreement) -> Sequence[ServiceRequest]:
    """Requests about what the agreement covers, reported while it ran; withdrawn ones broke no promise."""
    covered = select(CoverageLine.id).where(CoverageLine.agreement_id == agreement.id)
    until_on = agreement.until_on
    if agreement.state is AgreementState.DRAFT:
        return []
    requests = session.scalars(
        select(ServiceRequest)
        .join(ServiceRequest.asset)
        .where(
            ServiceRequest.customer_id == agreement.customer_id,
            ServiceRequest.opened_at >= _midnight(agreement.from_on),
            ServiceRequest.opened_at < _midnight(until_on),
            (ServiceRequest.close_reason.is_(None)) | (ServiceRequest.close_reason != CloseReason.WITHDRAWN),
        )
        .order_by(ServiceRequest.id)
        .options(joinedload(ServiceRequest.asset), selectinload(ServiceRequest.commitments))
    ).all()
    return [
        request
        for request in requests
        if request.asset is not None and session.scalar(covered.where(names_asset(request.asset)).limit(1)) is not None
    ]


def _read_stoppage(request: ServiceRequest, agreement: Agreement, *, was_inspection_missed: bool) -> Stoppage:
    clocks = {clock.kind: clock for clock in request.commitments}
    response, restoration = clocks.get(CommitmentKind.ON_SITE), clocks.get(CommitmentKind.RESTORATION)
    return Stoppage(
        reported_at=request.opened_at,
        arrived_at=_done_at(response, request),
        restored_at=_done_at(restoration, request),
        was_inspection_missed=was_inspection_missed,
        response_due_at=_due_at(response, agreement),
        restoration_due_at=_due_at(restoration, agreement),
    )


def _done_at(clock: Commitment | None, request: ServiceRequest) -> dt.datetime | None:
    """When a promise was done, in time or not; a matter that ended without it needs no more."""
    return (clock.fulfilled_at if clock else None) or request.closed_at


def _due_at(clock: Commitment | None, agreement: Agreement) -> dt.datetime | None:
    """The deadline of a clock that this agreement set, pauses included; another one's may be sooner than was agreed."""
    return clock.deadline_at if clock is not None and clock.agreement == agreement.number else None


def _midnight(on: dt.date) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(), dt.UTC)


def _terms(agreement: Agreement) -> PenaltyTerms:
    names = (
        "price_cents",
        "response_hours",
        "restoration_hours",
        "late_response_basis_points",
        "late_restoration_basis_points_per_day",
        "failed_inspection_basis_points",
    )
    return PenaltyTerms(**{name: getattr(agreement, name) for name in names})


def _record(session: Session, penalty: Penalty, kind: str, *, actor: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=request_subject(penalty.request_id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=actor,
        facts={"penalty": str(penalty.kind), "times": penalty.times, "amount_cents": penalty.amount_cents},
    )
