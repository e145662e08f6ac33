import datetime as dt

import pytest

from jobs import table
from jobs.clock import FIRST_SECONDS, run_job, schedule_jobs
from jobs.table import JOBS, Job
from models import JobRun, SlotHold
from models.database import Database
from operations.clients.services import Services
from operations.dispatching.offers import offer_windows
from policies.message_states import MessageState
from policies.offers import HoldState
from tests.factories.city import City, open_visit
from tests.factories.instants import NIGHT, minutes, seconds
from tests.factories.looking import looking
from tests.factories.messages import make_message
from tests.factories.threads import run_together
from tests.jobs.conftest import Desk


def test_every_job_is_in_the_table_once() -> None:
    names = [job.name for job in JOBS]

    assert len(set(names)) == len(names)
    assert [job.name for job in JOBS] == [job.run.__name__ for job in JOBS]
    assert all(job.every_seconds > 0 for job in JOBS)


def test_every_job_of_the_folder_is_in_the_table() -> None:
    known = {job.run for job in JOBS}
    found = {
        value
        for name, value in vars(table).items()
        if callable(value) and getattr(value, "__module__", "").startswith("jobs.") and name != "Job"
    }

    assert found == known


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_runs_in_an_empty_house(desk: Desk, job: Job) -> None:
    assert job.run(desk.services) == 0


def test_a_clock_that_is_started_every_quarter_of_an_hour_runs_even_what_is_due_once_a_day(desk: Desk) -> None:
    first = {job.id: job.next_run_time for job in schedule_jobs(desk.services).get_jobs()}

    assert set(first) == {job.name for job in JOBS}
    assert max(first.values()) <= dt.datetime.now(dt.UTC) + seconds(FIRST_SECONDS)
    assert max(job.every_seconds for job in JOBS) == 24 * 60 * 60


def test_what_a_job_did_is_returned_and_its_run_is_on_record(database: Database, desk: Desk) -> None:
    job = Job("count", 60, lambda _services: 7)

    assert run_job(desk.services, job) == 7

    with looking(database) as session:
        (run,) = session.query(JobRun)
    assert (run.job, run.finished_at, run.error) == ("count", NIGHT, None)


def test_a_job_that_fails_is_on_record_and_runs_again_next_time(database: Database, desk: Desk) -> None:
    turns = iter([True, False])

    def fail_once(_services: Services) -> int:
        if next(turns):
            raise ZeroDivisionError("once")
        return 3

    job = Job("fails_once", 60, fail_once)

    assert run_job(desk.services, job) == 0
    with looking(database) as session:
        assert session.get_one(JobRun, "fails_once").error == "ZeroDivisionError('once')"

    desk.now = NIGHT + seconds(60)
    assert run_job(desk.services, job) == 3
    with looking(database) as session:
        assert session.get_one(JobRun, "fails_once").error is None


def test_a_job_runs_once_in_its_period_however_many_clocks_there_are(desk: Desk) -> None:
    job = Job("count", 60, lambda _services: 1)

    together = run_together(*[lambda: run_job(desk.services, job)] * 3)
    desk.now = NIGHT + seconds(59)
    again = run_job(desk.services, job)
    desk.now = NIGHT + seconds(60)
    later = run_job(desk.services, job)

    assert (sorted(together), again, later) == ([0, 0, 1], 0, 1)


def test_a_job_runs_on_after_the_time_was_days_ahead_and_has_been_put_right(desk: Desk) -> None:
    job = Job("count", 60, lambda _services: 1)
    desk.now = NIGHT + seconds(2 * 24 * 3600)
    ahead = run_job(desk.services, job)

    desk.now = NIGHT
    together = run_together(*[lambda: run_job(desk.services, job)] * 3)
    desk.now = NIGHT + seconds(60)

    assert (ahead, sorted(together), run_job(desk.services, job)) == (1, [0, 0, 1], 1)


def test_a_job_that_claims_row_by_row_runs_on_every_clock(database: Database, desk: Desk) -> None:
    job = Job("everywhere", 60, lambda _services: 1, is_claimed=False)

    assert [run_job(desk.services, job) for _ in range(3)] == [1, 1, 1]
    with looking(database) as session:
        assert session.query(JobRun).count() == 0


def test_a_job_that_claims_row_by_row_has_a_row_as_long_as_it_fails(database: Database, desk: Desk) -> None:
    turns = iter([True, True, True, False, False])

    def fail_thrice(_services: Services) -> int:
        if next(turns):
            raise ZeroDivisionError("again")
        return 1

    job = Job("everywhere", 1, fail_thrice, is_claimed=False)

    run_together(*[lambda: run_job(desk.services, job)] * 2)
    desk.now = NIGHT + seconds(1)
    run_job(desk.services, job)
    with looking(database) as session:
        (run,) = session.query(JobRun)
    assert (run.job, run.claimed_at, run.error) == ("everywhere", NIGHT + seconds(1), "ZeroDivisionError('again')")

    assert [run_job(desk.services, job) for _ in range(2)] == [1, 1]
    with looking(database) as session:
        assert session.query(JobRun).count() == 0


def job_named(name: str) -> Job:
    return next(job for job in JOBS if job.name == name)


def test_messages_are_sent_with_trouble_sorted_out(database: Database, desk: Desk) -> None:
    with database.writing() as session:
        for number in range(3):
            make_message(session, body=f"{number}")
        old = make_message(session, created_at=NIGHT - minutes(9), expires_at=NIGHT)
    desk.carrier.lost_answers = 1

    first = run_job(desk.services, job_named("send_messages"))
    desk.now = NIGHT + minutes(1)
    second = run_job(desk.services, job_named("send_messages"))

    assert (first, second) == (2, 1)
    assert sorted(desk.carrier.bodies) == ["0", "1", "2"]
    with looking(database) as session:
        assert session.get_one(type(old), old.id).state is MessageState.EXPIRED


def test_held_windows_run_out_in_every_area(database: Database, desk: Desk, city: City) -> None:
    with database.writing() as session:
        holds = offer_windows(session, visit=open_visit(session, city), now=NIGHT).holds

    desk.now = NIGHT + minutes(2)
    early = run_job(desk.services, job_named("free_expired_holds"))
    desk.now = NIGHT + minutes(4)
    late = run_job(desk.services, job_named("free_expired_holds"))

    assert (early, late) == (0, len(holds))
    with looking(database) as session:
        assert {session.get_one(SlotHold, hold.id).state for hold in holds} == {HoldState.EXPIRED}
