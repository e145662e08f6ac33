"""A requisition (领用) from the wish to the van: requested, approved by the parts keeper, issued (P1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Requisition, RequisitionLine, StockPlace
from operations.changes import BOARD, note_change
from operations.stock import MoveCause, move_stock
from policies.parts import MoveKind, RequisitionState, move_requisition


class RequisitionEmpty(ValueError):
    """A requisition asks for at least one unit of one part."""


class OwnRequisition(ValueError):
    """Whoever asks for parts does not approve them."""


def request_parts(
    session: Session,
    *,
    from_place: StockPlace,
    to_place: StockPlace,
    wanted: Mapping[int, int],
    by: str,
    now: dt.datetime,
    visit_id: int | None = None,
) -> Requisition:
    """Ask for parts, part id → units, from a warehouse onto a van; nothing moves yet."""
    if not wanted or min(wanted.values()) < 1:
        raise RequisitionEmpty
    requisition = Requisition(
        from_place=from_place,
        to_place=to_place,
        state=RequisitionState.REQUESTED,
        visit_id=visit_id,
        requested_at=now,
        requested_by=by,
        lines=[RequisitionLine(part_id=part_id, quantity=count) for part_id, count in sorted(wanted.items())],
    )
    session.add(requisition)
    session.flush()
    note_change(session, topic=BOARD, now=now)
    return requisition


def decide_requisition(
    session: Session, *, requisition: Requisition, is_approved: bool, by: str, now: dt.datetime
) -> None:
    """Approve or refuse; OwnRequisition for whoever asked, RequisitionMoveRefused when it is too late."""
    if is_approved and by == requisition.requested_by:
        raise OwnRequisition(by)
    to = RequisitionState.APPROVED if is_approved else RequisitionState.REFUSED
    requisition.state = move_requisition(requisition.state, to)
    requisition.decided_at, requisition.decided_by = now, by
    note_change(session, topic=BOARD, now=now)


def issue_requisition(session: Session, *, requisition: Requisition, by: str, now: dt.datetime) -> None:
    """Move all of it onto the van, or, where something is short (StockShort), nothing."""
    requisition.state = move_requisition(requisition.state, RequisitionState.ISSUED)
    requisition.issued_at = now
    with session.begin_nested():
        for line in requisition.lines:
            move_stock(
                session,
                kind=MoveKind.ISSUE,
                part=line.part,
                quantity=line.quantity,
                from_place=requisition.from_place,
                to_place=requisition.to_place,
                by=by,
                now=now,
                cause=MoveCause(visit_id=requisition.visit_id, requisition_id=requisition.id),
            )
    note_change(session, topic=BOARD, now=now)


def list_requisitions(session: Session) -> Sequence[Requisition]:
    """Return what waits for the parts keeper, the oldest first."""
    return session.scalars(
        select(Requisition)
        .where(Requisition.state.in_([RequisitionState.REQUESTED, RequisitionState.APPROVED]))
        .order_by(Requisition.requested_at, Requisition.id)
        .options(
            joinedload(Requisition.from_place),
            joinedload(Requisition.to_place),
            selectinload(Requisition.lines).joinedload(RequisitionLine.part),
        )
    ).all()
