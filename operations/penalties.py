"""What broken promises cost us under agreements: computed from recorded instants, shown, confirmed (C7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models import Agreement, Commitment, CoverageLine, Penalty, ServiceRequest, StatusEvent
from operations.commitments import request_subject
from operations.entitlement import names_asset
from operations.events import record_event
from operations.figures import figures_at
from operations.receivables import owe
from policies.agreements import AgreementState
from policies.authority import check_authority
from policies.commitments import CommitmentKind
from policies.penalties import PenaltyKind, PenaltyLine, PenaltyTerms, Stoppage, compute_penalties
from policies.receivables import ReceivableKind
from policies.request_states import CloseReason
from policies.roles import Role

ARRIVED, RESTORED = "visit_arrived", ("visit_completed", "solution_confirmed")


class PenaltyConfirmedAlready(ValueError):
    """The penalty is a credit of the customer's already."""


def refresh_penalties(session: Session, *, agreement: Agreement, now: dt.datetime) -> list[Penalty]:
    """Compute what the agreement's matters cost us as of now; confirmed penalties stay as they were confirmed.

    Only broken promises have rows; together they never exceed the contract's value.
    """
    kept = {(row.request_id, row.kind): row for row in list_penalties(session, agreement=agreement)}
    left = agreement.price_cents - sum(row.amount_cents for row in kept.values() if row.confirmed_at is not None)
    for request in _list_matters(session, agreement):
        inspection = kept.get((request.id, PenaltyKind.FAILED_INSPECTION))
        stoppage = _read_stoppage(session, request, agreement, was_inspection_missed=inspection is not None)
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
        .options(joinedload(ServiceRequest.asset))
    ).all()
    return [
        request
        for request in requests
        if request.asset is not None and session.scalar(covered.where(names_asset(request.asset)).limit(1)) is not None
    ]


def _read_stoppage(
    session: Session, request: ServiceRequest, agreement: Agreement, *, was_inspection_missed: bool
) -> Stoppage:
    due = {
        row.kind: row.deadline_at
        for row in session.scalars(
            select(Commitment).where(Commitment.request_id == request.id, Commitment.agreement == agreement.number)
        )
    }
    instants = (
        select(StatusEvent.kind, func.min(StatusEvent.occurred_at))
        .where(StatusEvent.subject == request_subject(request.id), StatusEvent.kind.in_([ARRIVED, *RESTORED]))
        .group_by(StatusEvent.kind)
    )
    first: dict[str, dt.datetime] = dict(session.execute(instants).all())
    restored = [first[kind] for kind in RESTORED if kind in first]
    restored += [request.closed_at] if request.closed_at is not None else []
    return Stoppage(
        reported_at=request.opened_at,
        arrived_at=first.get(ARRIVED) or (min(restored) if restored else None),
        restored_at=min(restored, default=None),
        was_inspection_missed=was_inspection_missed,
        response_due_at=due.get(CommitmentKind.ON_SITE),
        restoration_due_at=due.get(CommitmentKind.RESTORATION),
    )


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
