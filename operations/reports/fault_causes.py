"""产品故障原因分析: which faults were reported, how often, and how often again (R)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import FaultCategory, ServiceRequest
from operations.reports.records import list_requests
from operations.reports.shape import FAMILY, Column, Name, Record, Report, ReportRow, Stretch, Term, Unit, share, within
from policies.request_kinds import RequestKind


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    # Counted from the index alone, and named when they are few.
    counted = (
        select(
            ServiceRequest.fault_category_id,
            func.count().label("requests"),
            func.count(ServiceRequest.repeat_of_id).label("repeats"),
        )
        .where(ServiceRequest.kind == RequestKind.REPAIR, within(ServiceRequest.opened_at, stretch))
        .group_by(ServiceRequest.fault_category_id)
        .subquery()
    )
    rows = session.execute(
        select(
            FaultCategory.id,
            FaultCategory.family,
            FaultCategory.name,
            FaultCategory.name_en,
            counted.c.requests,
            counted.c.repeats,
        )
        .join(counted, counted.c.fault_category_id == FaultCategory.id)
        .order_by(counted.c.requests.desc(), FaultCategory.id)
    ).all()
    total = sum(count for *_, count, _ in rows)
    return [
        ReportRow(str(id_), (Name(name, name_en), Term(FAMILY, family), count, share(count, total), repeats))
        for id_, family, name, name_en, count, repeats in rows
    ]


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:
    return list_requests(
        session,
        ServiceRequest.fault_category_id == int(key),
        ServiceRequest.kind == RequestKind.REPAIR,
        within(ServiceRequest.opened_at, stretch),
    )


FAULT_CAUSES = Report(
    "fault_causes",
    (
        Column("fault", Unit.TEXT),
        Column("family", Unit.TEXT),
        Column("requests", Unit.COUNT),
        Column("share", Unit.PERCENT),
        Column("repeats", Unit.COUNT),
    ),
    "requests",
    _read,
    _list_records,
)
