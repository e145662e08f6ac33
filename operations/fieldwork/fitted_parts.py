"""What a work report says was fitted leaves the van when the report is handed in (V5, P1)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Part, StockMove, StockPlace, Visit, WorkReport
from operations.fieldwork.work_reports import FittedPart
from operations.parts.stock import PartNotOnVan, held_units, reverse_move, use_part
from policies.parts import MoveKind


def check_fitted_parts(session: Session, *, visit: Visit, parts: Sequence[FittedPart]) -> None:
    """Raise PartNotOnVan when the van cannot have given these parts.

    Codes the catalogue does not have came from elsewhere; a technician without a van in the books is not asked.
    """
    van = session.scalars(select(StockPlace).where(StockPlace.technician_id == visit.technician_id)).one_or_none()
    if van is None:
        return
    booked = _booked(session, visit)
    wanted: Counter[str] = Counter()
    for fitted in parts:
        wanted[fitted.part_code.upper()] += fitted.quantity
    for part in _known(session, wanted):
        held = held_units(session, place_id=van.id, part_id=part.id) + booked[part.id]
        if wanted[part.number] > held:
            raise PartNotOnVan(van, part, wanted=wanted[part.number], held=held)


def book_fitted_parts(session: Session, *, report: WorkReport, by: str, now: dt.datetime) -> None:
    """Take what was fitted off the van; a report handed in again replaces what was booked before by its reversal."""
    visit = report.visit
    if session.scalar(select(StockPlace.id).where(StockPlace.technician_id == visit.technician_id)) is None:
        return
    wanted: Counter[str] = Counter()
    for line in report.parts:
        wanted[line.part_code.upper()] += line.quantity
    fitted = {part.id: (part, wanted[part.number]) for part in _known(session, wanted)}
    for part_id, units in _booked(session, visit).items():
        if fitted.get(part_id, (None, 0))[1] == units:
            del fitted[part_id]
            continue
        for move in _standing_lines(session, visit, part_id):
            reverse_move(session, move=move, by=by, now=now, note="report changed")
    for part, units in fitted.values():
        use_part(session, visit=visit, part=part, quantity=units, by=by, now=now)


def _known(session: Session, wanted: Counter[str]) -> Sequence[Part]:
    return session.scalars(select(Part).where(Part.number.in_(wanted)).order_by(Part.id)).all()


def _booked(session: Session, visit: Visit) -> Counter[int]:
    booked: Counter[int] = Counter()
    for move in _standing_lines(session, visit, None):
        booked[move.part_id] += move.quantity
    return booked


def _standing_lines(session: Session, visit: Visit, part_id: int | None) -> Sequence[StockMove]:
    reversed_ids = select(StockMove.reverses_id).where(StockMove.reverses_id.is_not(None))
    query = select(StockMove).where(
        StockMove.visit_id == visit.id, StockMove.kind == MoveKind.USE, StockMove.id.not_in(reversed_ids)
    )
    if part_id is not None:
        query = query.where(StockMove.part_id == part_id)
    return session.scalars(query.order_by(StockMove.id)).all()
