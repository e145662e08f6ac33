"""What waits for somebody in the office: how many of each kind, since when the oldest, until when the first (T3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import (
    CallBack,
    Commitment,
    Complaint,
    CustomerCall,
    ExceptionReport,
    Handover,
    InboundMessage,
    ParcelClaim,
    QueueEntry,
    Requisition,
    Return,
    ServiceRequest,
    ServiceRisk,
    Settlement,
    Shipment,
    Visit,
    WorkReport,
)
from policies.commitments import CommitmentKind, CommitmentState
from policies.complaints import ComplaintState
from policies.customer_calls import OPEN
from policies.exception_reports import ExceptionState
from policies.handovers import HandoverState
from policies.parcel_claims import ClaimState
from policies.parts import RequisitionState
from policies.person_queue import QueueState
from policies.request_states import RequestState
from policies.returns import ReturnState
from policies.settlement import SettlementState
from policies.shipments import ShipmentState
from policies.visit_states import VisitState
from policies.work_reports import ReportState

Counted = Select[int, dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of work that waits: its name, how many there are, since when the oldest, when the first falls due.

    `due_at` is None for work without a clock of its own; an instant that has passed is overdue.
    """

    name: str
    count: int
    oldest_at: dt.datetime | None
    due_at: dt.datetime | None


def _count(since: InstrumentedAttribute[dt.datetime] | InstrumentedAttribute[dt.datetime | None]) -> Counted:
    return select(func.count(), func.min(since)).select_from(since.class_)


def _count_unplaced() -> Counted:
    waiting = (VisitState.DRAFT, VisitState.OFFERED)
    return (
        select(func.count(), func.min(ServiceRequest.opened_at))
        .select_from(Visit)
        .join(Visit.request)
        .where(Visit.state.in_(waiting), ServiceRequest.state == RequestState.OPEN)
    )


# In the order in which nobody may be kept waiting: who is on the telephone before who wrote, customers before papers.
KINDS: Mapping[str, Callable[[dt.datetime], Counted]] = {
    "callers": lambda _now: _count(QueueEntry.asked_at).where(QueueEntry.state == QueueState.WAITING),
    "call_backs": lambda _now: _count(CallBack.promised_at).where(CallBack.made_at.is_(None)),
    "texts": lambda _now: _count(InboundMessage.received_at).where(InboundMessage.is_waiting.is_(True)),
    "unplaced": lambda _now: _count_unplaced(),
    "complaints": lambda _now: _count(Complaint.opened_at).where(Complaint.state != ComplaintState.CLOSED),
    "customer_calls": lambda now: _count(CustomerCall.next_at).where(
        CustomerCall.state.in_(OPEN), CustomerCall.next_at <= now
    ),
    "handovers": lambda _now: _count(Handover.offered_at).where(Handover.state == HandoverState.OFFERED),
    "requisitions": lambda _now: _count(Requisition.requested_at).where(
        Requisition.state.in_([RequisitionState.REQUESTED, RequisitionState.APPROVED])
    ),
    "shipments": lambda _now: _count(Shipment.made_at).where(
        Shipment.state.not_in([ShipmentState.SENT, ShipmentState.DELIVERED]),
        # A claim is the last thing that is done about a parcel.
        Shipment.id.not_in(select(ParcelClaim.shipment_id).where(ParcelClaim.state != ClaimState.WITHDRAWN)),
    ),
    "claims": lambda _now: _count(ParcelClaim.raised_at).where(ParcelClaim.state == ClaimState.RAISED),
    "returns": lambda _now: _count(Return.requested_at).where(Return.state == ReturnState.REQUESTED),
    "exceptions": lambda _now: _count(ExceptionReport.opened_at).where(ExceptionReport.state != ExceptionState.CLOSED),
    "improvements": lambda _now: _count(Complaint.closed_at).where(
        Complaint.state == ComplaintState.CLOSED,
        Complaint.improvement_due_on.is_not(None),
        Complaint.improvement_done_at.is_(None),
    ),
    "risks": lambda _now: _count(ServiceRisk.opened_at).where(ServiceRisk.closed_at.is_(None)),
    "reports": lambda _now: _count(WorkReport.handed_in_at).where(WorkReport.state == ReportState.HANDED_IN),
    "settlements": lambda _now: _count(Settlement.made_at).where(Settlement.state == SettlementState.WAITING),
}


CLOCKS = {
    "claims": CommitmentKind.COURIER_CLAIM,
    "exceptions": CommitmentKind.EXPERT,
    "improvements": CommitmentKind.IMPROVEMENT,
}
"""The clocks of work that a day or a time was given for: until they are fulfilled, late or not, it waits."""


def count_waiting(session: Session, *, names: Collection[str], now: dt.datetime) -> Sequence[Waiting]:
    """Return these kinds of work in the order of `KINDS`, those without any too."""
    counted = ((name, session.execute(KINDS[name](now)).one()) for name in KINDS if name in names)
    return [
        Waiting(name, count, oldest_at, _find_due(session, name) if count else None)
        for name, (count, oldest_at) in counted
    ]


def _find_due(session: Session, name: str) -> dt.datetime | None:
    if name not in CLOCKS:
        return None
    return session.scalar(
        select(func.min(Commitment.deadline_at)).where(
            Commitment.kind == CLOCKS[name],
            Commitment.state.in_((CommitmentState.RUNNING, CommitmentState.BROKEN)),
            Commitment.fulfilled_at.is_(None),
        )
    )
