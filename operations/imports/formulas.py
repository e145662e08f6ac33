"""Keeps spreadsheets from running what somebody typed into a name: CSV formula injection, undone exactly on import."""

from __future__ import annotations

import re

_DANGEROUS = re.compile(r"'*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet takes for a formula, also in full width; leading apostrophes and spaces do not make it safe."""
_MARK = "'"


def neutralise(cell: str) -> str:
    """Return the cell so that every spreadsheet shows it as text; `restore` gives it back unchanged."""
    return _MARK + cell if _DANGEROUS.match(cell) else cell


def restore(cell: str) -> str:
    """Undo `neutralise`; a cell that was never neutralised comes back as it is."""
    return cell[1:] if cell.startswith(_MARK) and _DANGEROUS.match(cell[1:]) else cell
