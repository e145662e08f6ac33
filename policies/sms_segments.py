"""How many SMS a text takes, which is what it costs."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_PLACES = frozenset("^{}\\[~]|€\f")
BASIC_ALONE, BASIC_JOINED = 160, 153
WIDE_ALONE, WIDE_JOINED = 70, 67


def count_sms_segments(text: str) -> int:
    """Return how many SMS a text takes: one character outside the GSM alphabet makes each hold 70 instead of 160.

    Joined ones hold fewer (153, 67), and what takes two places is never cut in two.
    """
    is_basic = all(character in _BASIC or character in _TWO_PLACES for character in text)
    places = [_places(character, is_basic=is_basic) for character in text]
    alone, joined = (BASIC_ALONE, BASIC_JOINED) if is_basic else (WIDE_ALONE, WIDE_JOINED)
    if sum(places) <= alone:
        return 1
    segments, left = 1, joined
    for wanted in places:
        if wanted > left:
            segments, left = segments + 1, joined
        left -= wanted
    return segments


def _places(character: str, *, is_basic: bool) -> int:
    if is_basic:
        return 2 if character in _TWO_PLACES else 1
    return len(character.encode("utf-16-le", "surrogatepass")) // 2
