"""What every test on a database stands on."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import inspect, text

from models.base import Base
from models.database import Database


def test_a_fresh_database_has_every_table(database: Database) -> None:
    tables = set(inspect(database.engine).get_table_names())

    assert tables == set(Base.metadata.tables)
    assert len(tables) > 10


@pytest.mark.parametrize("_attempt", [1, 2])
def test_nothing_of_another_test_is_left_in_the_database(database: Database, _attempt: int) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE left_behind (a integer)"))

    assert inspect(database.engine).has_table("left_behind")


def test_a_bare_database_has_no_tables(bare_database_url: str) -> None:
    bare = Database(bare_database_url)

    tables = inspect(bare.engine).get_table_names()

    bare.close()
    assert tables == []


def test_tests_cannot_reach_the_network() -> None:
    with socket.socket() as outside, pytest.warns(match="192.0.2.1"), pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))
