"""docs/journeys.md names a journey for every promise of the hotline, and each one exists."""

import re

from tests.docs.pages import DOCS, read

JOURNEY = re.compile(r"\(([^)]+\.py)\) `(test_\w+)`")
ROWS = [line for line in read("docs/journeys.md").splitlines() if line.startswith("| ")]


def test_every_promise_of_the_hotline_has_its_row() -> None:
    named = [row.split()[1] for row in ROWS if re.match(r"\| H\d+ ", row)]

    assert named == [f"H{number}" for number in range(1, 18)]


def test_every_journey_that_is_named_exists() -> None:
    named = [found for row in ROWS for found in JOURNEY.findall(row)]

    missing = [(path, test) for path, test in named if f"def {test}(" not in (DOCS / path).read_text(encoding="utf-8")]
    assert missing == []
    assert len(named) > len(range(17))
