"""The town with a price list, its machines bought, and the vans filled."""

import datetime as dt

import pytest
from sqlalchemy import select

from models import Asset, Technician
from tests.databases import SqliteFolder
from tests.factories.parts import make_part, make_van, stock_up
from tests.factories.prices import make_price_list
from tests.town import Town

BOUGHT = {
    "LX-2A345678": dt.date(2026, 9, 3),
    "LX-2B901234": dt.date(2020, 3, 3),
    "LX-2C567890": dt.date(2026, 6, 1),
}
"""Mr Wang's in warranty, the school's long out of it, Dr Chen's in its first year."""


@pytest.fixture
def engine(sqlite_folder: SqliteFolder) -> SqliteFolder:
    """One kind of database: what the doors call is tested on both beside the operations."""
    return sqlite_folder


@pytest.fixture
def shop(town: Town) -> Town:
    """Machines with the day they were bought on, prices in force, and boards and cables on every van."""
    with town.services.database.writing() as session:
        make_price_list(session)
        for asset in session.scalars(select(Asset)):
            asset.purchased_on = asset.invoiced_on = BOUGHT[asset.serial]
            asset.price_cents = 400_000
        board, cable = make_part(session), make_part(session)
        board.number, cable.number = "BOARD", "CABLE"
        board.name_en = "Main board"
        parts = [board, cable]
        session.flush()
        for technician in session.scalars(select(Technician)).all():
            van = make_van(session, technician)
            for part in parts:
                stock_up(session, van, part, 2)
    return town
