"""What a caller may say instead of pressing a key; the words are data in content/speech (H2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ivr.reply import Reply
from outbox.words import CONTENT, load_words
from policies.heard_times import SpokenTime, TimeNames, find_time
from policies.heard_words import Vocabulary, find_digits, find_phrase, is_trusted, match_heard
from policies.languages import Language

PERSON_KEY = "0"
BACK_KEY = "*"
LANGUAGE_KEY = "9"
MOST_HINTS = 500
LONGEST_HINT = 100
FEWEST_DIGITS = 4
"""Fewer are more likely a choice, or an accident, than a number."""

TIMED = frozenset({"offer_choice", "offer_day"})
"""Sentences that offer a window or a day."""

Offered = Mapping[str, Sequence[str]]
"""By key: the sentence that offers it, then the names it is offered by."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser heard; it may not say how sure it is."""

    words: str
    confidence: float | None


@cache
def load_speech(language: Language) -> Mapping[str, Any]:
    """Return the words of one language."""
    words: dict[str, Any] = json.loads((CONTENT / "speech" / f"{language}.json").read_text("utf-8"))
    return words


@cache
def load_time_names(language: Language) -> TimeNames:
    """Return how days and times are called in one language."""
    names = load_speech(language)["times"]
    return TimeNames(
        numbers=names["numbers"],
        alike=names["alike"],
        days=names["days"],
        months=tuple(month.casefold() for month in load_words(language).get("months", ())),
        halves={word: (start, end) for word, (start, end) in names["halves"].items()},
        periods={word: (start, end) for word, (start, end) in names["periods"].items()},
        unclear=tuple(names["unclear"]),
    )


def list_offered(reply: Reply) -> dict[str, list[str]]:
    """Return what each key of a reply is offered as: a product, a fault, a window, by the sentence that says so."""
    offered: dict[str, list[str]] = {}
    for line in reply.lines:
        key = line.values.get("key")
        if key is not None:
            names = [str(value) for name, value in line.values.items() if name != "key"]
            offered[str(key)] = [line.prompt, *names]
    return offered


def vocabulary_of(
    node: str, keys: Sequence[str], offered: Offered, *, language: Language, may_switch: bool
) -> Vocabulary:
    """Return the phrases that mean each key here; those for a person and for going back mean the same everywhere."""
    words = load_speech(language)
    heard = {key: [*words["numbers"].get(key, ()), *words["places"].get(node, {}).get(key, ())] for key in keys}
    for key, (sentence, *names) in offered.items():
        heard.setdefault(key, []).extend([*names, *words["sentences"].get(sentence, ())])
    heard |= {key: list(phrases) for key, phrases in words["anywhere"].items()}
    if may_switch:
        heard[LANGUAGE_KEY] = list(words["language"])
    return heard


def list_hints(vocabulary: Vocabulary) -> str:
    """Return the phrases as the recogniser's hints, in Twilio's limits."""
    phrases = dict.fromkeys(phrase.replace(",", " ") for listed in vocabulary.values() for phrase in listed)
    return ",".join([phrase for phrase in phrases if 0 < len(phrase) <= LONGEST_HINT][:MOST_HINTS])


def understand(
    heard: Heard, vocabulary: Vocabulary, offered: Offered, *, language: Language, must_be_sure: bool
) -> str | None:
    """Return the key that was meant, or None when it is not clear."""
    if not is_trusted(heard.confidence, must_be_sure=must_be_sure):
        return None
    said, windows = find_time(heard.words, load_time_names(language)), _list_windows(offered, language)
    if said is not None and windows:
        return _choose_window(said, windows, vocabulary, language)
    return match_heard(heard.words, vocabulary, fillers=load_speech(language)["fillers"])


def _list_windows(offered: Offered, language: Language) -> Mapping[str, SpokenTime]:
    """Return the windows or days that are on offer, by key, as they were said."""
    spoken = {
        key: find_time(names[0], load_time_names(language)) for key, (by, *names) in offered.items() if by in TIMED
    }
    return {key: time for key, time in spoken.items() if time is not None}


def _choose_window(
    said: SpokenTime, windows: Mapping[str, SpokenTime], vocabulary: Vocabulary, language: Language
) -> str | None:
    """Return the one window that fits what was said, unless other words beside it mean something else."""
    fitting = {key for key, window in windows.items() if said.fits(window)}
    other = find_phrase(said.rest, vocabulary, fillers=load_speech(language)["fillers"])
    if other is not None:
        return other if other in fitting or other not in windows else None
    return fitting.pop() if said.is_clear and len(fitting) == 1 else None


def understand_digits(heard: Heard, *, language: Language) -> str | None:
    """Return digits that were dictated, or None when they are not clear or too few."""
    if not is_trusted(heard.confidence, must_be_sure=False):
        return None
    digits = find_digits(heard.words, load_speech(language)["digits"])
    return digits if len(digits) >= FEWEST_DIGITS else None
