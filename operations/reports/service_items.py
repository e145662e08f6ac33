"""服务项统计: what was closed, of which kind and how, with the visits and the time on site it took (R)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session

from models import ServiceRequest
from operations.reports.records import list_requests
from operations.reports.shape import (
    Column,
    Record,
    Report,
    ReportRow,
    Stretch,
    Term,
    Unit,
    within,
)
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    group = (ServiceRequest.kind, ServiceRequest.close_reason)
    rows = session.execute(
        select(
            *group,
            func.count(),
            func.sum(ServiceRequest.arrivals, type_=Integer),
            func.sum(ServiceRequest.on_site_seconds, type_=Integer),
        )
        .where(ServiceRequest.close_reason.is_not(None), within(ServiceRequest.closed_at, stretch))
        .group_by(*group)
        .order_by(*group)
    )
    return [
        ReportRow(
            f"{kind}:{reason}",
            (Term("request_kind", kind), Term("close_reason", reason), requests, visits, round(seconds / 60)),
        )
        for kind, reason, requests, visits, seconds in rows
        if reason is not None
    ]


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:
    kind, _, reason = key.partition(":")
    return list_requests(
        session,
        ServiceRequest.kind == RequestKind(kind),
        ServiceRequest.close_reason == CloseReason(reason),
        within(ServiceRequest.closed_at, stretch),
    )


SERVICE_ITEMS = Report(
    "service_items",
    (
        Column("kind", Unit.TEXT),
        Column("close_reason", Unit.TEXT),
        Column("requests", Unit.COUNT),
        Column("visits", Unit.COUNT),
        Column("on_site", Unit.MINUTES),
    ),
    "requests",
    _read,
    _list_records,
)
