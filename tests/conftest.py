"""Fixtures for every room: a database on both engines, a browser, and how Hypothesis explores."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright

from logs import set_up_logging
from models.database import Database
from tests.cramped_postgresql import CrampedLogPostgresql, CrampedPostgresql, is_possible
from tests.databases import PostgresqlServer, SqliteFolder
from tests.leaving_out import leave_out
from tests.quick import build_quickly, collect_garbage_rarely
from tests.shown_numbers import list_shown_numbers
from tests.town import HOTLINE, Town, build_town
from tests.web.browsing import PATIENCE_MS

# Shared cores make single examples slow without anything being wrong; a failing example is printed to be repeated.
settings.register_profile(
    "onecall", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("onecall")
build_quickly()
# As in development; unless told, structlog draws every exception with all its variables, which takes a second or two.
set_up_logging(is_development=True)
HERE = Path(__file__).parent


DOORS = ("cli", "ivr", "jobs", "journeys", "web")
"""Rooms whose tests reach the database through a use case that its own tests try on both engines."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Make the second engine under the doors a proof: half of the suite's time, for what SQLite shows as well."""
    for item in items:
        room = item.path.relative_to(HERE).parts[0]
        if room in DOORS and item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.proof)


def pytest_collection_finish() -> None:
    """Everything is imported now and stays."""
    collect_garbage_rarely()


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[SqliteFolder]:
    """SQLite databases for this test session."""
    folder = SqliteFolder()
    yield folder
    folder.stop()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server for this test session, started when the first test asks for it."""
    server = PostgresqlServer()
    yield server
    server.stop()


@pytest.fixture
def cramped_postgresql() -> Iterator[CrampedPostgresql]:
    """A PostgreSQL server of this test's own, whose disk of tables can be full."""
    yield from serve_cramped(CrampedPostgresql)


@pytest.fixture
def cramped_log_postgresql() -> Iterator[CrampedPostgresql]:
    """A PostgreSQL server of this test's own, whose disk of its log can be full."""
    yield from serve_cramped(CrampedLogPostgresql)


def serve_cramped(kind: type[CrampedPostgresql]) -> Iterator[CrampedPostgresql]:
    if not is_possible():
        leave_out("this machine lets nobody have a disk of his own: Linux with user namespaces does")
    with kind() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> SqliteFolder | PostgresqlServer | CrampedPostgresql:
    """Either kind of database engine; a test that asks for it, or for what builds on it, runs on both."""
    name = {"sqlite": "sqlite_folder", "postgresql": "postgresql_server"}.get(request.param, request.param)
    chosen: SqliteFolder | PostgresqlServer | CrampedPostgresql = request.getfixturevalue(name)
    return chosen


@pytest.fixture
def database_url(engine: SqliteFolder | PostgresqlServer | CrampedPostgresql) -> Iterator[str]:
    """The URL of a database of this test's own, with all tables, empty."""
    with engine.fresh() as url:
        yield url


@pytest.fixture
def bare_database_url(engine: SqliteFolder | PostgresqlServer) -> Iterator[str]:
    """The URL of a database of this test's own, without tables: for migrations."""
    with engine.bare() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of this test's own, with all tables, empty."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town of this test's own; at the end nothing may have been found wrong with what we answered Twilio.

    Nor may anybody we rang or wrote to have seen another number than the hotline's.
    """
    town = build_town(database_url, tmp_path)
    yield town
    town.services.database.close()
    assert not town.exchange.findings.found
    assert set().union(*list_shown_numbers(town.exchange).values()) <= {HOTLINE}


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; a test that needs one is skipped where there is none, except in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        leave_out("no Chromium on this machine: Debian's package is called chromium")
    return path


@pytest.fixture(scope="module")
def chrome(chromium: str) -> Iterator[Browser]:
    """A browser without windows yet, for the tests of one file: each opens windows of its own."""
    expect.set_options(timeout=PATIENCE_MS)
    # Not for longer: while it runs, no other test could start an event loop.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
