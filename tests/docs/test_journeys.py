"""docs/journeys.md names every journey, other pages a test for every fault and rule."""

import re

import pytest

from tests.docs.pages import DOCS, read

JOURNEY = re.compile(r"\(([^)]+\.py)\) `(test_\w+)`")
ROWS = [line for line in read("docs/journeys.md").splitlines() if line.startswith("| ")]


def test_every_promise_of_the_hotline_has_its_row() -> None:
    named = [row.split()[1] for row in ROWS if re.match(r"\| H\d+ ", row)]

    assert named == [f"H{number}" for number in range(1, 18)]


def test_every_journey_of_the_house_is_named() -> None:
    journeys = (DOCS.parent / "tests" / "journeys").rglob("test_*.py")
    page = read("docs/journeys.md")

    assert [path.name for path in journeys if f"/{path.name})" not in page] == []


@pytest.mark.parametrize(
    ("page", "least"), [("docs/journeys.md", 17), ("docs/messages.md", 13), ("docs/telephone.md", 25)]
)
def test_every_test_that_is_named_exists(page: str, least: int) -> None:
    named = JOURNEY.findall(read(page))

    missing = [(path, test) for path, test in named if f"def {test}(" not in (DOCS / path).read_text(encoding="utf-8")]
    assert missing == []
    assert len(named) > least
