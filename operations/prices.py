"""The price list in force on a day, and one price of it (M1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models import Price, PriceList
from policies.settlement import WorkLine

LABOUR_CODE, TRAVEL_CODE = "LABOUR", "TRAVEL"
"""The prices every list needs: an hour of work, and coming to the customer."""


class PriceListGap(LookupError):
    """No price list is in force on the day; one must be brought in before anything can be priced."""


class PriceMissing(LookupError):
    """The price list in force has no price for this."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something done or fitted, by its code in the price list; 150 hundredths are one and a half."""

    code: str
    quantity_hundredths: int


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


def price_of(price_list: PriceList, code: str) -> Price:
    """Return a list's price for a code; raises PriceMissing naming both."""
    found = next((price for price in price_list.prices if price.code == code), None)
    if found is None:
        raise PriceMissing(f"{price_list.code}: {code}")
    return found


def put_prices(work: Iterable[Work], price_list: PriceList) -> list[WorkLine]:
    """Return work with its prices; raises PriceMissing for the first that has none."""
    return [
        WorkLine(price.item, price.code, one.quantity_hundredths, price.unit_cents)
        for one in work
        for price in [price_of(price_list, one.code)]
    ]
