"""Write the demo city into the tables, in one transaction of the caller."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.demo_city.content import CONTENT
from cli.demo_city.duty import load_duty
from cli.demo_city.shapes import City, CityAsset, CityCustomer
from models import (
    Absence,
    Area,
    Asset,
    Customer,
    CustomerPhone,
    Product,
    Shift,
    Site,
    Skill,
    Technician,
    TechnicianSkill,
    Territory,
)
from operations.imports.service_points import import_service_points
from operations.people.customers import SERIAL_TAIL_DIGITS
from policies.purchases import SaleKind

SERVICE_POINTS = CONTENT / "demo" / "service_points.csv"

SALE_KINDS = {"project": SaleKind.PROJECT, "clearance": SaleKind.CLEARANCE}
"""Purchase channels that sell with terms of their own."""


class DatabaseInUse(RuntimeError):
    """The database holds customers who are not of the demo city; it is loaded only into a database without any."""


def is_loaded(session: Session, *, area_code: str) -> bool:
    """Tell whether the demo city is there already; raises DatabaseInUse where somebody else's customers are."""
    if session.scalar(select(Area.id).where(Area.code == area_code)) is not None:
        return True
    if session.scalar(select(Customer.id).limit(1)) is not None:
        raise DatabaseInUse
    return False


def load_people_and_places(session: Session, city: City) -> Area:
    """Write area, territories, team, who is on duty, service points and customers; the catalogue must be there."""
    area = _load_area(session, city)
    _load_team(session, city, area)
    load_duty(session, city.duty, area)
    import_service_points(session, data=SERVICE_POINTS.read_bytes())
    _load_customers(session, city)
    session.flush()
    return area


def _load_area(session: Session, city: City) -> Area:
    area = Area(code=city.area.code, name=city.area.name, name_en=city.area.name_en, time_zone=city.area.time_zone)
    session.add(area)
    for territory in city.area.territories:
        values = {**asdict(territory), "districts": list(territory.districts)}
        session.add(Territory(area=area, **values))
    session.flush()
    return area


def _load_team(session: Session, city: City, area: Area) -> None:
    skills = {skill.code: skill for skill in session.scalars(select(Skill))}
    team: dict[str, Technician] = {}
    for person in city.technicians:
        values = asdict(person)
        levels, territories = values.pop("skills"), values.pop("territories")
        team[person.number] = Technician(area=area, territory_codes=list(territories), **values)
        team[person.number].skills.extend(TechnicianSkill(skill=skills[code], level=level) for code, level in levels)
    session.add_all(team.values())
    for shift in city.shifts:
        values = asdict(shift)
        session.add(Shift(technician=team[values.pop("technician")], **values))
    session.flush()
    for absence in city.absences:
        values = asdict(absence)
        session.add(Absence(technician_id=team[values.pop("technician")].id, **values))


def _load_customers(session: Session, city: City) -> None:
    territories = {territory.code: territory.id for territory in session.scalars(select(Territory))}
    products = {product.model_code: product for product in session.scalars(select(Product))}
    for person in city.customers:
        customer = Customer(
            number=person.number,
            name=person.name,
            name_en=person.name_en,
            language=person.language,
            segment=person.segment,
        )
        customer.phones.extend(CustomerPhone(number=number) for number in person.phones)
        sites = _build_sites(customer, person, territories, city.area.time_zone)
        for asset in person.assets:
            customer.assets.append(_build_asset(asset, sites[asset.site_code], products[asset.model_code]))
        session.add(customer)


def _build_sites(
    customer: Customer, person: CityCustomer, territories: dict[str, int], time_zone: str
) -> dict[str, Site]:
    sites = {}
    for place in person.sites:
        values = asdict(place)
        territory = territories[values.pop("territory")]
        sites[place.code] = Site(customer=customer, territory_id=territory, time_zone=time_zone, **values)
    return sites


def _build_asset(asset: CityAsset, site: Site, product: Product) -> Asset:
    digits = "".join(sign for sign in asset.serial if sign.isdigit())
    return Asset(
        site=site,
        product=product,
        serial=asset.serial,
        serial_digits=digits,
        serial_tail=digits[-SERIAL_TAIL_DIGITS:],
        purchased_on=asset.purchased_on,
        invoiced_on=asset.invoiced_on,
        purchase_channel=asset.purchase_channel,
        sale_kind=SALE_KINDS.get(asset.purchase_channel, SaleKind.RETAIL),
    )
