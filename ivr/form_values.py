"""Values out of a webhook's fields, which anybody with our token may fill with anything."""

from __future__ import annotations

MOST_DIGITS = 18
"""What both databases take as a whole number."""


def whole_number(text: str | None) -> int | None:
    """Return a number of at most 18 ASCII digits, or None for everything else."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
        return None
    return int(text)


def share(text: str | None) -> float | None:
    """Return a number from 0 to 1, or None for everything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
