"""The table of rooms says what each room imports, and no room imports what is not in its row."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.rooms import parse, python_files, rooms_with_python
from tests.docs.pages import read, rows, sections

ROOMS = {row[0].strip("`/"): row[2] for row in rows(sections(read("docs/architecture.md"), level=2)["Rooms"])}


def imported_rooms(room: str) -> Iterator[str]:
    """Yield the other rooms that the files of a room import from."""
    for path in python_files(room):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Import):
                yield from (name.name.partition(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize("room", sorted(rooms_with_python() - {"tests"}))
def test_a_room_imports_only_what_its_row_in_the_table_says(room: str) -> None:
    allowed = set(re.findall(r"`(\w+)`", ROOMS[room]))

    assert set(imported_rooms(room)) & rooms_with_python() - {room} <= allowed
