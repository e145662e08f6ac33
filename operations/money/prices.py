"""The price list in force on a day, and one price of it (M1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models import Part, Price, PriceList
from policies.entitlement import CoverItem
from policies.parts import PartClass
from policies.settlement import PriceUnit

PART_ITEMS = {PartClass.UNIT: CoverItem.MAIN_PART, PartClass.ACCESSORY: CoverItem.WEAR_PART}
LONGEST_NAME = 80
LABOUR_CODE, TRAVEL_CODE = "LABOUR", "TRAVEL"
"""The prices every list needs: an hour of work, and coming to the customer."""


class PriceListGap(LookupError):
    """No price list is in force on the day; one must be brought in before anything can be priced."""


class PriceMissing(LookupError):
    """The price list in force has no price for this."""

    field = "code"


@dataclass(frozen=True, slots=True)
class Work:
    """Something done or fitted, by its code in the price list; 150 hundredths are one and a half."""

    code: str
    quantity_hundredths: int


@dataclass(frozen=True, slots=True)
class UsualPrices:
    """What coming once and an hour of work cost, in the list's currency."""

    travel_cents: int
    labour_cents: int
    currency: str


def find_price_list(session: Session, *, on: dt.date) -> PriceList:
    """Return the list in force on a day with its prices; raises PriceListGap naming the day."""
    found = session.scalars(
        select(PriceList)
        .where(PriceList.from_on <= on, PriceList.until_on > on)
        .order_by(PriceList.id)
        .options(selectinload(PriceList.prices))
    ).first()
    if found is None:
        raise PriceListGap(on.isoformat())
    return found


def find_usual_prices(session: Session, *, on: dt.date) -> UsualPrices | None:
    """Return what a visit and an hour of work cost on a day, or None where no list says so."""
    try:
        price_list = find_price_list(session, on=on)
        travel, labour = (
            find_price(session, price_list=price_list, code=code).unit_cents for code in (TRAVEL_CODE, LABOUR_CODE)
        )
    except (PriceListGap, PriceMissing):
        return None
    return UsualPrices(travel, labour, price_list.currency)


def find_price(session: Session, *, price_list: PriceList, code: str) -> Price:
    """Return a list's price for a code, or the catalogue's for a part it does not name; raises PriceMissing."""
    listed = next((price for price in price_list.prices if price.code == code), None)
    if listed is not None:
        return listed
    part = session.scalars(select(Part).where(Part.number == code)).one_or_none()
    if part is None:
        raise PriceMissing(f"{price_list.code}: {code}")
    return Price(
        code=part.number,
        item=PART_ITEMS[part.part_class],
        unit=PriceUnit.PIECE,
        name=part.name[:LONGEST_NAME],
        name_en=part.name_en[:LONGEST_NAME],
        unit_cents=part.price_cents,
    )
