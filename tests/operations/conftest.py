import pytest

from models.database import Database
from tests.factories.city import City, make_city


@pytest.fixture
def city(database: Database) -> City:
    """A tiny city in this test's database: two technicians, four customers."""
    with database.writing() as session:
        return make_city(session)
