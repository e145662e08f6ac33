"""Customers, their telephones, sites and assets."""

import datetime as dt

from sqlalchemy.orm import Session

from models import Asset, Customer, CustomerPhone, Product, Site, Territory
from policies.languages import Language
from policies.segments import Segment
from tests.factories.numbers import next_number


def make_customer(
    session: Session,
    *,
    phone: str | None = None,
    language: Language = Language.ZH,
    segment: Segment = Segment.EXISTING,
) -> Customer:
    number = next_number()
    customer = Customer(
        number=f"C{number}", name=f"王{number}", name_en=f"Wang {number}", language=language, segment=segment
    )
    session.add(customer)
    session.flush()
    session.add(CustomerPhone(customer_id=customer.id, customer=customer, number=phone or f"+86138{number:08d}"))
    session.flush()
    return customer


def make_site(
    session: Session,
    customer: Customer,
    territory: Territory | None,
    *,
    place: tuple[float, float] = (31.231, 121.460),
    address_en: str = "1 Nanjing West Road",
) -> Site:
    site = Site(
        customer_id=customer.id,
        customer=customer,
        code=f"S{next_number()}",
        address="静安区南京西路1号",
        address_en=address_en,
        district="静安",
        latitude=place[0],
        longitude=place[1],
        time_zone="Asia/Shanghai",
        territory_id=territory.id if territory else None,
    )
    session.add(site)
    session.flush()
    return site


def make_asset(
    session: Session, site: Site, product: Product, *, serial: str = "", purchased_on: dt.date | None = None
) -> Asset:
    serial = serial or f"LX-{next_number():08d}"
    digits = "".join(filter(str.isdigit, serial))
    asset = Asset(
        customer_id=site.customer_id,
        customer=site.customer,
        site_id=site.id,
        site=site,
        product_id=product.id,
        product=product,
        serial=serial,
        serial_digits=digits,
        serial_tail=digits[-6:],
        purchased_on=purchased_on,
    )
    session.add(asset)
    session.flush()
    return asset
