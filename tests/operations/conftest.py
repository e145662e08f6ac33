from collections.abc import Iterator

import pytest

from models.database import Database
from tests.factories.city import City, make_city
from tests.prepared import prepare


@pytest.fixture
def city(database: Database) -> City:
    """A tiny city in this test's database: two technicians, four customers."""
    return prepare(database, make_city)


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[Database]:
    """The same database, seen from another process."""
    other = Database(database_url)
    yield other
    other.close()
