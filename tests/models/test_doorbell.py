"""Whoever listens at the database is woken by a commit, and by nothing else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, make_url, text

from models.database import Database
from models.doorbell import Doorbell, ring_after_commit
from tests.databases import PostgresqlServer, SqliteFolder
from tests.factories.listeners import cut_off

AWAY = make_url("postgresql+psycopg://nobody@127.0.0.1:1/none")
AT_ONCE, A_WHILE = 0.05, 10.0


@pytest.fixture
def engine(postgresql_server: PostgresqlServer) -> PostgresqlServer:
    """SQLite has no bell."""
    return postgresql_server


@pytest.fixture
def bell(database: Database) -> Iterator[Doorbell]:
    """Somebody who listens already."""
    bell = Doorbell(database.engine.url)
    assert bell.wait(seconds=A_WHILE), "what came before the first wait may have been missed"
    yield bell
    bell.close()


def ring(database: Database, times: int = 1) -> None:
    with database.writing() as session:
        for _ in range(times):
            ring_after_commit(session)


def fail_after_asking(database: Database) -> None:
    with database.writing() as session:
        ring_after_commit(session)
        raise ZeroDivisionError


def test_a_commit_that_asks_for_it_rings_once_whoever_asked_how_often(database: Database, bell: Doorbell) -> None:
    ring(database, times=3)

    assert bell.wait(seconds=A_WHILE)
    assert not bell.wait(seconds=AT_ONCE)


def test_neither_what_was_rolled_back_rings_nor_what_did_not_ask(database: Database, bell: Doorbell) -> None:
    with database.writing():
        pass
    with pytest.raises(ZeroDivisionError):
        fail_after_asking(database)

    assert not bell.wait(seconds=AT_ONCE)


def test_it_rings_only_when_the_rows_are_there_to_be_read(database: Database, bell: Doorbell) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE made_here ()"))
        ring_after_commit(session)
        session.flush()
        assert not bell.wait(seconds=AT_ONCE)

    assert bell.wait(seconds=A_WHILE)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM made_here")).scalar() == 0


def test_what_rang_while_nobody_waited_is_heard_next_time(database: Database, bell: Doorbell) -> None:
    for _ in range(5):
        ring(database)

    assert bell.wait(seconds=A_WHILE)
    # Rings that come in one packet are heard as one.
    again = sum(bell.wait(seconds=AT_ONCE) for _ in range(5))
    assert again < 5, "it falls silent"


def test_everybody_who_listens_hears_it(database: Database, bell: Doorbell) -> None:
    other = Doorbell(database.engine.url)
    other.wait(seconds=A_WHILE)

    ring(database)

    assert (bell.wait(seconds=A_WHILE), other.wait(seconds=A_WHILE)) == (True, True)
    other.close()


def test_who_was_cut_off_listens_again_and_takes_it_that_something_was_missed(
    database: Database, bell: Doorbell
) -> None:
    cut_off(database, only_listeners=True)

    assert not bell.wait(seconds=AT_ONCE)
    assert bell.wait(seconds=AT_ONCE)

    ring(database)
    assert bell.wait(seconds=A_WHILE)


def test_while_the_database_is_away_nothing_rings() -> None:
    assert not Doorbell(AWAY).wait(seconds=AT_ONCE)


def test_a_commit_stands_though_nobody_could_be_told(database: Database, bell: Doorbell) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE made_here ()"))
        ring_after_commit(session)
        event.listen(session, "after_commit", lambda _session: cut_off(database, only_listeners=False))

    assert not bell.wait(seconds=AT_ONCE)
    database.close()
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM made_here")).scalar() == 0


def test_sqlite_has_no_bell(sqlite_folder: SqliteFolder) -> None:
    url = make_url(f"sqlite:///{sqlite_folder.template}")

    assert not Doorbell(url).wait(seconds=AT_ONCE)
