"""保修产品到期一览: whose warranty on the whole unit ends in the stretch (R, C2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from models import Asset, Customer, Product, ServiceRequest, Site
from operations.foundation.figures import figures_at
from operations.reports.records import list_requests
from operations.reports.shape import Column, Name, Record, Report, ReportRow, Stretch, Unit
from policies.months import end_of_term

MARGIN = dt.timedelta(days=4)
"""Months are of different length: the day a warranty began on is looked for so far around the plain difference."""
DAY = dt.timedelta(days=1)
BEGUN_ON = func.coalesce(Asset.purchased_on, Asset.invoiced_on)
Wanted = TypeVar("Wanted", bound=Select[*tuple[Any, ...]])


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    return _read_rows(session, stretch, most=None)


def _read_first(session: Session, stretch: Stretch, most: int) -> tuple[list[ReportRow], int]:
    """Those that end first."""
    return _read_rows(session, stretch, most=most), _count(session, stretch)


def _count(session: Session, stretch: Stretch) -> int:
    """How many machines are listed."""
    return session.scalar(_only_ending(session, stretch, select(func.count()).select_from(Asset))) or 0


def _read_rows(session: Session, stretch: Stretch, *, most: int | None) -> list[ReportRow]:
    months = _months(session, stretch)
    wanted = (
        select(Asset.id, Asset.serial, BEGUN_ON, Customer.name, Customer.name_en, Product.name, Product.name_en)
        .join(Asset.customer)
        .join(Asset.product)
        .order_by(BEGUN_ON, Asset.id)
        .limit(most)
    )
    rows = session.execute(_only_ending(session, stretch, wanted))
    return [
        ReportRow(
            str(id_),
            (Name(owner, owner_en), Name(product, product_en), Name(serial), end_of_term(begun_on, months) - DAY),
        )
        for id_, serial, begun_on, owner, owner_en, product, product_en in rows
    ]


def _only_ending(session: Session, stretch: Stretch, machines: Wanted) -> Wanted:
    """Narrow to machines whose first day without cover begins in the stretch, by the calendar where they stand."""
    months = _months(session, stretch)
    in_zones = {}
    for zone in _zones(session):
        from_on = _begun_with(_first_midnight_on(stretch.from_at, zone), months)
        until_on = _begun_with(_first_midnight_on(stretch.until_at, zone), months)
        in_zones[zone] = _has_begun(from_on, until_on)
    if len(in_zones) == 1:
        # Most organisations: nobody needs to look where each machine stands.
        return machines.where(*in_zones.values())
    conditions = ((Site.time_zone == zone) & has_begun for zone, has_begun in in_zones.items())
    return machines.join(Asset.site).where(or_(false(), *conditions))


def _has_begun(from_on: dt.date, until_on: dt.date) -> ColumnElement[bool]:
    """Whether the warranty began from one day until before another, said so that indexes find it."""
    bought = (Asset.purchased_on >= from_on) & (Asset.purchased_on < until_on)
    invoiced = (Asset.invoiced_on >= from_on) & (Asset.invoiced_on < until_on)
    return bought | (Asset.purchased_on.is_(None) & invoiced)


def _zones(session: Session) -> Iterator[str]:
    """Yield the zones machines stand in, each found by the index behind the one before: few zones, many sites."""
    zone = session.scalar(select(func.min(Site.time_zone)))
    while zone is not None:
        yield zone
        zone = session.scalar(select(func.min(Site.time_zone)).where(Site.time_zone > zone))


def _first_midnight_on(at: dt.datetime, zone: str) -> dt.date:
    """The first day that begins at or after an instant."""
    local = at.astimezone(ZoneInfo(zone))
    midnight = dt.datetime.combine(local.date(), dt.time(), ZoneInfo(zone))
    return local.date() if midnight >= at else local.date() + DAY


def _begun_with(ends_on: dt.date, months: int) -> dt.date:
    """The earliest day on which a warranty of so many months begins that ends on this day or later."""
    begun_on = end_of_term(ends_on, -months) - MARGIN
    while end_of_term(begun_on, months) < ends_on:
        begun_on += DAY
    return begun_on


def _months(session: Session, stretch: Stretch) -> int:
    return figures_at(session, stretch.from_at).warranty_unit_months


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
    "machines",
    _read,
    _list_records,
    _read_first,
    _count,
)
