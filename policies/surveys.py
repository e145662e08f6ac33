"""What a text says about satisfaction: a score from 1 to 5, and nothing else (F2)."""

from __future__ import annotations

import re
import unicodedata

SCORES = ("1", "2", "3", "4", "5")
LOW_SCORE = 2
"""So low a score, or a lower one, is a complaint."""
_WORDS = {"一": "1", "二": "2", "三": "3", "四": "4", "五": "5"}
_SCORE = re.compile(r"^([1-5])\s*(?:分|星|STARS?|POINTS?|/5)?\W*$")


def read_score(text: str) -> int | None:
    """Return the score a text is: "5", "５分", "4 stars", "五星"; None for anything that says more or less."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    plain = _WORDS.get(plain[:1], plain[:1]) + plain[1:]
    match = _SCORE.match(plain)
    return int(match[1]) if match else None
