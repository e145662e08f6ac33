"""保修产品到期一览: whose warranty on the whole unit ends in the stretch (R, C2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models import Asset, ServiceRequest
from operations.figures import figures_at
from operations.reports.records import list_requests
from operations.reports.shape import Column, Name, Record, Report, ReportRow, Stretch, Unit
from policies.warranty import add_months

MARGIN = dt.timedelta(days=4)
"""Months are of different length: the dates asked of the database are a little wider, and then decided exactly."""


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    return [
        ReportRow(
            str(asset.id),
            (
                Name(asset.customer.name, asset.customer.name_en),
                Name(asset.product.name, asset.product.name_en),
                Name(asset.serial),
                ends_on - dt.timedelta(days=1),
            ),
        )
        for asset, ends_on in sorted(_ending(session, stretch), key=lambda pair: (pair[1], pair[0].id))
    ]


def _ending(session: Session, stretch: Stretch) -> Iterator[tuple[Asset, dt.date]]:
    """The machines with the first day that is no longer covered, where that lies in the stretch."""
    months = figures_at(session, stretch.from_at).warranty_unit_months
    begun = func.coalesce(Asset.purchased_on, Asset.invoiced_on)
    from_on, until_on = (add_months(at.date(), -months) for at in (stretch.from_at, stretch.until_at))
    query = (
        select(Asset)
        .where(begun >= from_on - MARGIN, begun < until_on + MARGIN)
        .options(joinedload(Asset.customer), joinedload(Asset.product), joinedload(Asset.site))
    )
    for asset in session.scalars(query):
        begun_on = asset.purchased_on or asset.invoiced_on
        assert begun_on is not None  # noqa: S101 - the query asks for it
        ends_on = add_months(begun_on, months)
        first_at = dt.datetime.combine(ends_on, dt.time(), ZoneInfo(asset.site.time_zone))
        if stretch.from_at <= first_at < stretch.until_at:
            yield asset, ends_on


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:  # noqa: ARG001 (one row, one machine)
    return list_requests(session, ServiceRequest.asset_id == int(key))


WARRANTIES_EXPIRING = Report(
    "warranties_expiring",
    (
        Column("customer", Unit.TEXT),
        Column("product", Unit.TEXT),
        Column("serial", Unit.TEXT),
        Column("last_day", Unit.DATE),
    ),
    "",
    _read,
    _list_records,
)
