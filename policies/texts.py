"""What a text of the organisation's own may say in place of the one that comes with the product (H2, S1)."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policies.languages import Language
from policies.sendable_text import make_sendable
from policies.sms_segments import count_sms_segments
from policies.speech import LONGEST_PROMPT_SECONDS, estimate_seconds

LONGEST_OWN_TEXT = 1000
MOST_SEGMENTS = 2
NEEDED = frozenset(
    {"key", "digits", "number", "code", "example", "link", "text", "subject", "window", "deadline", "amount"}
)
"""Values that people act on: a text that no longer says them would leave its reader with nothing to press or open."""
_KEY = re.compile(r"(?<![0-9A-Za-z+{])[0-9](?![0-9A-Za-z}])")


class TextKind(StrEnum):
    """Where a text is used: said by the hotline, or sent on one of the channels of messages."""

    PROMPT = "prompt"
    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"
    CHAT = "chat"


SPOKEN = frozenset({TextKind.PROMPT, TextKind.VOICE})


class TextTrouble(StrEnum):
    """Why a text cannot be used."""

    MISSING = "missing"
    TOO_MANY_CHARACTERS = "too_many_characters"
    UNSENDABLE = "unsendable"
    BROKEN_BRACES = "broken_braces"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    LOST_PLACEHOLDER = "lost_placeholder"
    LOST_KEY = "lost_key"
    TOO_LONG_TO_HEAR = "too_long_to_hear"
    TOO_MANY_SEGMENTS = "too_many_segments"


@dataclass(frozen=True, slots=True)
class TextFlaw:
    """One thing wrong with a text in one language. `about` are the placeholders, keys, seconds or SMS it is about."""

    trouble: TextTrouble
    language: Language
    about: str = ""


def placeholders_of(text: str) -> frozenset[str]:
    """Return what is filled into a text, each as it is written between its braces; broken braces raise ValueError."""
    return frozenset(
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in string.Formatter().parse(text)
        if name is not None
    )


def fits_shipped(text: str, shipped: str) -> bool:
    """Tell whether everything a text wants filled in is there where the shipped one is used."""
    return placeholders_of(text) <= placeholders_of(shipped)


def count_size(kind: TextKind, filled: str, language: Language) -> float:
    """Return how long a filled text takes to hear in seconds, how many SMS it takes, or its characters."""
    if kind in SPOKEN:
        return estimate_seconds(filled, language)
    return count_sms_segments(filled) if kind is TextKind.SMS else len(filled)


def find_text_flaws(
    kind: TextKind, *, text: str, shipped: str, samples: Mapping[str, Any], language: Language
) -> tuple[TextFlaw, ...]:
    """Return everything that keeps `text` from standing in for `shipped`; `samples` are its longest values."""
    if not text.strip():
        return (TextFlaw(TextTrouble.MISSING, language),)
    flaws = list[TextFlaw]()
    if len(text) > LONGEST_OWN_TEXT:
        flaws.append(TextFlaw(TextTrouble.TOO_MANY_CHARACTERS, language, str(LONGEST_OWN_TEXT)))
    if make_sendable(text) != text or ("\n" in text and kind is not TextKind.EMAIL):
        flaws.append(TextFlaw(TextTrouble.UNSENDABLE, language))
    try:
        there = placeholders_of(text)
    except ValueError:
        return (*flaws, TextFlaw(TextTrouble.BROKEN_BRACES, language))
    known = placeholders_of(shipped)
    flaws += _about(TextTrouble.UNKNOWN_PLACEHOLDER, language, there - known)
    flaws += _about(TextTrouble.LOST_PLACEHOLDER, language, (known - there) & NEEDED)
    flaws += _about(TextTrouble.LOST_KEY, language, _keys_of(shipped) - _keys_of(text))
    if not there - known:
        flaws += _too_long(kind, text.format_map(_Samples(samples)), language)
    return tuple(flaws)


class _Samples(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return name


def _about(trouble: TextTrouble, language: Language, names: frozenset[str]) -> list[TextFlaw]:
    return [TextFlaw(trouble, language, ", ".join(sorted(names)))] if names else []


def _keys_of(text: str) -> frozenset[str]:
    """Return the single digits a text names: the keys to press, or what to answer."""
    return frozenset(_KEY.findall(text))


def _too_long(kind: TextKind, filled: str, language: Language) -> list[TextFlaw]:
    size = count_size(kind, filled, language)
    if kind in SPOKEN and size > LONGEST_PROMPT_SECONDS:
        return [TextFlaw(TextTrouble.TOO_LONG_TO_HEAR, language, f"{size:.0f}")]
    if kind is TextKind.SMS and size > MOST_SEGMENTS:
        return [TextFlaw(TextTrouble.TOO_MANY_SEGMENTS, language, f"{size:.0f}")]
    return []
