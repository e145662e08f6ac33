"""How long a sentence takes to hear, before anybody has spoken it (H2)."""

from __future__ import annotations

from policies.languages import Language

LONGEST_PROMPT_SECONDS = 20.0
"""What a caller is asked to listen to before they may choose (H2)."""
UNITS_PER_SECOND = {Language.ZH: 4.0, Language.EN: 2.5}
"""Normal speech: Chinese characters, or English words (H2)."""


def estimate_seconds(text: str, language: Language) -> float:
    """Return how long a sentence takes at normal speech: 4 Chinese characters or 2.5 English words a second (H2)."""
    units = sum(map(str.isalnum, text)) if language is Language.ZH else len(text.split())
    return units / UNITS_PER_SECOND[language]
