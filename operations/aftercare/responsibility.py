"""What is on record of the matter a complaint is about, and whose it was by these records (F1)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from models import (
    Asset,
    Campaign,
    Commitment,
    Complaint,
    DefectCase,
    Handover,
    Recall,
    ServiceRequest,
    Settlement,
    Visit,
)
from operations.money.entitlement import find_decision, read_facts
from policies.commitments import CommitmentKind, CommitmentState
from policies.handovers import HandoverState
from policies.responsibility import CUSTOMERS_CAUSES, ComplaintRecord, ResponsibilityFinding, find_responsibility

TAKEN = frozenset({HandoverState.ACCEPTED, HandoverState.ARRIVED, HandoverState.DONE})


def propose_responsibility(session: Session, *, complaint: Complaint) -> ResponsibilityFinding:
    """Return whose a complaint was by the records; whoever closes it confirms that, or says why not."""
    request = complaint.request
    record = ComplaintRecord() if request is None else read_record(session, request=request)
    return find_responsibility(complaint.category, record)


def read_record(session: Session, *, request: ServiceRequest) -> ComplaintRecord:
    """Return what is on record of a request, as the policy asks for it."""
    visits = session.scalars(select(Visit).where(Visit.request_id == request.id, Visit.arrived_at.is_not(None))).all()
    decision = find_decision(session, request=request)
    booked = _booked(session, request)
    return ComplaintRecord(
        is_partners=_is_there(session, Handover.request_id == request.id, Handover.state.in_(TAKEN)),
        was_visited=bool(visits),
        is_window_missed=any(_came_late(visit) for visit in visits),
        is_clock_broken=_is_there(
            session,
            Commitment.request_id == request.id,
            Commitment.kind == CommitmentKind.ON_SITE,
            Commitment.state == CommitmentState.BROKEN,
        ),
        is_chargeable=decision is not None and bool(read_facts(decision).causes & CUSTOMERS_CAUSES),
        is_defect=_is_known_for_it(session, request),
        is_repeat=request.repeat_of_id is not None,
        is_priced=bool(booked),
        is_total_other=any(one.agreed_cents not in {None, one.total_cents} for one in booked),
    )


def _came_late(visit: Visit) -> bool:
    until_at = visit.window_until_at
    return visit.arrived_at is not None and until_at is not None and visit.arrived_at > until_at


def _booked(session: Session, request: ServiceRequest) -> Sequence[Settlement]:
    """The receipts that stand: neither reversed nor reversals."""
    undone = select(Settlement.reverses_id).where(Settlement.reverses_id.is_not(None))
    return session.scalars(
        select(Settlement).where(
            Settlement.request_id == request.id,
            Settlement.settled_at.is_not(None),
            Settlement.reverses_id.is_(None),
            Settlement.id.not_in(undone),
        )
    ).all()


def _is_known_for_it(session: Session, request: ServiceRequest) -> bool:
    """Whether the machine was recalled for this fault, or its model has a case of it."""
    if request.asset_id is None or request.fault_category_id is None:
        return False
    recalled = exists().where(
        Recall.asset_id == request.asset_id,
        Recall.campaign_id == Campaign.id,
        Campaign.fault_category_id == request.fault_category_id,
    )
    case = exists().where(
        DefectCase.fault_category_id == request.fault_category_id,
        DefectCase.product_id == Asset.product_id,
        Asset.id == request.asset_id,
    )
    return bool(session.scalar(select(recalled | case)))


def _is_there(session: Session, *where: ColumnElement[bool]) -> bool:
    return bool(session.scalar(select(exists().where(*where))))
