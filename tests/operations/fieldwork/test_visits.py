"""How often somebody came for a request is counted as its visits end (R)."""

from collections.abc import Callable

import pytest

from models import ServiceRequest, Visit
from models.database import Database
from operations.fieldwork.visits import arrive, cancel_visit, complete_visit, end_unfinished, start_travel
from policies.visit_states import IncompleteReason, VisitState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import monday
from tests.factories.looking import looking

BY = "technician:T1"


def solve(database: Database, visit_id: int) -> None:
    with database.writing() as session:
        visit = session.get_one(Visit, visit_id)
        complete_visit(session, visit=visit, house=HOUSE, now=monday(11), actor=BY)


def find_nobody(database: Database, visit_id: int) -> None:
    with database.writing() as session:
        visit = session.get_one(Visit, visit_id)
        end_unfinished(session, visit=visit, reason=IncompleteReason.NOBODY_HOME, house=HOUSE, now=monday(10), actor=BY)


def call_off(database: Database, visit_id: int) -> None:
    with database.writing() as session:
        visit = session.get_one(Visit, visit_id)
        cancel_visit(session, visit=visit, house=HOUSE, now=monday(8), source="desk", actor="zhang")


@pytest.mark.parametrize(("end", "tried", "seconds"), [(solve, 1, 7200), (find_nobody, 1, 3600), (call_off, 0, 0)])
def test_a_visit_counts_for_its_request_when_somebody_came_and_not_when_it_was_called_off(
    database: Database, city: City, end: Callable[[Database, int], None], tried: int, seconds: int
) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        visit.state = VisitState.ACKNOWLEDGED
        if tried:
            start_travel(session, visit=visit, house=HOUSE, now=monday(8), actor=BY)
            arrive(session, visit=visit, house=HOUSE, now=monday(9), actor=BY)
        visit_id, request_id = visit.id, visit.request_id

    end(database, visit_id)

    with looking(database) as session:
        request = session.get_one(ServiceRequest, request_id)
        assert (request.tried_visits, request.arrivals) == (tried, tried)
        assert request.on_site_seconds == seconds
