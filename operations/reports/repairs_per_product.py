"""维修次数统计: how often each product was repaired, against how many of it there are (R, C8)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from models import Asset, Product, ServiceRequest
from operations.reports.records import list_requests
from operations.reports.shape import Column, Name, Record, Report, ReportRow, Stretch, Unit, share, within
from policies.request_kinds import RequestKind


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    counted = session.execute(select(Asset.product_id, func.count()).group_by(Asset.product_id))
    machines = dict(counted.all())
    # Counted once and from one index, and only then looked up what the machines are, from another.
    per_machine = (
        select(ServiceRequest.asset_id, func.count().label("repairs"))
        .where(ServiceRequest.kind == RequestKind.REPAIR, within(ServiceRequest.opened_at, stretch))
        .group_by(ServiceRequest.asset_id)
        .cte("per_machine")
        .prefix_with("MATERIALIZED")
    )
    per_product = (
        select(
            Asset.product_id,
            cast(func.sum(per_machine.c.repairs), Integer).label("repairs"),
            func.count().label("touched"),
            func.count().filter(per_machine.c.repairs > 1).label("again"),
        )
        .join(per_machine, per_machine.c.asset_id == Asset.id)
        .group_by(Asset.product_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Product.id,
            Product.model_code,
            Product.name,
            Product.name_en,
            per_product.c.repairs,
            per_product.c.touched,
            per_product.c.again,
        )
        .join(per_product, per_product.c.product_id == Product.id)
        .order_by(per_product.c.repairs.desc(), Product.id)
    )
    return [
        ReportRow(
            str(id_),
            (
                Name(code),
                Name(name, name_en),
                machines.get(id_, 0),
                repairs,
                share(repairs, machines.get(id_, 0)),
                touched,
                again,
            ),
        )
        for id_, code, name, name_en, repairs, touched, again in rows
    ]


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:
    of_product = select(Asset.id).where(Asset.product_id == int(key))
    return list_requests(
        session,
        ServiceRequest.asset_id.in_(of_product),
        ServiceRequest.kind == RequestKind.REPAIR,
        within(ServiceRequest.opened_at, stretch),
    )


REPAIRS_PER_PRODUCT = Report(
    "repairs_per_product",
    (
        Column("model", Unit.TEXT),
        Column("product", Unit.TEXT),
        Column("machines", Unit.COUNT),
        Column("repairs", Unit.COUNT),
        Column("per_hundred", Unit.PERCENT),
        Column("machines_repaired", Unit.COUNT),
        Column("machines_again", Unit.COUNT),
    ),
    "repairs",
    _read,
    _list_records,
)
