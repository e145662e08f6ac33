"""The documents as the tests about them see them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.rooms import PROJECT, python_files

DOCS = PROJECT / "docs"
_ROW = re.compile(r"^\|(.+)\|$")


def documents() -> list[Path]:
    """Return every document: those in the root folder and those in docs/."""
    return [*sorted(PROJECT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


def read(name: str) -> str:
    """Return the text of a document by its path in the project."""
    return (PROJECT / name).read_text(encoding="utf-8")


def sections(text: str, *, level: int) -> dict[str, str]:
    """Return the text under each heading of a level, up to the next heading of that level or a higher one."""
    parts = re.split(rf"^(#{{1,{level}}}) (.+)$", text, flags=re.MULTILINE)[1:]
    return {title: body for marks, title, body in zip(*[iter(parts)] * 3, strict=True) if len(marks) == level}


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each table row, without the lines between head and body."""
    for line in text.splitlines():
        match = _ROW.match(line)
        if match and not set(line) <= set("|-: "):
            yield [cell.strip() for cell in match[1].split(" | ")]


def prose(text: str) -> str:
    """Return the text without blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def written_tests() -> set[str]:
    """Return the names of all tests there are."""
    return {
        node.name
        for path in python_files()
        if path.is_relative_to(PROJECT / "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
