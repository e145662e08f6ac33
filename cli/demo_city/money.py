"""The demo city's price list and service agreements, brought in as an organisation would: as files, then approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.demo_city.content import read_rows
from cli.demo_city.shapes import City, CityCustomer
from models import Agreement
from operations.imports import agreements, prices
from operations.imports.sheets import Column, write_sheet
from operations.money.agreements import approve_agreement

EVERY = 3
"""So many customers, one agreement; of so many agreements one is a package, and one waits for its approval."""
EVERY_PACKAGE, EVERY_DRAFT = 4, 7
PRICE_CENTS_PER_MACHINE = 120_000
MAKER, APPROVER = "clerk", "manager"


def load_money(session: Session, city: City, *, now: dt.datetime) -> None:
    """Bring in prices and agreements; the customers and their machines must be there."""
    load_prices(session, city)
    load_agreements(session, city, now=now)


def load_prices(session: Session, city: City) -> None:
    """Bring in one price list that is in force from three years ago to the end of next year."""
    year = _today(city).year
    own = ("STANDARD", "CNY", f"{year - 3}-01-01", f"{year + 1}-12-31")
    names = ("code", "item", "unit", "name", "name_en", "price")
    rows = [(*own, *(row[name] for name in names)) for row in read_rows("demo/prices")]
    prices.import_prices(session, data=_file(prices.COLUMNS, rows))


def load_agreements(session: Session, city: City, *, now: dt.datetime) -> None:
    """Bring in agreements for some customers, and approve most of them."""
    agreements.import_agreements(session, data=_file(agreements.COLUMNS, _agreement_rows(city)), by=MAKER, now=now)
    for index, agreement in enumerate(session.scalars(select(Agreement).order_by(Agreement.number)).all()):
        if index % EVERY_DRAFT != EVERY_DRAFT - 1:
            approve_agreement(session, agreement=agreement, by=APPROVER, now=now)


def _agreement_rows(city: City) -> Iterator[tuple[str, ...]]:
    owners = [customer for customer in city.customers if customer.assets]
    for index, customer in enumerate(owners[::EVERY]):
        is_package = index % EVERY_PACKAGE == EVERY_PACKAGE - 1
        yield (
            *_own_cells(customer, _today(city), is_package=is_package, index=index),
            *(_package_line(customer) if is_package else _whole_line(customer)),
        )


def _own_cells(customer: CityCustomer, today: dt.date, *, is_package: bool, index: int) -> tuple[str, ...]:
    from_on = today - dt.timedelta(days=20 + 7 * index % 300)
    machines = 1 if is_package else len(customer.assets)
    terms = ("", "", "", "", "") if is_package else ("24", "48", "1", "1", "1")
    return (
        f"SC-{customer.number}",
        customer.number,
        "package" if is_package else "service",
        from_on.isoformat(),
        (from_on + dt.timedelta(days=364)).isoformat(),
        f"{machines * PRICE_CENTS_PER_MACHINE // 100}.00",
        "CNY",
        "1" if is_package else "4",
        "1" if is_package else "3",
        "30",
        *terms,
    )


def _whole_line(customer: CityCustomer) -> tuple[str, ...]:
    return ("1", "", customer.assets[0].site_code, "", "100", "100", "50", "0", "4", "0")


def _package_line(customer: CityCustomer) -> tuple[str, ...]:
    return ("1", customer.assets[0].serial, "", "", "50", "100", "20", "20", "2", "0")


def _file(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> bytes:
    return "".join(write_sheet(columns, rows, is_chinese=False)).encode()


def _today(city: City) -> dt.date:
    """The city's shifts begin on the day it is built for."""
    return min(shift.starts_at for shift in city.shifts).date()
