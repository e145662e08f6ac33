"""What the hotline says, per language; the sentences are data in content/prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from outbox.words import CONTENT
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


@cache
def load_prompts(language: Language) -> Mapping[str, str]:
    """Return all prompts of a language by name."""
    prompts: dict[str, str] = json.loads((CONTENT / "prompts" / f"{language}.json").read_text("utf-8"))
    return prompts
