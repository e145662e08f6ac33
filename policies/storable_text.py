"""Words of others as any of our databases keeps them."""

from __future__ import annotations

NUL = "\x00"


def make_storable(text: str) -> str:
    """Return a text without what no database of ours holds: NUL goes, half a character becomes a question mark."""
    return text.replace(NUL, "").encode("utf-8", "replace").decode("utf-8")
