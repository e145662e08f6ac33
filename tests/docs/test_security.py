"""docs/security.md promises no test that is not there."""

import re

from tests.docs.pages import read, written_tests


def test_every_test_a_threat_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", read("docs/security.md")))

    assert named - written_tests() == set()


def test_every_threat_names_a_control_and_a_test() -> None:
    rows = [line.strip("| ").split(" | ") for line in read("docs/security.md").splitlines() if line.startswith("| ")][
        1:
    ]

    assert len(rows) > 20
    assert [row[0] for row in rows if len(row) != 3 or "`test_" not in row[2]] == []
