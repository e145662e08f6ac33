"""A month that is over is counted once, and anew as soon as one of its clocks is put right (K1)."""

import datetime as dt
from collections import Counter

import pytest
from sqlalchemy import text

from models import Visit
from models.database import Database
from operations.clocks.commitment_figures import Choice, Standing, Tally, tally_months
from operations.clocks.commitments import request_subject
from operations.fieldwork.visits import arrive, start_travel
from operations.foundation.events import list_events
from operations.matters.corrections import correct_event
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import NIGHT, hours, monday

MONTH = ("then", NIGHT - hours(24), NIGHT + hours(48))
WAYS = {"a later arrival": NIGHT + hours(40), "an arrival that was none": None, "an earlier arrival": monday(8)}


@pytest.fixture
def visit_id(database: Database, city: City) -> int:
    """A visit on time."""
    with database.writing() as session:
        visit = book_visit(session, city)
        visit.state = VisitState.ACKNOWLEDGED
        start_travel(session, visit=visit, house=HOUSE, now=monday(8), actor="technician:T1")
        arrive(session, visit=visit, house=HOUSE, now=monday(9), actor="technician:T1")
        return visit.id


def tally(database: Database, now: dt.datetime, area_id: int | None = None) -> Counter[Standing]:
    with database.reading() as session:
        choice = Choice(MONTH[1], MONTH[2], area_id=area_id)
        (found,) = tally_months(session, choice=choice, months=[MONTH], now=now)
    assert isinstance(found, Tally)
    return found.counts


def spoil(database: Database) -> None:
    """What nothing of ours ever does: it shows whether anybody looks."""
    with database.writing() as session:
        session.execute(text("UPDATE commitments SET state = 'broken'"))


@pytest.mark.parametrize("way", WAYS)
def test_a_month_that_is_over_is_counted_anew_once_one_of_its_clocks_was_put_right(
    database: Database, city: City, visit_id: int, way: str
) -> None:
    later = NIGHT + hours(24 * 60)
    before = tally(database, later)
    assert before[Standing.KEPT] > 0

    with database.writing() as session:
        visit = session.get_one(Visit, visit_id)
        events = list_events(session, subject=request_subject(visit.request_id))
        correct_event(
            session,
            event=next(event for event in events if event.kind == "visit_arrived"),
            request_id=visit.request_id,
            reason="wrong house",
            by="zhang",
            now=later,
            occurred_at=WAYS[way],
        )

    assert tally(database, later) == tally(database, later, area_id=city.area.id)
    assert (tally(database, later) == before) is (way == "an earlier arrival")


def test_only_months_that_are_over_are_kept_and_only_as_a_whole(database: Database, city: City, visit_id: int) -> None:
    assert visit_id
    soon, later = MONTH[2] + hours(1), NIGHT + hours(24 * 60)
    whole = tally(database, later)
    spoil(database)

    assert tally(database, later) == whole
    assert tally(database, soon)[Standing.KEPT] == 0
    assert tally(database, later, area_id=city.area.id)[Standing.KEPT] == 0
