"""服务项统计: what was closed, of which kind and how, with the visits and the time on site it took (R)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import ServiceRequest, Visit
from operations.reports.records import list_requests
from operations.reports.shape import (
    Column,
    Record,
    Report,
    ReportRow,
    Stretch,
    Term,
    Unit,
    minutes_between,
    within,
)
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    minutes = minutes_between(session, Visit.arrived_at, Visit.completed_at)
    on_site = func.coalesce(func.sum(case((Visit.arrived_at.is_not(None), minutes))), 0)
    group = (ServiceRequest.kind, ServiceRequest.close_reason)
    closed = ServiceRequest.close_reason.is_not(None) & within(ServiceRequest.closed_at, stretch)
    counted = session.execute(select(*group, func.count()).where(closed).group_by(*group).order_by(*group))
    spent = {
        (kind, reason): (visits, round(float(minutes_)))
        for kind, reason, visits, minutes_ in session.execute(
            select(*group, func.count(Visit.arrived_at), on_site)
            .join(Visit, Visit.request_id == ServiceRequest.id)
            .where(closed)
            .group_by(*group)
        )
    }
    return [
        ReportRow(
            f"{kind}:{reason}",
            (Term("request_kind", kind), Term("close_reason", reason), requests, *spent.get((kind, reason), (0, 0))),
        )
        for kind, reason, requests in counted
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
