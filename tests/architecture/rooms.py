"""The project's folders and files as the tests about the code see them."""

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NOT_OURS = ("node_modules",)


def rooms_with_python() -> set[str]:
    """Return the names of the top-level folders that hold Python files; hidden folders are tools' own."""
    return {
        folder.name
        for folder in PROJECT.iterdir()
        if folder.is_dir() and not folder.name.startswith((".", *NOT_OURS)) and any(folder.rglob("*.py"))
    }


def rooms_in_import_rules() -> set[str]:
    """Return the root packages that import-linter looks at."""
    rules = ConfigParser()
    rules.read(PROJECT / ".importlinter", encoding="utf-8")
    return set(rules["importlinter"]["root_packages"].split())


def floors_in_import_rules(contract: str) -> list[str]:
    """Return the folders and modules that a contract puts above each other, the highest first."""
    rules = ConfigParser()
    rules.read(PROJECT / ".importlinter", encoding="utf-8")
    return rules[f"importlinter:contract:{contract}"]["layers"].split()


def python_files(*rooms: str) -> Iterator[Path]:
    """Yield the Python files of the given rooms, or of all rooms and the root folder."""
    if not rooms:
        yield from sorted(PROJECT.glob("*.py"))
    for room in rooms or sorted(rooms_with_python()):
        yield from sorted((PROJECT / room).rglob("*.py"))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.stmt | ast.expr) -> str:
    """Return where a node stands, as an editor opens it: `operations/fieldwork/visits.py:12`."""
    return f"{path.relative_to(PROJECT)}:{node.lineno}"
