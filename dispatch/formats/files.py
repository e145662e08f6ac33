"""Which format a file is in."""

from __future__ import annotations

from pathlib import Path

from dispatch.formats.errors import FileFormatError
from dispatch.formats.technicians import is_technician_file, read_technicians
from dispatch.formats.vroom import read_vroom
from dispatch.formats.vrplib import is_solomon, is_vrplib, read_solomon, read_vrplib
from dispatch.problem import Problem


def read_problem(path: Path) -> Problem:
    """The problem in a file of any known format; raises `FileFormatError`, or `OSError` when it cannot be opened."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if text.lstrip().startswith("{"):
        return read_vroom(text)
    if is_technician_file(text):
        return read_technicians(text)
    if is_vrplib(text):
        return read_vrplib(text)
    if is_solomon(text):
        return read_solomon(text)
    raise FileFormatError(str(path), "neither VROOM JSON, VRPLIB, Solomon nor a technician benchmark file")
