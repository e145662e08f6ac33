"""The town journeys happen in, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.town import Town, build_town


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town of this test's own; at the end nothing may have been found wrong with what we answered Twilio."""
    town = build_town(database_url, tmp_path)
    yield town
    town.services.database.close()
    assert not town.exchange.findings.found
