"""docs/security.md promises no test that is not there."""

import ast
import re

from tests.architecture.rooms import PROJECT, python_files
from tests.docs.pages import read


def test_every_test_a_threat_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", read("docs/security.md")))
    written = {
        node.name
        for path in python_files()
        if path.is_relative_to(PROJECT / "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }

    assert named - written == set()


def test_every_threat_names_a_control_and_a_test() -> None:
    rows = [line.strip("| ").split(" | ") for line in read("docs/security.md").splitlines() if line.startswith("| ")][
        1:
    ]

    assert len(rows) > 20
    assert [row[0] for row in rows if len(row) != 3 or "`test_" not in row[2]] == []
