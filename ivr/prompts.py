"""What the hotline says, per language; the sentences are data in content/prompts, or the organisation's own."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from outbox.words import say_count
from policies.languages import Language

Prompts = Callable[[Language], Mapping[str, str]]
"""What is said now: a language's sentences by name, as `operations.versions.texts.prompts_at` gives them."""

DICTATED = frozenset({"number", "digits"})
"""Values that people write down while they listen."""
COUNTED = frozenset({"before", "count", "hours", "left", "minutes"})
"""Values that say how many there are; a key is only named."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence to say: a prompt's name and its values. `in_other_language` is for the language key's own hint."""

    prompt: str
    values: Mapping[str, Any] = field(default_factory=dict)
    in_other_language: bool = False

    def parts(self, language: Language, prompts: Prompts) -> list[tuple[str, bool]]:
        """Return the sentence in pieces, each with whether it is a number to be written down."""
        pieces: list[tuple[str, bool]] = []
        for text, name, _, _ in string.Formatter().parse(prompts(language)[self.prompt]):
            if text:
                pieces.append((text, False))
            if name is not None:
                value = self.values[name]
                said = say_count(value, language=language) if name in COUNTED else str(value)
                pieces.append((said, name in DICTATED))
        return pieces
