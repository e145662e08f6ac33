"""The rows of each kind of file, in the order of its columns; what is exported can be imported again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import (
    Agreement,
    Asset,
    CoverageLine,
    Customer,
    DutyTurn,
    Price,
    PriceList,
    ServicePoint,
    Shift,
    Site,
    Technician,
    TechnicianSkill,
)
from operations.imports.cells import write_decimal, write_degrees, write_moment, write_several
from operations.imports.customers import SITE_COLUMNS
from policies.agreements import AgreementState


def export_customers(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield one line per site, and one for a customer without sites, by number and site code."""
    query = (
        select(Customer)
        .order_by(Customer.number)
        .options(selectinload(Customer.phones), selectinload(Customer.sites).options(joinedload(Site.territory)))
    )
    for customer in session.scalars(query):
        own = (
            customer.number,
            customer.name,
            customer.name_en or "",
            str(customer.language),
            str(customer.segment),
            write_several([phone.number for phone in customer.phones]),
        )
        for site in sorted(customer.sites, key=lambda site: site.code):
            yield own + _site_cells(site)
        if not customer.sites:
            yield own + ("",) * len(SITE_COLUMNS)


def export_assets(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield the assets by serial."""
    query = (
        select(Asset)
        .order_by(Asset.serial)
        .options(joinedload(Asset.product), joinedload(Asset.customer), joinedload(Asset.site))
    )
    for asset in session.scalars(query):
        yield (
            asset.serial,
            asset.product.model_code,
            asset.customer.number,
            asset.site.code,
            asset.purchased_on.isoformat() if asset.purchased_on else "",
            asset.invoiced_on.isoformat() if asset.invoiced_on else "",
            asset.purchase_channel or "",
            asset.delivered_on.isoformat() if asset.delivered_on else "",
            asset.accepted_on.isoformat() if asset.accepted_on else "",
            str(asset.sale_kind),
            _number(asset.contract_months),
            "" if asset.price_cents is None else write_decimal(asset.price_cents, 2),
        )


def export_agreements(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield one line per thing an agreement covers, by number and position; agreements that have ended are left out."""
    query = (
        select(CoverageLine)
        .join(CoverageLine.agreement)
        .where(Agreement.state != AgreementState.ENDED)
        .order_by(Agreement.number, CoverageLine.position)
        .options(
            joinedload(CoverageLine.agreement).joinedload(Agreement.customer),
            joinedload(CoverageLine.asset),
            joinedload(CoverageLine.site),
            joinedload(CoverageLine.product),
        )
    )
    for line in session.scalars(query):
        yield (*_agreement_cells(line.agreement), *_coverage_cells(line))


def _agreement_cells(agreement: Agreement) -> tuple[str, ...]:
    return (
        agreement.number,
        agreement.customer.number,
        str(agreement.kind),
        agreement.from_on.isoformat(),
        (agreement.until_on - dt.timedelta(days=1)).isoformat(),
        write_decimal(agreement.price_cents, 2),
        agreement.currency,
        str(agreement.instalment_count),
        str(agreement.instalment_months),
        str(agreement.renewal_notice_days),
        _number(agreement.response_hours),
        _number(agreement.restoration_hours),
        write_decimal(agreement.late_response_basis_points, 2),
        write_decimal(agreement.late_restoration_basis_points_per_day, 2),
        write_decimal(agreement.failed_inspection_basis_points, 2),
    )


def _coverage_cells(line: CoverageLine) -> tuple[str, ...]:
    return (
        str(line.position),
        line.asset.serial if line.asset else "",
        line.site.code if line.site else "",
        line.product.model_code if line.product else "",
        str(line.labour_percent),
        str(line.travel_percent),
        str(line.main_part_percent),
        str(line.wear_part_percent),
        _number(line.allowance_visits),
        "1" if line.covers_misuse else "0",
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def export_prices(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield one line per price, by the list's first day and the price's code."""
    query = select(Price).join(Price.price_list).order_by(PriceList.from_on, Price.code)
    for price in session.scalars(query.options(joinedload(Price.price_list))):
        yield (
            price.price_list.code,
            price.price_list.currency,
            price.price_list.from_on.isoformat(),
            (price.price_list.until_on - dt.timedelta(days=1)).isoformat(),
            price.code,
            str(price.item),
            str(price.unit),
            price.name,
            price.name_en,
            write_decimal(price.unit_cents, 2),
        )


def export_technicians(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield the technicians by number."""
    query = (
        select(Technician)
        .order_by(Technician.number)
        .options(
            joinedload(Technician.area), selectinload(Technician.skills).options(joinedload(TechnicianSkill.skill))
        )
    )
    for technician in session.scalars(query):
        yield (
            technician.number,
            technician.area.code,
            technician.name,
            technician.name_en,
            technician.phone,
            str(technician.language),
            write_degrees(technician.home_latitude),
            write_degrees(technician.home_longitude),
            write_several(technician.territory_codes),
            write_several(sorted(f"{held.skill.code}:{held.level}" for held in technician.skills)),
        )


def export_shifts(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield the shifts by start and technician, in the time zone where the technician works."""
    query = (
        select(Shift)
        .join(Shift.technician)
        .order_by(Shift.starts_at, Technician.number)
        .options(joinedload(Shift.technician).options(joinedload(Technician.area)))
    )
    for shift in session.scalars(query):
        zone = ZoneInfo(shift.technician.area.time_zone)
        moments = [
            write_moment(at.astimezone(zone)) if at else ""
            for at in (shift.starts_at, shift.ends_at, shift.break_from_at, shift.break_until_at)
        ]
        yield (
            shift.technician.number,
            *moments,
            str(shift.break_minutes),
            str(shift.overtime_limit_minutes),
            "1" if shift.is_night else "0",
        )


def _site_cells(site: Site) -> tuple[str, ...]:
    return (
        site.code,
        site.address,
        site.address_en,
        site.district,
        write_degrees(site.latitude),
        write_degrees(site.longitude),
        site.time_zone,
        site.territory.code if site.territory else "",
    )


def export_duty(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield the duty turns by start and telephone, in the area's time zone, or in UTC without an area."""
    query = select(DutyTurn).order_by(DutyTurn.from_at, DutyTurn.phone).options(joinedload(DutyTurn.area))
    for turn in session.scalars(query):
        zone = ZoneInfo(turn.area.time_zone if turn.area else "UTC")
        yield (
            turn.area.code if turn.area else "",
            str(turn.role),
            str(turn.position),
            turn.name,
            turn.name_en,
            turn.phone,
            str(turn.language),
            write_moment(turn.from_at.astimezone(zone)),
            write_moment(turn.until_at.astimezone(zone)),
        )


def export_service_points(session: Session) -> Iterator[tuple[str, ...]]:
    """Yield the service points by code."""
    for point in session.scalars(select(ServicePoint).order_by(ServicePoint.code)):
        yield (
            point.code,
            point.name,
            point.name_en,
            point.phone,
            str(point.language),
            point.time_zone,
            write_several(point.districts),
            str(point.position),
            "1" if point.is_active else "0",
        )
