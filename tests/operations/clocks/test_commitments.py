import pytest
from sqlalchemy import delete

from models import ClockTimer, Commitment, PolicyVersion, ServiceRequest
from models.database import Database
from operations.clocks.commitments import deadline_of, refresh_commitments, request_subject
from operations.foundation.events import record_event
from policies.commitments import CommitmentState
from tests.factories.city import City, open_visit
from tests.factories.clocks import break_overdue_clocks
from tests.factories.instants import NIGHT, hours, minutes
from tests.factories.looking import looking


@pytest.fixture
def request_id(database: Database, city: City) -> int:
    with database.writing() as session:
        open_visit(session, city, customer=1)
        return open_visit(session, city).request_id


def clock_of(database: Database, request_id: int) -> Commitment:
    with looking(database) as session:
        return session.query(Commitment).filter_by(request_id=request_id).one()


def arrive(database: Database, request_id: int, *, after_hours: float) -> None:
    at = NIGHT + hours(after_hours)
    subject = request_subject(request_id)
    with database.writing() as session:
        record_event(
            session,
            subject=subject,
            kind="visit_arrived",
            occurred_at=at,
            recorded_at=at,
            source="sms",
            actor="technician:T1",
        )
        refresh_commitments(session, subject=subject, request_id=request_id, now=at)


def break_overdue(database: Database, *, after_hours: float) -> int:
    return break_overdue_clocks(database, now=NIGHT + hours(after_hours))


def test_the_deadline_of_a_request_is_24_hours_after_the_call(database: Database, request_id: int) -> None:
    with looking(database) as session:
        assert deadline_of(session, request_id=request_id) == NIGHT + hours(24)
        assert deadline_of(session, request_id=request_id + 1000) is None


def test_an_arrival_in_time_meets_the_clock_for_good(database: Database, request_id: int) -> None:
    arrive(database, request_id, after_hours=20)

    assert break_overdue(database, after_hours=48) == 1  # only the other customer's
    clock = clock_of(database, request_id)
    assert (clock.state, clock.decided_at) == (CommitmentState.MET, NIGHT + hours(20))


def test_a_clock_nobody_met_is_broken_once_and_a_late_arrival_does_not_mend_it(
    database: Database, request_id: int
) -> None:
    first = break_overdue(database, after_hours=24.5)
    second = break_overdue(database, after_hours=25)
    arrive(database, request_id, after_hours=26)

    assert (first, second) == (2, 0)
    clock = clock_of(database, request_id)
    assert (clock.state, clock.decided_at) == (CommitmentState.BROKEN, NIGHT + hours(24))


def test_nothing_is_broken_before_the_deadline(database: Database, request_id: int) -> None:
    assert break_overdue(database, after_hours=24) == 0
    assert clock_of(database, request_id).state is CommitmentState.RUNNING


def test_the_figures_in_force_at_the_call_count_whatever_is_approved_later(
    database: Database, request_id: int, city: City
) -> None:
    with database.writing() as session:
        session.add(
            PolicyVersion(in_force_from_at=NIGHT + hours(1), figures={"on_site_hours": 4}, approved_by="manager")
        )
    with database.writing() as session:
        later = open_visit(session, city, customer=2, opened_at=NIGHT + hours(2)).request_id
        refresh_commitments(session, subject=request_subject(request_id), request_id=request_id, now=NIGHT + hours(3))

    assert clock_of(database, request_id).deadline_at == NIGHT + hours(24)
    assert clock_of(database, request_id).policy_version == 0
    assert clock_of(database, later).deadline_at == NIGHT + hours(6)
    assert clock_of(database, later).policy_version > 0


def test_a_lost_row_is_computed_again_from_the_events(database: Database, request_id: int) -> None:
    arrive(database, request_id, after_hours=20)
    before = clock_of(database, request_id)

    with database.writing() as session:
        session.execute(delete(ClockTimer).where(ClockTimer.commitment_id == before.id))
        session.delete(session.get_one(Commitment, before.id))
    with database.writing() as session:
        refresh_commitments(session, subject=request_subject(request_id), request_id=request_id, now=NIGHT + hours(30))

    after = clock_of(database, request_id)
    assert (after.state, after.decided_at, after.deadline_at) == (before.state, before.decided_at, before.deadline_at)


def test_an_arrival_reported_late_counts_from_when_it_happened(database: Database, request_id: int) -> None:
    break_overdue(database, after_hours=25)
    subject = request_subject(request_id)

    with database.writing() as session:
        record_event(
            session,
            subject=subject,
            kind="visit_arrived",
            occurred_at=NIGHT + hours(23),
            recorded_at=NIGHT + hours(26),
            source="desk",
            actor="dispatcher",
        )
        refresh_commitments(session, subject=subject, request_id=request_id, now=NIGHT + hours(26))
        assert session.get_one(ServiceRequest, request_id).opened_at == NIGHT

    clock = clock_of(database, request_id)
    assert (clock.state, clock.decided_at) == (CommitmentState.MET, NIGHT + hours(24) - minutes(60))
