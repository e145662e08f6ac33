"""Match what a caller said to one of the keys on offer: forgiving of words around it, never a guess between two (H2).

Speech is a comfort: whatever is not clear is no key, and the caller is asked for one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

LOWEST_CONFIDENCE = 0.5
"""Below this a recogniser has guessed. It may say nothing of its confidence: then the words have to be clear alone."""
SURE_CONFIDENCE = 0.8
"""For what cannot be taken back."""
ALIKE = 0.8
"""How alike two phrases are that differ by a slip of the tongue or the recogniser."""
SHORTEST_PART = 2
SHORTEST_ALIKE = 5

Vocabulary = Mapping[str, Sequence[str]]
"""Phrases by the key they stand for."""

_HAN = r"㐀-鿿"
_DIGITS = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")


def match_heard(words: str, vocabulary: Vocabulary, *, fillers: Sequence[str] = ()) -> str | None:
    """Return the key whose phrases fit the words best, or None when none does or two fit equally.

    Tried in this order: the phrase itself, the longest phrase within the words, words that are part of the phrases of
    one key alone, a phrase that differs by a slip.
    """
    said, phrases = _strip(_tidy(words), [_tidy(filler) for filler in fillers]), _list_phrases(vocabulary)
    if not said:
        return None
    whole = _find_whole(said, phrases)
    if whole:
        return _only(whole)
    around = {key for phrase, key in phrases if len(said) >= SHORTEST_PART and _holds(phrase, said)}
    if around:
        return _only(around)
    return _only({key for phrase, key in phrases if _is_alike(phrase, said)})


def find_phrase(words: str, vocabulary: Vocabulary, *, fillers: Sequence[str] = ()) -> str | None:
    """Return the key whose whole phrase is among the words, the longest one's; None when none or two are."""
    return _only(_find_whole(_strip(_tidy(words), [_tidy(filler) for filler in fillers]), _list_phrases(vocabulary)))


def _list_phrases(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    phrases = [(_tidy(phrase), key) for key, listed in vocabulary.items() for phrase in listed]
    return [(phrase, key) for phrase, key in phrases if phrase]


def _find_whole(said: str, phrases: Sequence[tuple[str, str]]) -> set[str]:
    """Return the keys of the phrase that was said, or else of the longest phrases within it."""
    exact = {key for phrase, key in phrases if phrase == said}
    if exact:
        return exact
    within = [(len(phrase), key) for phrase, key in phrases if len(phrase) >= SHORTEST_PART and _holds(said, phrase)]
    longest = max((length for length, _ in within), default=0)
    return {key for length, key in within if length == longest}


def find_digits(words: str, digits: Mapping[str, str]) -> str:
    """Return the digits in what was said, "three 四 5" as "345"; other words are passed over."""
    said = _tidy(words)
    pattern = "|".join(sorted((rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in digits), key=len))
    return "".join(digits.get(found, found) for found in re.findall(rf"\d|{pattern}", said))


def is_trusted(confidence: float | None, *, must_be_sure: bool) -> bool:
    """Tell whether the recogniser is sure enough; one that says nothing is trusted where nothing is given up."""
    if confidence is None:
        return not must_be_sure
    return confidence >= (SURE_CONFIDENCE if must_be_sure else LOWEST_CONFIDENCE)


def _tidy(text: str) -> str:
    """Fold width, case and Chinese digits; drop what is neither letter nor digit, keeping English words apart."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_DIGITS).replace(".", "")
    spaced = re.sub(r"[^\w']|_", " ", folded)
    joined = re.sub(rf"(?<=[{_HAN}\d])\s+(?=[{_HAN}])|(?<=[{_HAN}])\s+(?=\d)", "", spaced)
    return " ".join(joined.split())


def _strip(said: str, fillers: Sequence[str]) -> str:
    """Take fillers off both ends, as long as something is left."""
    for filler in sorted(filter(None, fillers), key=len, reverse=True):
        gap = " " if filler.isascii() else ""
        while said.startswith(filler + gap) and len(said) > len(filler + gap):
            said = said[len(filler + gap) :].lstrip()
        while said.endswith(gap + filler) and len(said) > len(gap + filler):
            said = said[: -len(gap + filler)].rstrip()
    return said


def _holds(text: str, part: str) -> bool:
    """Tell whether a text holds a part; English by whole words, "late" is not in "plate"."""
    return re.search(rf"\b{re.escape(part)}\b", text) is not None if part.isascii() else part in text


def _is_alike(phrase: str, said: str) -> bool:
    is_long_enough = min(len(phrase), len(said)) >= SHORTEST_ALIKE
    return is_long_enough and SequenceMatcher(None, phrase, said).ratio() >= ALIKE


def _only(keys: set[str]) -> str | None:
    return next(iter(keys)) if len(keys) == 1 else None
