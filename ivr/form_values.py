"""Values out of a webhook's fields, which anybody with our token may fill with anything."""

from __future__ import annotations

MOST_DIGITS = 18
"""What both databases take as a whole number."""


def whole_number(text: str | None) -> int | None:
    """Return a number of at most 18 ASCII digits, or None for everything else."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
        return None
    return int(text)
