"""The technician benchmark of Pillac, Guéret and Medaglia (2013): `*_25-5-5-5.txt`.

Travel is the Euclidean distance at speed one; technicians leave and return home inside its window; windows bound the
start of service; tools are held, parts are used up; node 0 is a depot where one stop gives every tool and any part.
A shift's id is the technician's node, a visit's id the request's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import MOST, MOST_PLACES
from dispatch.problem import ObjectiveKind, PickUpPoint, Problem, Shift, TimeWindow, Travel, Visit

NUMBER = re.compile(r"[0-9]{1,6}")
ROW = re.compile(
    r"^\s*([0-9]{1,9})" + r"\s+(-?[0-9]{1,12}(?:\.[0-9]{1,12})?)" * 5 + r"\s+\[([0-9,\s]*)\]" * 3 + r"\s*$"
)


@dataclass(frozen=True, slots=True)
class _Node:
    id: int
    x: float
    y: float
    window: TimeWindow
    service: float
    skills: tuple[int, ...]
    tools: tuple[int, ...]
    parts: tuple[int, ...]


def is_technician_file(text: str) -> bool:
    """Whether this text looks like a technician benchmark file."""
    return "CREW COUNT" in text and "TECHNICIANS AND REQUESTS" in text


def read_technicians(text: str) -> Problem:
    """The problem in the file; raises `FileFormatError` with the line that is wrong."""
    crew, nodes = _read(text.splitlines())
    if len(nodes) > MOST_PLACES:
        raise FileFormatError(len(nodes), f"{len(nodes)} places are too many: at most {MOST_PLACES} can be planned")
    points = np.array([[node.x, node.y] for node in nodes])
    away = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    technicians, requests = nodes[1 : crew + 1], nodes[crew + 1 :]
    return Problem(
        visits=tuple(_visit(node) for node in requests),
        shifts=tuple(_shift(node) for node in technicians),
        travel=Travel(seconds=away, metres=away),
        objective=ObjectiveKind.TOTAL_DURATION,
        pick_up_points=(PickUpPoint("0", 0, nodes[0].service),),
    )


def _read(lines: Sequence[str]) -> tuple[int, list[_Node]]:
    crew: int | None = None
    nodes: list[_Node] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("CREW COUNT"):
            words = lines[number].split() if number < len(lines) else []
            if not words or not NUMBER.fullmatch(words[0]):
                raise FileFormatError(number + 1, "the number of technicians is expected")
            crew = int(words[0])
        elif crew is not None and re.match(r"^\s*\d+\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+\[", line):
            nodes.append(_node(number, line))
        elif nodes and line.strip():
            raise FileFormatError(number, f"not a node: {line.strip()[:60]}")
    if crew is None or len(nodes) <= crew or [node.id for node in nodes] != list(range(len(nodes))):
        raise FileFormatError(
            len(lines), f"expected the depot, {crew} technicians and requests, found {len(nodes)} nodes"
        )
    return crew, nodes


def _node(number: int, line: str) -> _Node:
    match = ROW.match(line)
    if match is None:
        raise FileFormatError(number, f"not a node: {line.strip()[:60]}")
    x, y, since, until, service = (float(match.group(index)) for index in range(2, 7))
    if max(abs(x), abs(y), abs(since), abs(until), service) > MOST or since > until or service < 0:
        raise FileFormatError(
            number, f"a window ends before it begins, or a number is out of range: {line.strip()[:60]}"
        )
    items = [[item.strip() for item in match.group(index).split(",") if item.strip()] for index in (7, 8, 9)]
    if any(not NUMBER.fullmatch(item) for row in items for item in row):
        raise FileFormatError(number, f"lists of numbers below a million are expected: {line.strip()[:60]}")
    lists = [tuple(map(int, row)) for row in items]
    return _Node(int(match.group(1)), x, y, TimeWindow(since, until), service, *lists)


def _visit(node: _Node) -> Visit:
    return Visit(
        id=str(node.id),
        location=node.id,
        duration_seconds=node.service,
        time_windows=(node.window,),
        skills={str(skill): 1 for skill in node.skills},
        tools=frozenset(map(str, node.tools)),
        parts={str(part): count for part, count in enumerate(node.parts) if count},
    )


def _shift(node: _Node) -> Shift:
    return Shift(
        id=str(node.id),
        technician_id=str(node.id),
        from_seconds=node.window.from_seconds,
        until_seconds=node.window.until_seconds,
        start_location=node.id,
        end_location=node.id,
        skills={str(skill): 1 for skill in node.skills},
        tools=frozenset(map(str, node.tools)),
        parts={str(part): count for part, count in enumerate(node.parts) if count},
    )
