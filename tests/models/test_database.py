import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models import Change
from models.database import Database
from tests.factories.instants import NIGHT
from tests.factories.looking import looking
from tests.factories.places import make_area
from tests.factories.team import make_technician
from tests.factories.threads import run_together


@pytest.mark.parametrize("rounds", [25, pytest.param(500, marks=pytest.mark.proof)])
def test_no_update_is_lost_when_threads_read_and_write(database: Database, rounds: int) -> None:
    """SQLAlchemy's own SQLite defaults lose seven of eight increments here (DESIGN, data)."""
    with database.writing() as session:
        session.add(Change(topic="count", number=0, changed_at=NIGHT))

    def count() -> None:
        for _ in range(rounds):
            with database.writing() as session:
                row = session.get_one(Change, "count", with_for_update=True)
                row.number += 1

    run_together(*[count] * 4)

    with looking(database) as session:
        assert session.get_one(Change, "count").number == 4 * rounds


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    is_writing, has_read = threading.Event(), threading.Event()

    def write() -> bool:
        with database.writing() as session:
            session.add(Change(topic="x", number=1, changed_at=NIGHT))
            session.flush()
            is_writing.set()
            return has_read.wait(timeout=10)

    def read() -> bool:
        assert is_writing.wait(timeout=10)
        with database.reading() as session:
            found = session.query(Change).count()
        has_read.set()
        return found == 0

    assert run_together(write, read) == [True, True]


def test_a_row_that_points_nowhere_is_refused(database: Database) -> None:
    def write() -> None:
        with database.writing() as session:
            stranger = make_technician(session, make_area(session))
            stranger.area_id = 404

    with pytest.raises(IntegrityError):
        write()


def test_a_promise_spoken_survives_a_power_failure(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    with database.writing() as session:
        settings = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
    database.close()

    assert settings == {"journal_mode": "wal", "synchronous": 2}


def test_whether_the_database_is_there_is_answered_not_raised(tmp_path: Path, database: Database) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}")

    assert database.is_ready()
    assert not gone.is_ready()
    gone.close()
