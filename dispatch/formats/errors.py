"""What can be wrong with a file."""

from __future__ import annotations


class FileFormatError(ValueError):
    """The file cannot be read as a problem or a plan: where, and what is wrong there."""

    def __init__(self, where: int | str, trouble: str) -> None:
        """`where` is a line number or the path of a field."""
        super().__init__(f"line {where}: {trouble}" if isinstance(where, int) else f"{where}: {trouble}")
