"""What a work report says was fitted leaves the van once, and a changed report is put right by reversals (V5, P1)."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import StockMove, Technician, Visit
from models.database import Database
from operations.fieldwork.fitted_parts import book_fitted_parts, check_fitted_parts
from operations.fieldwork.work_reports import FittedPart, open_report, set_parts
from operations.parts.likely_parts import reserve_for_coming_visits
from operations.parts.stock import PartNotOnVan, held_units
from tests.factories.city import City, book_visit
from tests.factories.instants import NIGHT
from tests.factories.parts import make_part, make_van, stock_up


def hand_in(session: Session, visit: Visit, parts: Sequence[FittedPart]) -> None:
    report = open_report(session, visit=visit, technician=session.get_one(Technician, visit.technician_id))
    check_fitted_parts(session, visit=visit, parts=parts)
    set_parts(session, report=report, parts=parts)
    book_fitted_parts(session, report=report, by="T", now=NIGHT)


def test_a_report_handed_in_again_books_only_what_has_changed(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        van = make_van(session, session.get_one(Technician, visit.technician_id))
        lamp, fan = make_part(session, number="LAMP-1"), make_part(session, number="FAN-1")
        for part in (lamp, fan):
            stock_up(session, van, part, 3)
        left = []
        for fitted in (
            [FittedPart("lamp-1", 2), FittedPart("BOUGHT-NEXT-DOOR", 1)],
            [FittedPart("LAMP-1", 2)],
            [FittedPart("LAMP-1", 3), FittedPart("FAN-1", 1)],
            [FittedPart("FAN-1", 1)],
        ):
            hand_in(session, visit, fitted)
            left.append([held_units(session, place_id=van.id, part_id=part.id) for part in (lamp, fan)])

        assert left == [[1, 3], [1, 3], [0, 2], [3, 2]]
        # Two receipts; 2 lamps out, back, 3 out, back; one fan out.
        assert session.scalar(select(func.count()).select_from(StockMove)) == 7


def test_more_than_the_van_holds_is_refused_before_it_stands_in_the_report(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        part = make_part(session, number="LAMP-1")
        check_fitted_parts(session, visit=visit, parts=[FittedPart("LAMP-1", 9)])  # no van in the books: nobody asks
        van = make_van(session, session.get_one(Technician, visit.technician_id))
        stock_up(session, van, part, 1)

        with pytest.raises(PartNotOnVan) as refused:
            check_fitted_parts(session, visit=visit, parts=[FittedPart("LAMP-1", 1), FittedPart("LAMP-1", 1)])

        assert (refused.value.wanted, refused.value.held) == (2, 1)


def test_without_history_the_round_of_likely_parts_reserves_nothing(database: Database, city: City) -> None:
    with database.writing() as session:
        book_visit(session, city)

        assert reserve_for_coming_visits(session, now=NIGHT) == 0
