"""What a guide for callers may hold: both languages, few entries, each short enough to listen to (H2, H4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.languages import Language
from policies.speech import LONGEST_PROMPT_SECONDS, estimate_seconds

LONGEST_TITLE = 80
LONGEST_TEXT = 300


class GuideKind(StrEnum):
    """What a guide is: things to try for a fault, or common questions about a product family with their answers."""

    STEPS = "steps"
    QUESTIONS = "questions"


class GuideTrouble(StrEnum):
    """Why an entry cannot be told to callers."""

    MISSING = "missing"
    TOO_MANY_CHARACTERS = "too_many_characters"
    TOO_LONG_TO_HEAR = "too_long_to_hear"
    TOO_MANY_ENTRIES = "too_many_entries"


MOST_ENTRIES = {GuideKind.STEPS: 5, GuideKind.QUESTIONS: 4}
"""Things to try one after the other; questions leave a key for any other one (H2: five options)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One entry in words: something to try, or a question (`title`) with its answer. `_en` is the English one."""

    title: str
    title_en: str
    text: str
    text_en: str

    def in_language(self, language: Language) -> tuple[str, str]:
        """Return title and text of one language."""
        return (self.title_en, self.text_en) if language is Language.EN else (self.title, self.text)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a guide. `position` counts entries from 1; None is the guide as a whole."""

    trouble: GuideTrouble
    position: int | None = None
    language: Language | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What is always said with a guide, in one language.

    `after` follows each entry: what the keys do. `choice` offers one question by its key, `other` any other question.
    """

    after: str
    choice: str = ""
    other: str = ""


def entry_seconds(wording: Wording, language: Language, frame: Frame) -> float:
    """Return how long a caller listens to one entry with the keys after it."""
    return estimate_seconds(f"{wording.in_language(language)[1]} {frame.after}", language)


def find_flaws(kind: GuideKind, wordings: Sequence[Wording], frames: Mapping[Language, Frame]) -> tuple[Flaw, ...]:
    """Return everything that keeps a guide from being told to callers; nothing to tell is no flaw."""
    flaws = [] if len(wordings) <= MOST_ENTRIES[kind] else [Flaw(GuideTrouble.TOO_MANY_ENTRIES)]
    for language, frame in frames.items():
        for position, wording in enumerate(wordings, start=1):
            flaws += _flaws_of(kind, wording, position, language, frame)
        menu = sum(estimate_seconds(f"{w.in_language(language)[0]} {frame.choice}", language) for w in wordings)
        menu += estimate_seconds(frame.other, language)
        if kind is GuideKind.QUESTIONS and menu > LONGEST_PROMPT_SECONDS:
            flaws.append(Flaw(GuideTrouble.TOO_LONG_TO_HEAR, None, language, menu))
    return tuple(flaws)


def _flaws_of(kind: GuideKind, wording: Wording, position: int, language: Language, frame: Frame) -> list[Flaw]:
    title, text = wording.in_language(language)
    if not text.strip() or (kind is GuideKind.QUESTIONS and not title.strip()):
        return [Flaw(GuideTrouble.MISSING, position, language)]
    if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
        return [Flaw(GuideTrouble.TOO_MANY_CHARACTERS, position, language)]
    seconds = entry_seconds(wording, language, frame)
    if seconds > LONGEST_PROMPT_SECONDS:
        return [Flaw(GuideTrouble.TOO_LONG_TO_HEAR, position, language, seconds)]
    return []
