"""What the code promises about itself: time is passed in, names say something, every setting is explained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from tests.architecture.rooms import PROJECT, parse, place, python_files

ROOMS_WITHOUT_A_CLOCK = ("policies", "dispatch", "operations", "outbox", "models")
CLOCKS = {
    "now",
    "today",
    "utcnow",
    "localtime",
    "gmtime",
    "time_ns",
}
# The planner's search stops by a budget of elapsed seconds, which is no time of day.
STOPWATCHES = {"perf_counter", "monotonic"}
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "misc",
    "core",
    "shared",
}


def calls_of_a_clock(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield calls such as datetime.now(), date.today(), time.time() and SQL's func.now()."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if node.func.attr in CLOCKS or (owner, node.func.attr) == ("time", "time"):
                yield node


def test_rules_planner_use_cases_and_tables_never_look_at_the_clock() -> None:
    found = [
        place(path, call) for path in python_files(*ROOMS_WITHOUT_A_CLOCK) for call in calls_of_a_clock(parse(path))
    ]

    assert found == []


@pytest.mark.parametrize("line", ["dt.datetime.now(dt.UTC)", "date.today()", "time.time()", "func.now()"])
def test_a_planted_look_at_the_clock_is_found(line: str) -> None:
    assert len(list(calls_of_a_clock(ast.parse(line)))) == 1


def test_a_stopwatch_is_no_clock() -> None:
    tree = ast.parse("\n".join(f"time.{name}()" for name in STOPWATCHES))

    assert list(calls_of_a_clock(tree)) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [str(path.relative_to(PROJECT)) for path in python_files() if path.stem.lower() in NAMES_THAT_SAY_NOTHING]

    assert found == []


def test_every_room_stands_in_the_architecture_document(architecture_document: str) -> None:
    rooms = {path.relative_to(PROJECT).parts[0] for path in python_files() if path.parent != PROJECT}

    assert {room for room in rooms if f"`{room}/`" not in architecture_document} == set()


@pytest.fixture
def architecture_document() -> str:
    return (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [".env.example", "docs/operating.md"])
def test_every_setting_is_documented(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")

    assert {setting for setting in config.EXPLANATIONS if not re.search(rf"\b{setting}\b", text)} == set()


def test_the_example_environment_names_no_setting_that_does_not_exist() -> None:
    text = (PROJECT / ".env.example").read_text(encoding="utf-8")

    named = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", text, flags=re.MULTILINE))

    assert named == set(config.EXPLANATIONS)


# Who may look at the environment: the wiring, what starts processes, and the simulated telephone, which reads no
# settings of ours; and the planner's compiler, for a variable of numba's own.
READERS_OF_THE_ENVIRONMENT = (
    "benchmarks/",
    "development.py",
    "dispatch/engine/compiled.py",
    "gunicorn.conf.py",
    "migrations/",
    "simulator/",
    "tests/",
    "tools/",
    "wsgi.py",
    "wsgi_fallback.py",
)


def test_only_the_wiring_reads_the_environment() -> None:
    found = [
        place(path, node)
        for path in python_files()
        if not str(path.relative_to(PROJECT)).startswith(READERS_OF_THE_ENVIRONMENT)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]

    assert found == []


def test_every_test_name_is_a_sentence() -> None:
    """Four words after `test` at least: who or what, and what happens."""
    short = [
        place(path, node)
        for path in python_files("tests")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name.count("_") < 4
    ]

    assert short == []


def test_every_folder_of_tests_is_a_package() -> None:
    """Otherwise tests/models and models would be one to Python."""
    folders: set[Path] = {path.parent for path in python_files("tests")}

    assert {str(folder) for folder in folders if not (folder / "__init__.py").exists()} == set()
