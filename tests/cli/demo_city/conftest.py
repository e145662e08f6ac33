import datetime as dt

import pytest

from cli.demo_city.city import build_city
from cli.demo_city.shapes import City

START_AT = dt.datetime(2026, 5, 11, 14, 40, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def city() -> City:
    return build_city(seed=1, start_at=START_AT)
