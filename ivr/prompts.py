"""What the hotline says, per language; the sentences are data in content/prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outbox.words import load_prompts
from policies.languages import Language


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence to say: a prompt's name and its values. `in_other_language` is for the language key's own hint."""

    prompt: str
    values: Mapping[str, Any] = field(default_factory=dict)
    in_other_language: bool = False

    def text(self, language: Language) -> str:
        """Return the sentence in the call's language."""
        return load_prompts(language)[self.prompt].format_map(dict(self.values))
