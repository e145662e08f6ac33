"""Who is asked how a visit was, and what a text says about it: a score from 1 to 5, and nothing else (F2, F4)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata

from policies.figures import Figures

SCORES = ("1", "2", "3", "4", "5")
LOW_SCORE = 2
"""So low a score, or a lower one, is a complaint."""
_WORDS = {"一": "1", "二": "2", "三": "3", "四": "4", "五": "5"}
_SCORE = re.compile(r"^([1-5])\s*(?:分|星|STARS?|POINTS?|/5)?\W*$")


def is_asked(request_number: str, *, last_asked_at: dt.datetime | None, figures: Figures, now: dt.datetime) -> bool:
    """Tell whether a customer is asked how a visit was: one request of so many, nobody again within `survey_days`."""
    has_rest = last_asked_at is not None and now - last_asked_at < dt.timedelta(days=figures.survey_days)
    return not has_rest and is_in_sample(request_number, percent=figures.survey_percent)


def is_in_sample(request_number: str, *, percent: int) -> bool:
    """Tell whether a request is among those whose customers are asked.

    The number alone decides, so that it comes out the same whenever and wherever it is asked; whoever is asked at a
    small share is asked at a larger one.
    """
    drawn = int.from_bytes(hashlib.sha256(f"survey:{request_number}".encode()).digest()[:8])
    return drawn % 100 < percent


def read_score(text: str) -> int | None:
    """Return the score a text is: "5", "５分", "4 stars", "五星"; None for anything that says more or less."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    plain = _WORDS.get(plain[:1], plain[:1]) + plain[1:]
    match = _SCORE.match(plain)
    return int(match[1]) if match else None
