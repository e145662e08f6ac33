"""The rows of each kind of file, in the order of its columns; what is exported can be imported again."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from models import (
    Agreement,
    Area,
    Asset,
    CoverageLine,
    Customer,
    DutyTurn,
    Price,
    PriceList,
    ServicePoint,
    Shift,
    Site,
    Skill,
    Technician,
    TechnicianSkill,
)
from operations.imports.cells import write_decimal, write_degrees, write_moment, write_several
from operations.imports.customers import SITE_COLUMNS
from operations.imports.listing import Cells, Listing, holds_word, search_technicians
from policies.agreements import AgreementState


def _customer_cells(customer: Customer, site: Site | None) -> Cells:
    return (
        customer.number,
        customer.name,
        customer.name_en or "",
        str(customer.language),
        str(customer.segment),
        write_several([phone.number for phone in customer.phones]),
        *(_site_cells(site) if site else ("",) * len(SITE_COLUMNS)),
    )


CUSTOMERS = Listing(
    select(Customer, Site)
    .outerjoin(Site, Site.customer_id == Customer.id)
    .options(selectinload(Customer.phones), joinedload(Site.territory)),
    _customer_cells,
    {"customer_number": Customer.number, "site_code": Site.code},
    (Customer.number, Site.code),
)
"""One line per site, and one for a customer without sites."""


def _asset_cells(asset: Asset) -> Cells:
    return (
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


ASSETS = Listing(
    select(Asset).options(joinedload(Asset.product), joinedload(Asset.customer), joinedload(Asset.site)),
    _asset_cells,
    {"serial": Asset.serial},
    (Asset.serial,),
)


def _coverage_line_cells(line: CoverageLine) -> Cells:
    return (*_agreement_cells(line.agreement), *_coverage_cells(line))


AGREEMENTS = Listing(
    select(CoverageLine)
    .join(CoverageLine.agreement)
    .where(Agreement.state != AgreementState.ENDED)
    .options(
        contains_eager(CoverageLine.agreement).joinedload(Agreement.customer),
        joinedload(CoverageLine.asset),
        joinedload(CoverageLine.site),
        joinedload(CoverageLine.product),
    ),
    _coverage_line_cells,
    {"agreement_number": Agreement.number, "position": CoverageLine.position},
    (Agreement.number, CoverageLine.position),
)
"""One line per thing an agreement covers; agreements that have ended are left out."""


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


def _price_cells(price: Price) -> Cells:
    return (
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


PRICES = Listing(
    select(Price).join(Price.price_list).options(contains_eager(Price.price_list)),
    _price_cells,
    {"price_list": PriceList.code, "code": Price.code, "name": Price.name, "name_en": Price.name_en},
    (PriceList.from_on, PriceList.code, Price.code),
    is_current=lambda day, _begins_at: PriceList.until_on > day,
)


def _technician_cells(technician: Technician) -> Cells:
    return (
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


TECHNICIANS = Listing(
    select(Technician)
    .join(Technician.area)
    .options(contains_eager(Technician.area), selectinload(Technician.skills).joinedload(TechnicianSkill.skill)),
    _technician_cells,
    {
        "technician_number": Technician.number,
        "area": Area.code,
        "name": Technician.name,
        "name_en": Technician.name_en,
        "phone": Technician.phone,
    },
    (Technician.number,),
    matches=lambda words: (
        Technician.skills.any(TechnicianSkill.skill.has(Skill.code.icontains(words, autoescape=True))),
        holds_word(Technician.territory_codes, words),
    ),
)


def _shift_cells(shift: Shift) -> Cells:
    zone = ZoneInfo(shift.technician.area.time_zone)
    moments = (shift.starts_at, shift.ends_at, shift.break_from_at, shift.break_until_at)
    return (
        shift.technician.number,
        *(write_moment(at.astimezone(zone)) if at else "" for at in moments),
        str(shift.break_minutes),
        str(shift.overtime_limit_minutes),
        "1" if shift.is_night else "0",
    )


SHIFTS = Listing(
    select(Shift).join(Shift.technician).options(contains_eager(Shift.technician).joinedload(Technician.area)),
    _shift_cells,
    {"technician_number": Technician.number, "starts_at": Shift.starts_at},
    (Shift.starts_at, Technician.number),
    is_current=lambda _day, begins_at: Shift.ends_at > begins_at,
    matches=search_technicians,
)
"""In the time zone where the technician works."""


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


def _duty_cells(turn: DutyTurn) -> Cells:
    zone = ZoneInfo(turn.area.time_zone if turn.area else "UTC")
    return (
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


DUTY = Listing(
    select(DutyTurn).options(joinedload(DutyTurn.area)),
    _duty_cells,
    {"phone": DutyTurn.phone, "from_at": DutyTurn.from_at, "name": DutyTurn.name, "name_en": DutyTurn.name_en},
    (DutyTurn.from_at, DutyTurn.phone),
    is_current=lambda _day, begins_at: DutyTurn.until_at > begins_at,
)
"""In the area's time zone, or in UTC without an area."""


def _service_point_cells(point: ServicePoint) -> Cells:
    return (
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


SERVICE_POINTS = Listing(
    select(ServicePoint),
    _service_point_cells,
    {
        "code": ServicePoint.code,
        "name": ServicePoint.name,
        "name_en": ServicePoint.name_en,
        "phone": ServicePoint.phone,
    },
    (ServicePoint.code,),
    matches=lambda words: (holds_word(ServicePoint.districts, words),),
)
