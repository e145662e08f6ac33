import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from cli.catalogue import load_catalogue
from cli.demo_city.city import build_city
from cli.demo_city.load import load_people_and_places
from cli.demo_city.parts import load_parts
from models.database import Database
from tests.prepared import prepare

NOW = dt.datetime(2026, 5, 11, 14, 40, tzinfo=dt.UTC)


@pytest.fixture
def city_database(database: Database) -> Database:
    """A small part of the demo city: also the foreign rows that every query must leave alone."""
    prepare(database, load_city, customers=20)
    return database


@pytest.fixture
def whole_city_database(database: Database) -> Database:
    """The demo city's catalogue, team and customers."""
    prepare(database, load_city, customers=300)
    return database


def load_city(session: Session, *, customers: int) -> None:
    city = build_city(seed=1, start_at=NOW)
    load_catalogue(session, now=NOW)
    load_people_and_places(session, replace(city, customers=city.customers[:customers]))
    load_parts(session, now=NOW)


def count_rows(session: Session, *tables: type) -> tuple[int, ...]:
    return tuple(session.query(table).count() for table in tables)
