"""What of a text can be sent: no characters that hide or break what stands around them, and not too long."""

from __future__ import annotations

import unicodedata

LONGEST_TEXT = 1600
"""What a carrier takes of one text (Twilio's error 21617 beyond it), counted as it counts: UTF-16 units."""
ELLIPSIS = "…"
_KEPT_CONTROLS = frozenset("\n\t")
_TURNERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of what follows, so that a number can be made to read backwards."""
_UNSENDABLE = frozenset({"Cc", "Cs"})


def make_sendable(text: str) -> str:
    """Return a text without control characters, halves of characters and signs that turn the direction of writing.

    Emoji, right-to-left scripts and everything else people write stay as they are.
    """
    return "".join(character for character in text if not _is_left_out(character))


def cut_text(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """Return a text that fits, its end cut off with an ellipsis where it must be; no character is cut in two."""
    if _units(text) <= longest:
        return text
    room, kept = longest - _units(ELLIPSIS), []
    for character in text:
        room -= _units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ELLIPSIS


def _is_left_out(character: str) -> bool:
    if character in _TURNERS:
        return True
    return unicodedata.category(character) in _UNSENDABLE and character not in _KEPT_CONTROLS


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
