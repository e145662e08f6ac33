"""服务单配件明细: which parts were fitted or sold, in how many visits, and what they are worth (R, P5)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, case, func, select
from sqlalchemy.orm import Session

from models import Part, ServiceRequest, StockMove, Visit
from operations.reports.figure_sums import is_standing
from operations.reports.records import list_requests
from operations.reports.shape import Column, Name, Record, Report, ReportRow, Stretch, Unit, within
from policies.parts import MoveKind


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    used, sold = (
        func.coalesce(func.sum(case((StockMove.kind == kind, StockMove.quantity)), type_=Integer), 0)
        for kind in (MoveKind.USE, MoveKind.SALE)
    )
    visits = func.count(func.distinct(StockMove.visit_id))
    moved = (
        select(StockMove.part_id, used.label("used"), sold.label("sold"), visits.label("visits"))
        .where(_stands(stretch))
        .group_by(StockMove.part_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Part.id,
            Part.number,
            Part.name,
            Part.name_en,
            Part.price_cents,
            moved.c.used,
            moved.c.sold,
            moved.c.visits,
        )
        .join(moved, moved.c.part_id == Part.id)
        .order_by((moved.c.used + moved.c.sold).desc(), Part.number)
    )
    return [
        ReportRow(
            str(id_),
            (Name(number), Name(name, name_en), int(fitted), int(bought), visits, (int(fitted) + int(bought)) * price),
        )
        for id_, number, name, name_en, price, fitted, bought, visits in rows
    ]


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:
    visits = select(Visit.request_id).join(StockMove, StockMove.visit_id == Visit.id)
    return list_requests(session, ServiceRequest.id.in_(visits.where(StockMove.part_id == int(key), _stands(stretch))))


def _stands(stretch: Stretch) -> ColumnElement[bool]:
    """A line of use or sale in the stretch that nobody has reversed."""
    return StockMove.kind.in_([MoveKind.USE, MoveKind.SALE]) & within(StockMove.moved_at, stretch) & is_standing()


PARTS_DETAILS = Report(
    "parts_details",
    (
        Column("part", Unit.TEXT),
        Column("part_name", Unit.TEXT),
        Column("used", Unit.COUNT),
        Column("sold", Unit.COUNT),
        Column("visits", Unit.COUNT),
        Column("worth", Unit.CENTS),
    ),
    "used",
    _read,
    _list_records,
)
