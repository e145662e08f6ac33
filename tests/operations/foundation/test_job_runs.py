import datetime as dt

import pytest

from models import JobRun
from models.database import Database
from operations.foundation.job_runs import claim_run, finish_run
from tests.factories.instants import NIGHT, minutes, seconds
from tests.factories.looking import looking
from tests.factories.threads import run_together


def claim(database: Database, due_at: dt.datetime = NIGHT, *, now: dt.datetime = NIGHT, job: str = "publish") -> bool:
    with database.writing() as session:
        return claim_run(session, job=job, due_at=due_at, now=now)


def finish(database: Database, *, error: str | None = None) -> None:
    with database.writing() as session:
        finish_run(session, job="publish", now=NIGHT + seconds(30), error=error)


def test_a_run_is_claimed_once(database: Database) -> None:
    assert [claim(database), claim(database), claim(database, NIGHT + minutes(1))] == [True, False, True]


def test_a_run_older_than_the_last_one_is_not_claimed(database: Database) -> None:
    claim(database, NIGHT + minutes(1))

    assert not claim(database, NIGHT)


def test_jobs_are_claimed_each_for_itself(database: Database) -> None:
    assert claim(database)
    assert claim(database, job="other")


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.proof)])
def test_of_several_clocks_one_has_each_run(database: Database, rounds: int) -> None:
    for number in range(rounds):
        due_at = NIGHT + minutes(number)

        found = run_together(*[lambda due_at=due_at: claim(database, due_at, now=due_at)] * 3)

        assert sorted(found) == [False, False, True]


def test_how_a_run_ended_stands_until_the_next_one_has_ended(database: Database) -> None:
    claim(database)
    finish(database, error="ZeroDivisionError()")
    with looking(database) as session:
        failed = session.get_one(JobRun, "publish")
    claim(database, NIGHT + minutes(1))
    with looking(database) as session:
        running = session.get_one(JobRun, "publish")
    finish(database)
    with looking(database) as session:
        mended = session.get_one(JobRun, "publish")

    assert (failed.finished_at, failed.error) == (NIGHT + seconds(30), "ZeroDivisionError()")
    assert (running.finished_at, running.due_at) == (None, NIGHT + minutes(1))
    assert running.error == "ZeroDivisionError()"
    assert mended.error is None


def test_a_run_whose_clock_died_is_taken_over_after_a_while(database: Database) -> None:
    claim(database)

    assert not claim(database, now=NIGHT + minutes(9))
    assert claim(database, now=NIGHT + minutes(11))
    assert not claim(database, now=NIGHT + minutes(12))


def test_a_run_that_ended_is_never_taken_over(database: Database) -> None:
    claim(database)
    finish(database)

    assert not claim(database, now=NIGHT + minutes(60))
