"""The requests behind a figure, for drilling down."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models import Customer, ServiceRequest
from operations.reports.shape import MOST_RECORDS, Name, Record


def list_requests(session: Session, *where: ColumnElement[bool]) -> Sequence[Record]:
    """Return the requests for which all conditions hold, the newest first."""
    rows = session.execute(
        select(ServiceRequest.number, ServiceRequest.opened_at, Customer.name, Customer.name_en)
        .outerjoin(Customer, Customer.id == ServiceRequest.customer_id)
        .where(*where)
        .order_by(ServiceRequest.opened_at.desc(), ServiceRequest.id.desc())
        .limit(MOST_RECORDS)
    )
    return [Record(number, at, Name(name or "", name_en)) for number, at, name, name_en in rows]
