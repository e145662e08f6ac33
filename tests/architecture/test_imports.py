"""Imports point down (DESIGN, rule 1): the rules are complete, hold, and notice what breaks them."""

import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.architecture.rooms import (
    PROJECT,
    floors_in_import_rules,
    rooms_in_import_rules,
    rooms_with_python,
)

BUILDINGS = {"operations": "use_cases", "web": "pages"}
"""Folders whose rooms stand one above the other, with the contract that says how."""
NO_ROOMS = {"__init__", "__pycache__", "static", "templates"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    return subprocess.run(
        [*command, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def empty_house(tmp_path: Path) -> Path:
    """The rooms without anything in them, under the real rules without their named exceptions."""
    rules = ConfigParser()
    rules.read(PROJECT / ".importlinter", encoding="utf-8")
    for section in rules.sections():
        rules.remove_option(section, "ignore_imports")
    with (tmp_path / ".importlinter").open("w", encoding="utf-8") as file:
        rules.write(file)
    floors = [f"{folder}/{room}" for folder, contract in BUILDINGS.items() for room in floors_in_import_rules(contract)]
    for room in [*sorted(rooms_in_import_rules()), *floors]:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
        (tmp_path / room / "thing.py").touch()
    return tmp_path


def test_every_folder_with_python_is_in_the_import_rules() -> None:
    assert rooms_with_python() == rooms_in_import_rules()


@pytest.mark.parametrize("folder", BUILDINGS)
def test_every_use_case_and_every_page_has_a_room_and_every_room_its_place_above_others(folder: str) -> None:
    inside = {path.stem for path in (PROJECT / folder).iterdir()} - NO_ROOMS

    assert inside == set(floors_in_import_rules(BUILDINGS[folder]))


def test_the_import_rules_hold() -> None:
    checked = lint_imports(PROJECT)

    assert checked.returncode == 0, checked.stdout


def test_an_empty_house_breaks_no_rule(empty_house: Path) -> None:
    assert lint_imports(empty_house).returncode == 0


@pytest.mark.parametrize(
    ("room", "imported"),
    [
        ("models", "operations.thing"),
        ("policies", "models.thing"),
        ("dispatch", "policies.thing"),
        ("policies", "dispatch.thing"),
        ("outbox", "operations.thing"),
        ("operations", "integrations.thing"),
        ("operations/foundation", "operations.messages.thing"),
        ("operations/planning", "operations.dispatching.thing"),
        ("operations/fieldwork", "operations.hotline.thing"),
        ("operations", "web.thing"),
        ("web/foundation", "web.wording.thing"),
        ("web/board", "web.links.thing"),
        ("integrations", "jobs.thing"),
        ("web", "ivr.thing"),
        ("jobs", "cli.thing"),
        ("policies", "flask"),
        ("dispatch", "sqlalchemy"),
        ("policies", "twilio"),
        ("operations", "flask"),
        ("operations", "twilio"),
        ("outbox", "dispatch.thing"),
        ("operations", "ortools"),
        ("web", "numba"),
        ("simulator", "policies.thing"),
        ("benchmarks", "operations.thing"),
        ("web", "simulator.thing"),
        ("operations", "tests.thing"),
        ("cli", "config"),
        ("ivr", "app"),
        ("jobs", "wsgi"),
        ("operations", "development"),
        ("web", "logs"),
    ],
)
def test_a_planted_import_in_the_wrong_direction_is_caught(room: str, imported: str, empty_house: Path) -> None:
    (empty_house / room / "planted.py").write_text(f"import {imported}\n", encoding="utf-8")

    checked = lint_imports(empty_house)

    assert checked.returncode == 1
    assert f"{room.replace('/', '.')}.planted -> {imported}" in checked.stdout
