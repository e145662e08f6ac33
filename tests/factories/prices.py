"""A price list: labour by the hour, travel by the visit, a main board and a cable."""

import datetime as dt

from sqlalchemy.orm import Session

from models import Price, PriceList
from policies.entitlement import CoverItem
from policies.settlement import PriceUnit
from tests.factories.numbers import next_number

PRICES = (
    ("LABOUR", CoverItem.LABOUR, PriceUnit.HOUR, "人工", "Labour", 12_000),
    ("TRAVEL", CoverItem.TRAVEL, PriceUnit.VISIT, "上门费", "Visit", 5_000),
    ("BOARD", CoverItem.MAIN_PART, PriceUnit.PIECE, "主板", "Main board", 68_000),
    ("CABLE", CoverItem.WEAR_PART, PriceUnit.PIECE, "电源线", "Power cable", 3_500),
)


def make_price_list(
    session: Session, *, from_on: dt.date = dt.date(2026, 1, 1), until_on: dt.date = dt.date(2027, 1, 1)
) -> PriceList:
    price_list = PriceList(code=f"P{next_number()}", currency="CNY", from_on=from_on, until_on=until_on)
    for code, item, unit, name, name_en, unit_cents in PRICES:
        price_list.prices.append(
            Price(code=code, item=item, unit=unit, name=name, name_en=name_en, unit_cents=unit_cents)
        )
    session.add(price_list)
    session.flush()
    return price_list
