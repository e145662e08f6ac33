"""Whatever the clocks of its machines say, an installation has one time: its database's."""

import datetime as dt

import psycopg
import pytest
from sqlalchemy import make_url

from models.database_clock import ASK_EVERY, DatabaseClock, open_clock
from tests.databases import PostgresqlServer
from tests.factories.instants import hours, minutes, seconds

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"


class LocalClock:
    """A machine's clock that is wrong."""

    def __init__(self, wrong_by: dt.timedelta) -> None:
        self.wrong_by = wrong_by
        self.asked = 0

    def __call__(self) -> dt.datetime:
        self.asked += 1
        return dt.datetime.now(dt.UTC) + self.wrong_by


@pytest.fixture
def engine(postgresql_server: PostgresqlServer) -> PostgresqlServer:
    """SQLite's clock is this machine's."""
    return postgresql_server


@pytest.mark.parametrize("wrong_by", [minutes(10), -minutes(10), seconds(0.2)])
def test_a_machine_whose_clock_is_wrong_goes_by_the_databases(database_url: str, wrong_by: dt.timedelta) -> None:
    clock = open_clock(database_url, local_now=LocalClock(wrong_by))

    assert abs(clock() - dt.datetime.now(dt.UTC)) < seconds(1)
    assert abs(clock() - dt.datetime.now(dt.UTC)) < seconds(1)


@pytest.mark.parametrize("jump", [minutes(3), -minutes(3)])
def test_a_clock_that_is_set_is_noticed(database_url: str, jump: dt.timedelta) -> None:
    local = LocalClock(dt.timedelta())
    clock = DatabaseClock(database_url, local_now=local)
    clock()

    local.wrong_by += jump

    assert abs(clock() - dt.datetime.now(dt.UTC)) < seconds(1)


def test_the_database_is_asked_once_a_minute(database_url: str) -> None:
    local = LocalClock(minutes(10))
    clock = DatabaseClock(database_url, local_now=local)
    clock()
    asked = local.asked

    for _ in range(50):
        clock()
    assert local.asked == asked + 50
    local.wrong_by += ASK_EVERY
    clock()

    assert local.asked > asked + 51


def test_a_process_that_starts_before_its_database_goes_by_it_as_soon_as_it_is_there(database_url: str) -> None:
    late = make_url(database_url).set(database="comes_late")
    clock = DatabaseClock(late.render_as_string(hide_password=False), local_now=LocalClock(hours(6)))
    before = clock()

    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("CREATE DATABASE comes_late")
        try:
            there = clock()
        finally:
            admin.execute("DROP DATABASE comes_late WITH (FORCE)")

    assert before - dt.datetime.now(dt.UTC) > hours(5)
    assert abs(there - dt.datetime.now(dt.UTC)) < minutes(1)


def test_while_the_database_is_away_the_clock_goes_on() -> None:
    clock = DatabaseClock(AWAY, local_now=LocalClock(dt.timedelta()))

    assert abs(clock() - dt.datetime.now(dt.UTC)) < seconds(1)


def test_beside_sqlite_the_machines_own_clock_counts(tmp_path: object) -> None:
    local = LocalClock(minutes(10))

    assert open_clock(f"sqlite:///{tmp_path}/x.sqlite3", local_now=local) is local
