"""How many SMS a text takes: 160 or 153 characters of the GSM alphabet, 70 or 67 of any other."""

from __future__ import annotations

_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = "^{}\\[~]|€\f"


def count_segments(text: str) -> int:
    """Return the number of segments: one Chinese character turns the whole text into 70-character segments.

    Counts by length; it does not know that a real network moves a two-part character whole into the next segment.
    """
    if all(character in _GSM or character in _GSM_EXTENDED for character in text):
        length, alone, joined = sum(1 + (character in _GSM_EXTENDED) for character in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)
