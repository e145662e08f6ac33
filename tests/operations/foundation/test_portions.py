"""A list that goes on says how long it is (C1)."""

import pytest

from models import Area, Asset
from models.database import Database
from operations.money.agreements import approve_agreement
from operations.money.receivables import list_open_receivables
from operations.parts.stock import list_moves
from policies.agreements import AgreementState
from tests.factories.agreements import make_agreement
from tests.factories.city import City
from tests.factories.instants import NIGHT
from tests.factories.parts import make_part, make_warehouse, stock_up


@pytest.mark.parametrize(("most", "shown"), [(1, 1), (4, 4), (9, 4)])
def test_a_portion_of_a_list_knows_how_many_rows_the_list_has(
    database: Database, city: City, most: int, shown: int
) -> None:
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        agreement = make_agreement(session, asset, state=AgreementState.DRAFT)
        approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)

        owed = list_open_receivables(session, customer_id=agreement.customer_id, most=most)

        assert (len(owed), owed.found) == (shown, 4)


def test_rows_that_are_read_with_what_they_belong_to_are_counted_once(database: Database, city: City) -> None:
    with database.writing() as session:
        part, warehouse = make_part(session), make_warehouse(session, session.get_one(Area, city.area.id))
        for _ in range(3):
            stock_up(session, warehouse, part, 1)

        moves = list_moves(session, part_number=part.number, most=2)

        assert (len(moves), moves.found) == (2, 3)
