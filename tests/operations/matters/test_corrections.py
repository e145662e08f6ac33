"""What was reported wrongly and put right: the clock, the visit and the figures say the same afterwards (K1)."""

import datetime as dt

import pytest
from sqlalchemy import select

from models import Commitment, LivePlan, ServiceRequest, Visit
from models.database import Database
from operations.clocks.commitment_figures import Choice, WindowsKept, count_windows_kept
from operations.clocks.commitments import find_commitment, request_subject
from operations.fieldwork.visits import arrive, complete_visit, start_travel
from operations.foundation.events import find_broken_link, list_events
from operations.matters.corrections import CorrectionRefused, correct_event, record_late_event
from policies.commitments import CommitmentState
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import NIGHT, hours, monday
from tests.factories.looking import looking

LATE = NIGHT + hours(40)
WEEK = Choice(NIGHT, NIGHT + hours(24 * 7))


@pytest.fixture
def visit_id(database: Database, city: City) -> int:
    """A visit of which its technician has said that he was on site at nine on Monday."""
    with database.writing() as session:
        visit = book_visit(session, city)
        visit.state = VisitState.ACKNOWLEDGED
        start_travel(session, visit=visit, house=HOUSE, now=monday(8), actor="technician:T1")
        arrive(session, visit=visit, house=HOUSE, now=monday(9), actor="technician:T1")
        return visit.id


def correct(database: Database, visit_id: int, kind: str, at: dt.datetime | None) -> None:
    with database.writing() as session:
        visit = session.get_one(Visit, visit_id)
        events = list_events(session, subject=request_subject(visit.request_id))
        event = next(event for event in events if event.kind == kind)
        correct_event(
            session, event=event, request_id=visit.request_id, reason="wrong house", by="zhang", now=LATE,
            occurred_at=at,
        )  # fmt: skip


def visit_of(database: Database, visit_id: int) -> Visit:
    with looking(database) as session:
        return session.get_one(Visit, visit_id)


def clock_of(database: Database, visit_id: int) -> Commitment:
    with looking(database) as session:
        return find_commitment(session, request_id=session.get_one(Visit, visit_id).request_id, kind="on_site")


def request_of(database: Database, visit_id: int) -> ServiceRequest:
    with looking(database) as session:
        return session.get_one(Visit, visit_id).request


def windows(database: Database) -> WindowsKept:
    with looking(database) as session:
        return count_windows_kept(session, choice=WEEK)


def revision(database: Database) -> int:
    with looking(database) as session:
        return session.scalars(select(LivePlan.revision)).one()


def test_an_arrival_moved_to_another_time_moves_the_visit_and_what_is_counted_of_it(
    database: Database, visit_id: int
) -> None:
    kept = windows(database)

    correct(database, visit_id, "visit_arrived", NIGHT + hours(39))

    assert (kept.arrived, kept.first) == (1, 1)
    assert (windows(database).arrived, windows(database).first) == (1, 0)
    visit = visit_of(database, visit_id)
    assert (visit.state, visit.arrived_at) == (VisitState.ON_SITE, NIGHT + hours(39))
    assert clock_of(database, visit_id).state is CommitmentState.BROKEN


def test_an_arrival_taken_back_puts_the_visit_where_its_other_reports_leave_it(
    database: Database, visit_id: int
) -> None:
    before = revision(database)
    assert visit_of(database, visit_id).set_out_at == monday(8)
    correct(database, visit_id, "visit_arrived", None)
    visit = visit_of(database, visit_id)
    assert (visit.state, visit.arrived_at, visit.set_out_at) == (VisitState.EN_ROUTE, None, monday(8))
    assert windows(database).arrived == 0
    assert request_of(database, visit_id).arrivals == 0
    assert revision(database) > before

    correct(database, visit_id, "visit_on_the_way", monday(7))
    assert visit_of(database, visit_id).set_out_at == monday(7)
    correct(database, visit_id, "visit_on_the_way", None)
    visit = visit_of(database, visit_id)
    assert (visit.state, visit.set_out_at) == (VisitState.DISPATCHED, None)

    correct(database, visit_id, "visit_arrived", monday(9))
    visit = visit_of(database, visit_id)
    assert (visit.state, visit.arrived_at) == (VisitState.ON_SITE, monday(9))
    with looking(database) as session:
        assert find_broken_link(session, subject=request_subject(visit.request_id)) is None


def test_a_visit_that_has_ended_stays_ended_and_only_its_times_are_put_right(database: Database, visit_id: int) -> None:
    with database.writing() as session:
        visit = session.get_one(Visit, visit_id)
        complete_visit(session, visit=visit, house=HOUSE, now=monday(11), actor="technician:T1")

    correct(database, visit_id, "visit_arrived", None)
    correct(database, visit_id, "visit_completed", monday(10))

    visit = visit_of(database, visit_id)
    assert (visit.state, visit.arrived_at, visit.completed_at) == (VisitState.COMPLETED, None, monday(10))


def test_an_arrival_nobody_recorded_is_that_of_the_visit_under_way(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        visit.state = VisitState.DISPATCHED
        visit_id = visit.id
    with database.writing() as session:
        clock = find_commitment(session, request_id=session.get_one(Visit, visit_id).request_id, kind="on_site")
        for reason, at in (("", monday(9)), ("he says so", LATE + hours(1)), ("he says so", NIGHT - hours(1))):
            with pytest.raises(CorrectionRefused):
                record_late_event(
                    session, commitment=clock, kind="visit_arrived", occurred_at=at, reason=reason, by="z", now=LATE
                )
        record_late_event(
            session, commitment=clock, kind="visit_arrived", occurred_at=monday(9), reason="he says so", by="zhang",
            now=LATE,
        )  # fmt: skip

    visit = visit_of(database, visit_id)
    assert (visit.state, visit.arrived_at) == (VisitState.ON_SITE, monday(9))
    assert clock_of(database, visit_id).state is CommitmentState.MET
    assert windows(database).arrived == 1
