"""客户投诉原因统计: what people complained of, and whether they were answered in time (R, F1)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, String, case, cast, func, select
from sqlalchemy.orm import Session

from models import Commitment, Complaint, Customer, ServiceRequest
from operations.reports.shape import (
    MOST_RECORDS,
    Column,
    Name,
    Record,
    Report,
    ReportRow,
    Stretch,
    Term,
    Unit,
    share,
    within,
)
from policies.commitments import CommitmentKind, CommitmentState
from policies.complaints import ComplaintCategory


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    count = func.count(Complaint.id)
    in_time = func.sum(case((Commitment.state == CommitmentState.MET, 1), else_=0), type_=Integer)
    rows = session.execute(
        select(Complaint.category, count, func.count(Complaint.answered_at), in_time)
        .outerjoin(
            Commitment,
            (Commitment.subject == "complaint:" + cast(Complaint.id, String))
            & (Commitment.kind == CommitmentKind.COMPLAINT),
        )
        .where(within(Complaint.opened_at, stretch))
        .group_by(Complaint.category)
        .order_by(count.desc(), Complaint.category)
    ).all()
    total = sum(row[1] for row in rows)
    return [
        ReportRow(
            str(category),
            (Term("complaint_category", category), complaints, share(complaints, total), answered, met or 0),
        )
        for category, complaints, answered, met in rows
    ]


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:
    rows = session.execute(
        select(Complaint.number, Complaint.opened_at, ServiceRequest.number, Customer.name, Customer.name_en)
        .outerjoin(ServiceRequest, ServiceRequest.id == Complaint.request_id)
        .outerjoin(Customer, Customer.id == Complaint.customer_id)
        .where(Complaint.category == ComplaintCategory(key), within(Complaint.opened_at, stretch))
        .order_by(Complaint.opened_at.desc(), Complaint.id.desc())
        .limit(MOST_RECORDS)
    )
    return [
        Record(request, at, Name(f"{number} {name or ''}", f"{number} {name_en or name or ''}"))
        for number, at, request, name, name_en in rows
    ]


COMPLAINT_CAUSES = Report(
    "complaint_causes",
    (
        Column("category", Unit.TEXT),
        Column("complaints", Unit.COUNT),
        Column("share", Unit.PERCENT),
        Column("answered", Unit.COUNT),
        Column("in_time", Unit.COUNT),
    ),
    "complaints",
    _read,
    _list_records,
)
