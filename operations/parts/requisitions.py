"""A requisition (领用) from the wish to the van: requested, approved by the parts keeper, issued (P1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Part, Requisition, RequisitionLine, StockPlace, Visit
from operations.foundation.changes import BOARD, note_change
from operations.parts.reservations import list_open_reservations, release_parts, reserve_part
from operations.parts.stock import MoveCause, find_van, held_units, move_stock
from policies.parts import MoveKind, PlaceKind, RequisitionState, move_requisition


class RequisitionEmpty(ValueError):
    """A requisition asks for at least one unit of one part."""

    field = "units"


class NoWarehouse(ValueError):
    """The area has no warehouse that parts could come from."""


class NotApprovedYet(ValueError):
    """The parts keeper has not approved what the technician wants to fetch."""


class NotKept(ValueError):
    """More than is kept for the visit, or a part that is not, leaves no store."""


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


def ask_for_parts(
    session: Session, *, visit: Visit, wanted: Mapping[int, int], by: str, now: dt.datetime
) -> Requisition:
    """A technician asks for parts, part id → units, for a visit: requested from the store, and kept for the visit.

    The plan reckons with them from now on: they are fetched on the way, or ordered. Asking again adds another wish.
    Raises NoWarehouse, NoVan or RequisitionEmpty.
    """
    van = find_van(session, technician_id=visit.technician_id)
    requisition = request_from_store(session, van=van, wanted=wanted, by=by, now=now, visit_id=visit.id)
    for part_id, units in sorted(wanted.items()):
        part = session.get_one(Part, part_id)
        reserve_part(session, visit=visit, part=part, quantity=units, is_required=True, by=by, now=now)
    return requisition


def request_from_store(
    session: Session,
    *,
    van: StockPlace,
    wanted: Mapping[int, int],
    by: str,
    now: dt.datetime,
    visit_id: int | None = None,
) -> Requisition:
    """Ask for parts, part id → units, for a van, from the warehouse of its area that has most of them.

    Raises NoWarehouse or RequisitionEmpty.
    """
    store = _choose_warehouse(session, area_id=van.area_id, wanted=wanted)
    return request_parts(session, from_place=store, to_place=van, wanted=wanted, by=by, now=now, visit_id=visit_id)


def _choose_warehouse(session: Session, *, area_id: int | None, wanted: Mapping[int, int]) -> StockPlace:
    """Return the area's warehouse that has most of what is wanted, the first of several."""
    stores = session.scalars(
        select(StockPlace)
        .where(StockPlace.area_id == area_id, StockPlace.kind == PlaceKind.WAREHOUSE)
        .order_by(StockPlace.id)
    ).all()
    if not stores:
        raise NoWarehouse(str(area_id))

    def count_held(store: StockPlace) -> int:
        return sum(
            held_units(session, place_id=store.id, part_id=part_id) >= units for part_id, units in wanted.items()
        )

    return max(stores, key=count_held)


def decide_requisition(
    session: Session, *, requisition: Requisition, is_approved: bool, by: str, now: dt.datetime
) -> None:
    """Approve or refuse; OwnRequisition for whoever asked, RequisitionMoveRefused when it is too late."""
    if is_approved and by == requisition.requested_by:
        raise OwnRequisition(by)
    to = RequisitionState.APPROVED if is_approved else RequisitionState.REFUSED
    requisition.state = move_requisition(requisition.state, to)
    requisition.decided_at, requisition.decided_by = now, by
    if not is_approved and requisition.visit_id is not None:
        part_ids = [line.part_id for line in requisition.lines]
        release_parts(session, visit=session.get_one(Visit, requisition.visit_id), part_ids=part_ids, now=now)
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


def fetch_parts(
    session: Session, *, visit: Visit, store: StockPlace, units: Mapping[int, int], by: str, now: dt.datetime
) -> None:
    """A technician has loaded what is kept for his visit, part id → units: it leaves the store for his van.

    His approved wishes for these parts are issued with it. Raises NotKept for more than is kept, NotApprovedYet for
    what was asked for and not approved, StockShort where the books have less, NoVan.
    """
    van = find_van(session, technician_id=visit.technician_id)
    kept = {one.part_id: one for one in list_open_reservations(session, visit=visit)}
    wishes = [one for one in list_requisitions(session) if one.visit_id == visit.id]
    for part_id, count in units.items():
        if part_id not in kept or count > kept[part_id].quantity:
            raise NotKept(f"{visit.code}: {count}")
    mine = [one for one in wishes if {line.part_id for line in one.lines} <= units.keys()]
    if any(one.state is RequisitionState.REQUESTED for one in mine):
        raise NotApprovedYet(visit.code)
    for wish in mine:
        wish.state, wish.issued_at = move_requisition(wish.state, RequisitionState.ISSUED), now
    for part_id, count in sorted(units.items()):
        move_stock(
            session,
            kind=MoveKind.ISSUE,
            part=kept[part_id].part,
            quantity=count,
            from_place=store,
            to_place=van,
            by=by,
            now=now,
            cause=MoveCause(visit_id=visit.id, requisition_id=mine[0].id if mine else None),
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
