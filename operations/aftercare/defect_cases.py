"""One fault of one product, reported more often than chance explains, raises a case by itself (C8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models import Asset, DefectCase, ServiceRequest
from policies.campaigns import LEAST_REPORTS, is_cluster
from policies.request_kinds import RequestKind

RECENT_DAYS = 30
BEFORE_DAYS = 335


def raise_defect_cases(session: Session, *, now: dt.datetime) -> int:
    """Open a case for every cluster that has none open; return how many were opened."""
    since = now - dt.timedelta(days=RECENT_DAYS)
    recent = _count(session, since, now)
    opened = 0
    for (product_id, fault_id), reports in recent.items():
        if reports < LEAST_REPORTS:
            continue
        before = _count(
            session, since - dt.timedelta(days=BEFORE_DAYS), since, product_id=product_id, fault_id=fault_id
        ).get((product_id, fault_id), 0)
        is_new = is_cluster(recent=reports, recent_days=RECENT_DAYS, before=before, before_days=BEFORE_DAYS)
        if is_new and not _is_known(session, product_id, fault_id, since):
            session.add(DefectCase(product_id=product_id, fault_category_id=fault_id, reports=reports, opened_at=now))
            opened += 1
    session.flush()
    return opened


def close_defect_case(session: Session, *, case: DefectCase, finding: str, by: str, now: dt.datetime) -> None:
    """Somebody has looked into it; doing so twice changes nothing."""
    if case.closed_at is None:
        case.closed_at, case.closed_by, case.finding = now, by, finding.strip()
        session.flush()


def list_defect_cases(session: Session) -> Sequence[DefectCase]:
    """Return the cases nobody has looked into, the newest first."""
    return session.scalars(
        select(DefectCase)
        .where(DefectCase.closed_at.is_(None))
        .order_by(DefectCase.opened_at.desc(), DefectCase.id.desc())
        .options(joinedload(DefectCase.product), joinedload(DefectCase.fault_category))
    ).all()


def _count(
    session: Session,
    from_at: dt.datetime,
    until_at: dt.datetime,
    *,
    product_id: int | None = None,
    fault_id: int | None = None,
) -> dict[tuple[int, int], int]:
    query = (
        select(Asset.product_id, ServiceRequest.fault_category_id, func.count())
        .join(Asset, Asset.id == ServiceRequest.asset_id)
        .where(
            ServiceRequest.kind == RequestKind.REPAIR,
            ServiceRequest.fault_category_id.is_not(None),
            ServiceRequest.opened_at >= from_at,
            ServiceRequest.opened_at < until_at,
        )
        .group_by(Asset.product_id, ServiceRequest.fault_category_id)
        .order_by(Asset.product_id, ServiceRequest.fault_category_id)
    )
    if product_id is not None:
        query = query.where(Asset.product_id == product_id, ServiceRequest.fault_category_id == fault_id)
    return {(product, fault): count for product, fault, count in session.execute(query) if fault is not None}


def _is_known(session: Session, product_id: int, fault_id: int, since: dt.datetime) -> bool:
    """A case that is open, or was closed so lately that its reports are the same ones."""
    query = select(DefectCase.id).where(
        DefectCase.product_id == product_id,
        DefectCase.fault_category_id == fault_id,
        DefectCase.closed_at.is_(None) | (DefectCase.closed_at >= since),
    )
    return session.scalar(query.limit(1)) is not None
