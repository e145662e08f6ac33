"""The tables of rules and costs in docs/planner.md say what the code does, no more and no less."""

from __future__ import annotations

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from dispatch.costs import ASSIGNMENT_COSTS, ROUTE_COSTS
from dispatch.rules import ASSIGNMENT_RULES

PLANNER = Path("docs/planner.md").read_text(encoding="utf-8")
CHECKS = [Path(f"dispatch/{name}.py").read_text(encoding="utf-8") for name in ("check", "check_ties")]
TESTS = "".join(path.read_text(encoding="utf-8") for path in sorted(Path("tests/dispatch").glob("test_*.py")))
FUNCTION = re.compile(r"^(?P<module>[a-z_.]+?)\.(?P<name>(?:[A-Z]\w*\.)?\w+)$")
REQUIREMENT = re.compile(r"^(?:[HDP]\d{1,2}|–)(?:, [HDP]\d{1,2})*$")


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, cell by cell, without its head."""
    lines = PLANNER.partition(f"### {heading}\n")[2].partition("\n#")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


RULES, COSTS = table("Rules"), table("Costs")


def test_the_table_of_rules_lists_every_violation_the_check_can_find() -> None:
    found = {name for text in CHECKS for name in re.findall(r'Violation\(\s*"(\w+)"', text)}

    assert sorted(row[0].strip("`") for row in RULES) == sorted(found)
    assert set(ASSIGNMENT_RULES) <= found


def test_the_table_of_costs_lists_every_cost() -> None:
    listed = {row[2].strip("`").rpartition(".")[2] for row in COSTS}

    assert {cost.__name__ for cost in (*ROUTE_COSTS, *ASSIGNMENT_COSTS)} <= listed
    assert len(listed) == len(COSTS)


@pytest.mark.parametrize("row", [*RULES, *COSTS], ids=range(len(RULES) + len(COSTS)))
def test_a_row_names_a_function_a_requirement_and_a_test_that_exist(row: list[str]) -> None:
    _, _, function, requirement, test = row
    path = FUNCTION.match(function.strip("`"))

    assert path is not None
    module = import_module(f"dispatch.{path['module']}")
    assert callable(reduce(getattr, path["name"].split("."), module))
    assert REQUIREMENT.match(requirement)
    assert f"def {test.strip('`')}(" in TESTS
